package judge

import (
	"time"

	"github.com/gapwatch/gapwatch/alerts/judge/band"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Evaluator judges series and keeps the life of their alerts. It is pure, so that the live job, the backtest
// and the explanation cannot differ.
type Evaluator struct {
	band         band.Config
	resolveWeeks int
	resolveMonth int
}

// NewEvaluator makes an evaluator of a configuration's thresholds.
func NewEvaluator(cfg Config) Evaluator {
	return Evaluator{band: cfg.Band, resolveWeeks: cfg.ResolveWeeks, resolveMonth: cfg.ResolveMonth}
}

// Judgement is what the evaluator says about the last period of a series.
type Judgement struct {
	band.Result
	Calm int // judged periods in a row, ending with the last, inside the band and after the alert's latest event
}

// Span is the number of periods, ending with the judged one, that a judgement looks at.
func (e Evaluator) Span(grain talent.Grain) int { return e.band.Limits(grain).Span() }

// resolveAfter is how many calm periods end an alert.
func (e Evaluator) resolveAfter(grain talent.Grain) int {
	if grain == talent.Month {
		return e.resolveMonth
	}
	return e.resolveWeeks
}

// Judge evaluates the last of points with data up to it only. prev is the series' latest alert, or nil.
func (e Evaluator) Judge(points []talent.Point, grain talent.Grain, prev *talent.Alert) Judgement {
	j := Judgement{Result: band.Evaluate(points, grain, e.band)}
	if prev == nil || prev.Status != talent.AlertFiring || !j.Inside() {
		return j
	}
	need := e.resolveAfter(grain)
	for j.Calm = 1; j.Calm < need; {
		points = points[:len(points)-1]
		if len(points) == 0 || !points[len(points)-1].Period.After(prev.Updated) {
			break
		}
		r := band.Evaluate(points, grain, e.band)
		if r.State != talent.VerdictJudged {
			continue // what could not be judged neither counts nor breaks the row
		}
		if !r.Inside() {
			break
		}
		j.Calm++
	}
	return j
}

// Decide takes a series' latest alert one judgement further. It returns the event and the alert as it then
// stands, or nil twice when nothing happens: inside the band, guarded, already told, or not judged — an alert is
// never resolved by missing data. Ids come from series and period, so deciding the same again changes nothing.
func (e Evaluator) Decide(prev *talent.Alert, key talent.SeriesKey, j Judgement, now time.Time) (*talent.AlertEvent, *talent.Alert) {
	if j.State != talent.VerdictJudged {
		return nil, nil
	}
	period := j.Evidence.Period
	if prev != nil && !period.After(prev.Updated) {
		return nil, nil
	}
	switch {
	case j.Fires() && (prev == nil || prev.Status == talent.AlertResolved):
		return happen(talent.EventFired, talent.Alert{
			ID: talent.NewID("alert", key.ID(), period.Format(time.DateOnly)), Key: key,
			Severity: Severity(j.Evidence), Status: talent.AlertFiring, Opened: period,
		}, j.Evidence, now)
	case prev == nil || prev.Status != talent.AlertFiring:
		return nil, nil
	case j.Fires() && Severity(j.Evidence).Rank() > prev.Severity.Rank():
		next := *prev
		next.Severity = Severity(j.Evidence)
		return happen(talent.EventEscalated, next, j.Evidence, now)
	case j.Calm >= e.resolveAfter(key.Grain):
		next := *prev
		next.Status = talent.AlertResolved
		return happen(talent.EventResolved, next, j.Evidence, now)
	}
	return nil, nil
}

// happen stamps an alert and makes the event that brought it there.
func happen(kind talent.AlertEventKind, a talent.Alert, evidence talent.Evidence, now time.Time) (*talent.AlertEvent, *talent.Alert) {
	a.Updated, a.Evidence = evidence.Period, evidence
	return &talent.AlertEvent{
		ID:      talent.NewID("event", a.ID, string(kind), evidence.Period.Format(time.DateOnly)),
		AlertID: a.ID, Kind: kind, At: now, Grain: a.Key.Grain, Skill: a.Key.Skill, Region: a.Key.Region,
		Industry: a.Key.Industry, Tier: a.Key.Tier, Severity: a.Severity, Opened: a.Opened, Evidence: evidence,
	}, &a
}
