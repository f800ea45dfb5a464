package notify

import (
	"slices"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// matches reports whether a subscription wants to hear of an event.
//
//   - Skills: one of the list; an empty list wants all.
//   - Regions: an alert of one region reaches the subscriptions that list it (a city or district counts as its
//     province, the level that series are kept in) or list none; an alert of the whole country reaches every
//     region, because what is scarce everywhere is scarce there.
//   - Industries: in the same way; a division ("I65") counts as its section.
//   - Tier: subscriptions do not choose one, so an alert of one tier reaches whoever wants its skill.
//   - The event is at least as severe as the subscription asks for.
func matches(sub talent.Subscription, e talent.AlertEvent) bool {
	return sub.Active && e.Severity.Rank() >= sub.MinSeverity.Rank() &&
		(len(sub.Skills) == 0 || slices.Contains(sub.Skills, e.Skill)) &&
		within(sub.Regions, e.Region, talent.Province) && within(sub.Industries, e.Industry, section)
}

// within reports whether a value is wanted by a list; level lifts the list's entries to that of the value.
func within(list []string, value string, level func(string) string) bool {
	return len(list) == 0 || value == "" || slices.ContainsFunc(list, func(x string) bool { return level(x) == value })
}

// section is the section of an industry code: its letter.
func section(code string) string {
	if code == "" {
		return ""
	}
	return code[:1]
}

// wider reports whether the cell of a holds that of b and more: same skill and grain, and each of region, industry
// and tier the same or "all".
func wider(a, b talent.SeriesKey) bool {
	return a != b && a.Grain == b.Grain && a.Skill == b.Skill && holds(a.Region, b.Region) && holds(a.Industry, b.Industry) &&
		holds(string(a.Tier), string(b.Tier))
}

func holds(a, b string) bool { return a == "" || a == b }

// breadth orders cells from the widest: the number of dimensions that are fixed.
func breadth(k talent.SeriesKey) int {
	n := 0
	for _, s := range []string{k.Region, k.Industry, string(k.Tier)} {
		if s != "" {
			n++
		}
	}
	return n
}

// covered reports whether a firing alert of a wider cell says as much: a shortage of the whole country would
// otherwise reach a subscriber once more for every region and industry that it shows in.
func covered(firing []talent.Alert, e talent.AlertEvent) bool {
	return slices.ContainsFunc(firing, func(a talent.Alert) bool {
		return a.Status == talent.AlertFiring && wider(a.Key, e.SeriesKey()) && a.Severity.Rank() >= e.Severity.Rank()
	})
}
