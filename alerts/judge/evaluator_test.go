package judge

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/talent"
)

var monday = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

var key = talent.SeriesKey{Grain: talent.Week, Skill: "pytorch"}

// week is a period in which a skill had n of 1000 vacancies.
func week(i, n int) talent.Point {
	return talent.Point{Period: talent.Week.Add(monday, i), Openings: float64(n), Vacancies: n, Employers: n, Exposure: 1000, State: talent.StateOK}
}

// steady is a history of about ten a week.
func steady(n int) []talent.Point {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]talent.Point, n)
	for i := range out {
		out[i] = week(i, 7+r.IntN(7))
	}
	return out
}

// live replays points and returns the events by kind and week number.
func live(t *testing.T, points []talent.Point) (events []talent.AlertEvent, kinds []string) {
	t.Helper()
	e := NewEvaluator(DefaultConfig())
	if err := e.Replay(talent.Series{Key: key, Points: points}, time.Time{}, func(_ Judgement, ev *talent.AlertEvent) error {
		if ev != nil {
			events, kinds = append(events, *ev), append(kinds, string(ev.Kind)+" "+string(ev.Severity))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return events, kinds
}

func TestLife(t *testing.T) {
	points := steady(110)
	add := func(n, times int) {
		for range times {
			points = append(points, week(len(points), n))
		}
	}
	add(24, 3)
	add(45, 6)
	add(10, 12)
	events, kinds := live(t, points)
	if len(kinds) < 3 || events[0].Kind != talent.EventFired || events[len(events)-1].Kind != talent.EventResolved {
		t.Fatalf("want fired, escalated, resolved, have %v", kinds)
	}
	if events[1].Kind != talent.EventEscalated || events[1].Severity.Rank() <= events[0].Severity.Rank() {
		t.Errorf("no escalation: %v", kinds)
	}
	for _, e := range events {
		if e.AlertID != events[0].AlertID {
			t.Errorf("%s belongs to another alert", e.Kind)
		}
	}
	end := events[len(events)-1]
	if calm := end.Evidence.Period.Sub(points[118].Period).Hours() / 24 / 7; calm < 4 {
		t.Errorf("resolved %g weeks after the last high one, want at least 4", calm)
	}
}

// Missing data is no calm: an alert stays, however long the source is silent, and whatever the little data say.
func TestNoDataNeverResolves(t *testing.T) {
	for name, silence := range map[string]func(p *talent.Point){
		"no data":      func(p *talent.Point) { p.Openings, p.Vacancies, p.Exposure, p.State = 0, 0, 0, talent.StateNoData },
		"source down":  func(p *talent.Point) { p.State = talent.StateSourceDown },
		"partial":      func(p *talent.Point) { p.State = talent.StatePartial },
		"low exposure": func(p *talent.Point) { p.Openings, p.Vacancies, p.Exposure = 0, 0, 40 },
	} {
		points := steady(110)
		for range 4 {
			points = append(points, week(len(points), 40))
		}
		for range 30 {
			p := week(len(points), 10)
			silence(&p)
			points = append(points, p)
		}
		if events, kinds := live(t, points); len(events) == 0 || events[len(events)-1].Kind == talent.EventResolved {
			t.Errorf("%s: %v", name, kinds)
		}
	}
}

func TestDecideTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		points := steady(100)
		for len(points) < 150 {
			p := week(len(points), rapid.IntRange(0, 60).Draw(rt, "n"))
			if rapid.IntRange(0, 9).Draw(rt, "gap") == 0 {
				p.State, p.Exposure = talent.StateNoData, 0
			}
			points = append(points, p)
		}
		e := NewEvaluator(DefaultConfig())
		var alert *talent.Alert
		ids := map[string]bool{}
		for i := 100; i < len(points); i++ {
			j := e.Judge(points[:i+1], talent.Week, alert)
			event, next := e.Decide(alert, key, j, monday)
			if (event == nil) != (next == nil) {
				rt.Fatal("event and alert do not come together")
			}
			if event == nil {
				continue
			}
			if j.State != talent.VerdictJudged {
				rt.Fatalf("%s without a judged period", event.Kind)
			}
			if again, _ := e.Decide(alert, key, j, monday.AddDate(1, 0, 0)); again == nil || again.ID != event.ID || again.AlertID != event.AlertID {
				rt.Fatal("deciding again from the same alert gives another event")
			}
			if after, _ := e.Decide(next, key, e.Judge(points[:i+1], talent.Week, next), monday); after != nil {
				rt.Fatalf("the same period leads to %s after %s", after.Kind, event.Kind)
			}
			if ids[event.ID] {
				rt.Fatal("two events share an id")
			}
			ids[event.ID] = true
			firing := alert != nil && alert.Status == talent.AlertFiring
			if firing == (event.Kind == talent.EventFired) {
				rt.Fatalf("%s while firing is %v", event.Kind, firing)
			}
			alert = next
		}
	})
}

func TestSeverity(t *testing.T) {
	of := func(x float64) *float64 { return &x }
	for _, c := range []struct {
		name               string
		observed, expected float64
		supply             *float64
		want               talent.Severity
	}{
		{"little more", 14, 10, nil, talent.Blue},
		{"double", 20, 10, nil, talent.Yellow},
		{"triple", 30, 10, nil, talent.Orange},
		{"ten times, supply unknown", 100, 10, nil, talent.Orange},
		{"ten times, supply short", 100, 10, of(20), talent.Red},
		{"ten times, nobody is taught", 100, 10, of(0), talent.Red},
		{"ten times, supply more than half", 100, 10, of(60), talent.Orange},
		{"ten times, supply covers it", 100, 10, of(120), talent.Blue},
		{"many times of almost nothing", 7, 0.1, nil, talent.Blue},
	} {
		if got := Severity(talent.Evidence{Observed: c.observed, Expected: c.expected, Supply: c.supply}); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
