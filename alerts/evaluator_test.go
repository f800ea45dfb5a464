package alerts

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
		if got := severity(talent.Evidence{Observed: c.observed, Expected: c.expected, Supply: c.supply}); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

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
	c := DefaultConfig().Notify
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

func TestConfig(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"schedule":  func(c *Config) { c.Schedule = "sometimes" },
		"time zone": func(c *Config) { c.Schedule = "TZ=" },
		"base url":  func(c *Config) { c.BaseURL = "gapwatch.example" },
		"attempts":  func(c *Config) { c.Notify.Attempts = 0 },
		"tls":       func(c *Config) { c.Email.TLS = "maybe" },
		"from":      func(c *Config) { c.Email.From = "nobody" },
		"clear":     func(c *Config) { c.Email.Host, c.Email.User, c.Email.TLS = "mail.example", "u", "none" },
		"limits":    func(c *Config) { c.Subscribe.AsksToAddress = 0 },
		"queues":    func(c *Config) { c.Notify.Webhooks = 0 },
		"band":      func(c *Config) { c.Band.Alpha = 2 },
	} {
		c := DefaultConfig()
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		if change(&c); c.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
