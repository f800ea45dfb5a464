package notify

import (
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestMatch(t *testing.T) {
	event := talent.AlertEvent{Grain: talent.Week, Skill: "pytorch", Severity: talent.Yellow}
	in := func(region, industry string) talent.AlertEvent {
		e := event
		e.Region, e.Industry = region, industry
		return e
	}
	all := talent.Subscription{Active: true}
	for _, c := range []struct {
		name string
		sub  func(s *talent.Subscription)
		e    talent.AlertEvent
		want bool
	}{
		{"everything", func(*talent.Subscription) {}, in("440000", "I"), true},
		{"ended", func(s *talent.Subscription) { s.Active = false }, event, false},
		{"severe enough", func(s *talent.Subscription) { s.MinSeverity = talent.Yellow }, event, true},
		{"not severe enough", func(s *talent.Subscription) { s.MinSeverity = talent.Orange }, event, false},
		{"skill", func(s *talent.Subscription) { s.Skills = []string{"rust", "pytorch"} }, event, true},
		{"another skill", func(s *talent.Subscription) { s.Skills = []string{"rust"} }, event, false},
		{"region", func(s *talent.Subscription) { s.Regions = []string{"440000"} }, in("440000", ""), true},
		{"a city stands for its province", func(s *talent.Subscription) { s.Regions = []string{"440300"} }, in("440000", ""), true},
		{"another region", func(s *talent.Subscription) { s.Regions = []string{"310000"} }, in("440000", ""), false},
		{"the whole country concerns a region", func(s *talent.Subscription) { s.Regions = []string{"310000"} }, event, true},
		{"a country", func(s *talent.Subscription) { s.Regions = []string{"US"} }, in("US", ""), true},
		{"industry", func(s *talent.Subscription) { s.Industries = []string{"I65"} }, in("", "I"), true},
		{"another industry", func(s *talent.Subscription) { s.Industries = []string{"J"} }, in("", "I"), false},
	} {
		sub := all
		c.sub(&sub)
		if got := matches(sub, c.e); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	wide := talent.Alert{Key: event.SeriesKey(), Status: talent.AlertFiring, Severity: talent.Yellow}
	if !covered([]talent.Alert{wide}, in("440000", "I")) || covered([]talent.Alert{wide}, event) {
		t.Error("a wider alert covers the narrower ones and not itself")
	}
	worse := in("440000", "")
	worse.Severity = talent.Red
	if covered([]talent.Alert{wide}, worse) {
		t.Error("a worse shortage of a region is covered by a milder one of the country")
	}
}

// A run as of a day in the past tells nobody.
func TestCurrent(t *testing.T) {
	monday := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	c := DefaultConfig()
	for _, x := range []struct {
		grain talent.Grain
		days  int // from the period's first day to the evaluation
		want  bool
	}{{talent.Week, 7, true}, {talent.Week, 13, true}, {talent.Week, 22, false}, {talent.Month, 31, true}, {talent.Month, 61, true}, {talent.Month, 90, false}} {
		e := talent.AlertEvent{Grain: x.grain, At: monday.AddDate(0, 0, x.days), Evidence: talent.Evidence{Period: monday}}
		if got := c.current(e); got != x.want {
			t.Errorf("%s, %d days: %v", x.grain, x.days, got)
		}
	}
}
