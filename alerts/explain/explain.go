// Package explain shows what an alert rests on, and recomputes every number of it from the facts with the evaluator of the
// live job.
package explain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/gapwatch/gapwatch/alerts/judge"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// The errors of an explanation that a caller tells apart.
var (
	ErrNoAlert   = errors.New("no such alert")
	ErrAmbiguous = errors.New("several alerts begin with that id, write more of it")
	ErrDiffers   = errors.New("recomputed from the facts, the numbers differ from the stored ones")
)

// evidencePostings is how many postings an explanation lists.
const evidencePostings = 20

// Explanation is an alert with its evidence, and each number beside what the facts give today.
type Explanation struct {
	Alert         talent.Alert
	Series        string // id
	Skill         talent.Skill
	Steps         []Step
	Same          bool
	Postings      []talent.EvidencePosting // the latest of the window of the last step
	Notifications []talent.Notification
}

// Step is one event with its numbers, stored and recomputed.
type Step struct {
	Event   talent.AlertEvent `json:"event"`
	State   talent.Verdict    `json:"state"` // of the recomputed evaluation
	Checks  []Check           `json:"checks"`
	Changed int               `json:"changed"` // periods of its history and window that were rolled up after the evaluation
}

// Check compares one number.
type Check struct {
	Name       string `json:"name"`
	Stored     string `json:"stored"`
	Recomputed string `json:"recomputed"`
	Same       bool   `json:"same"`
}

// Err is ErrDiffers when any number differs.
func (x Explanation) Err() error {
	if x.Same {
		return nil
	}
	return ErrDiffers
}

var idPrefix = regexp.MustCompile(`^[0-9a-f]{4,32}$`)

// Store has alerts with what they rest on; clickhouse.Store does.
type Store interface {
	AlertsByPrefix(ctx context.Context, prefix string, limit int) ([]talent.Alert, error)
	AlertEvents(ctx context.Context, alertID string) ([]talent.AlertEvent, error)
	NotificationsOfAlert(ctx context.Context, alertID string) ([]talent.Notification, error)
	Skills(ctx context.Context) ([]talent.Skill, error)
	Recount(ctx context.Context, key talent.SeriesKey, from, through time.Time) ([]talent.Point, error)
	EvidencePostings(ctx context.Context, key talent.SeriesKey, from, through time.Time, limit int) ([]talent.EvidencePosting, error)
	RolledAfter(ctx context.Context, grain talent.Grain, from, through, after time.Time) ([]time.Time, error)
}

// Alert finds the alert whose id begins with prefix and recomputes every event of its life: it counts the facts
// again, past the stored series, and runs the same evaluator over them.
func Alert(ctx context.Context, cfg judge.Config, store Store, prefix string) (Explanation, error) {
	var x Explanation
	if !idPrefix.MatchString(prefix) {
		return x, fmt.Errorf("%w: %q is not an id: one has 32 digits 0-9 a-f, of which the first four or more are enough", ErrNoAlert, prefix)
	}
	found, err := store.AlertsByPrefix(ctx, prefix, 2)
	switch {
	case err != nil:
		return x, err
	case len(found) == 0:
		return x, fmt.Errorf("%w: %s", ErrNoAlert, prefix)
	case len(found) > 1:
		return x, fmt.Errorf("%w: %s", ErrAmbiguous, prefix)
	}
	x.Alert, x.Same = found[0], true
	key := x.Alert.Key
	x.Series, x.Skill = key.ID(), talent.Skill{ID: key.Skill}
	skills, err := store.Skills(ctx)
	if err != nil {
		return x, err
	}
	for _, s := range skills {
		if s.ID == key.Skill {
			x.Skill = s
		}
	}
	events, err := store.AlertEvents(ctx, x.Alert.ID)
	if err != nil {
		return x, err
	}
	if len(events) == 0 {
		return x, fmt.Errorf("alert %s has no event: its run was interrupted, run the alert job again", x.Alert.ID)
	}
	e := judge.NewEvaluator(cfg)
	first := key.Grain.Add(events[0].Evidence.Period, 1-e.Span(key.Grain))
	last := events[len(events)-1].Evidence.Period
	points, err := store.Recount(ctx, key, first, last)
	if err != nil {
		return x, err
	}
	for _, event := range events {
		step, err := recompute(ctx, store, e, event, points)
		if err != nil {
			return x, err
		}
		for _, c := range step.Checks {
			x.Same = x.Same && c.Same
		}
		x.Steps = append(x.Steps, step)
	}
	ev := x.Alert.Evidence
	if x.Postings, err = store.EvidencePostings(ctx, key, key.Grain.Add(ev.Period, 1-ev.Window), ev.Period, evidencePostings); err != nil {
		return x, err
	}
	x.Notifications, err = store.NotificationsOfAlert(ctx, x.Alert.ID)
	return x, err
}

// recompute evaluates the points up to an event's period and compares every number of its evidence.
func recompute(ctx context.Context, store Store, e judge.Evaluator, event talent.AlertEvent, points []talent.Point) (Step, error) {
	step := Step{Event: event}
	grain, until := event.Grain, len(points)
	for until > 0 && points[until-1].Period.After(event.Evidence.Period) {
		until--
	}
	r := e.Judge(points[:until], grain, nil)
	step.State = r.State
	s, n := event.Evidence, r.Evidence
	check := func(name, stored, recomputed string, same bool) {
		step.Checks = append(step.Checks, Check{name, stored, recomputed, same})
	}
	number := func(name string, stored, recomputed float64) {
		hidden := s.Suppressed && !slices.Contains([]string{"window", "history"}, name) ||
			s.Hidden&talent.HiddenRequests != 0 && slices.Contains([]string{"stated", "requesters"}, name)
		if hidden { // not kept, because it is not public
			check(name, string(talent.VerdictSuppressed), show(recomputed), true)
			return
		}
		check(name, show(stored), show(recomputed), near(stored, recomputed))
	}
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	check("period", day(s.Period), day(n.Period), s.Period.Equal(n.Period))
	check("band_version", s.BandVersion, n.BandVersion, s.BandVersion == n.BandVersion)
	number("window", float64(s.Window), float64(n.Window))
	number("observed", s.Observed, n.Observed)
	number("requested", s.Requested, n.Requested)
	number("stated", s.Stated, n.Stated)
	number("requesters", float64(s.Requesters), float64(n.Requesters))
	number("exposure", s.Exposure, n.Exposure)
	number("vacancies", float64(s.Vacancies), float64(n.Vacancies))
	number("employers", float64(s.Employers), float64(n.Employers))
	number("history", float64(s.History), float64(n.History))
	number("base_rate", s.BaseRate, n.BaseRate)
	number("trend_year", s.TrendYear, n.TrendYear)
	number("dispersion", s.Dispersion, n.Dispersion)
	number("expected", s.Expected, n.Expected)
	number("lower", s.Lower, n.Lower)
	number("upper", s.Upper, n.Upper)
	number("p", s.P, n.P)
	optional := func(name string, stored, recomputed *float64) {
		same := (stored == nil) == (recomputed == nil) && (stored == nil || near(*stored, *recomputed))
		if s.Suppressed && name == "gap" {
			same = true
		}
		check(name, showOptional(stored), showOptional(recomputed), same)
	}
	optional("supply", s.Supply, n.Supply)
	optional("gap", s.Gap, n.Gap)
	if event.Kind != talent.EventResolved {
		// a step that no longer fires has no severity
		now := "none"
		if r.Fires() {
			now = string(judge.Severity(n))
		}
		check("severity", string(event.Severity), now, string(event.Severity) == now)
	}
	changed, err := store.RolledAfter(ctx, grain, grain.Add(s.Period, 1-e.Span(grain)), s.Period, event.At)
	step.Changed = len(changed)
	return step, err
}

// near reports whether two numbers are the same up to the order in which floating-point sums were taken.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1e-12, math.Abs(a), math.Abs(b)) }

func show(x float64) string { return strconv.FormatFloat(x, 'g', 8, 64) }

func showOptional(x *float64) string {
	if x == nil {
		return "unknown"
	}
	return show(*x)
}
