package judge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/alerts/judge/band"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// clockSkew is how far the clocks of this machine and of the store may differ.
const clockSkew = 30 * time.Second

// bandBatch is how many bands one insert carries.
const bandBatch = 5000

// Summary is what one run did.
type Summary struct {
	Series int // judged or looked at
	Events []talent.AlertEvent
}

// RunOnce judges the latest period of every series that had ended by asOf, stores bands, events and alerts in
// this order, and publishes the events on alerts.v1. A run that dies in between is completed by the next one:
// ids come from series and period, so what was stored is stored again as the same rows, and what was not
// published is known by its missing record.
func (j *Job) RunOnce(ctx context.Context, asOf time.Time) (Summary, error) {
	return j.run(ctx, asOf, true)
}

// run is RunOnce; unless forced it leaves a grain alone whose series have not changed since the last run.
func (j *Job) run(ctx context.Context, asOf time.Time, force bool) (sum Summary, err error) {
	began := time.Now()
	defer func() {
		result := "done"
		if err != nil {
			result = "failed"
		}
		j.metrics.runs.WithLabelValues(result).Inc()
	}()
	if err := j.store.Intact(ctx); err != nil { // a loss must not look like news
		return sum, fmt.Errorf("judge: %w", err)
	}
	for _, grain := range []talent.Grain{talent.Week, talent.Month} {
		from, last := j.reach(grain, asOf)
		settled, err := j.store.Settling(ctx, grain, from, last)
		if err != nil {
			return sum, err
		}
		seen := fmt.Sprint(last.Unix(), settled.Rolled.UnixNano(), settled.Dirty)
		if !force && j.judged[grain] == seen {
			continue
		}
		one, err := j.judge(ctx, grain, from, last, began)
		if err != nil {
			return sum, err
		}
		j.judged[grain] = seen
		sum.Series += one.Series
		sum.Events = append(sum.Events, one.Events...)
	}
	if err := j.publish(ctx, began); err != nil {
		return sum, err
	}
	if err := j.countFiring(ctx); err != nil {
		return sum, err
	}
	j.metrics.runSeconds.Observe(time.Since(began).Seconds())
	j.metrics.lastSuccess.SetToCurrentTime()
	if sum.Series > 0 {
		j.logger.Info("series judged", "series", sum.Series, "events", len(sum.Events), "took", time.Since(began).Round(time.Millisecond))
	}
	return sum, nil
}

// judge evaluates one grain.
func (j *Job) judge(ctx context.Context, grain talent.Grain, from, last, now time.Time) (Summary, error) {
	var sum Summary
	prevs, err := j.store.LatestAlerts(ctx, grain)
	if err != nil {
		return sum, err
	}
	drawn, evaluated, err := j.store.LastBands(ctx, grain, band.Version)
	if err != nil {
		return sum, err
	}
	changed, err := j.store.RolledAfter(ctx, grain, from, last, evaluated.Add(-clockSkew))
	if err != nil {
		return sum, err
	}
	var bands []talent.Band
	var alerts []talent.Alert
	flush := func(atLeast int) error {
		if len(bands) < atLeast {
			return nil
		}
		if err := j.store.PutBands(ctx, bands); err != nil {
			return err
		}
		bands = bands[:0]
		return nil
	}
	err = j.store.EachSeries(ctx, grain, from, last, func(s talent.Series) error {
		n := len(s.Points)
		if !s.Points[n-1].Period.Equal(last) {
			j.metrics.evaluations.WithLabelValues(string(grain), string(talent.StateNoData)).Inc()
			return nil // the cell has no vacancy in the latest period: nothing to say, and nothing to resolve
		}
		sum.Series++
		bands = append(bands, j.older(s, drawn[s.Key], changed, now)...)
		var prev *talent.Alert
		if p, ok := prevs[s.Key]; ok {
			prev = &p
		}
		got := j.evaluator.Judge(s.Points, grain, prev)
		j.metrics.evaluations.WithLabelValues(string(grain), string(got.State)).Inc()
		bands = append(bands, talent.Band{Key: s.Key, State: got.State, Evidence: got.Evidence, Evaluated: now})
		if event, next := j.evaluator.Decide(prev, s.Key, got, now); event != nil { // what is kept and told of it is what anyone may see
			event.Evidence, next.Evidence = event.Evidence.Public(), next.Evidence.Public()
			sum.Events, alerts = append(sum.Events, *event), append(alerts, *next)
		}
		return flush(bandBatch)
	})
	if err != nil {
		return sum, fmt.Errorf("judge series by %s: %w", grain, err)
	}
	if err := flush(1); err != nil {
		return sum, err
	}
	if err := j.store.PutAlertEvents(ctx, sum.Events); err != nil {
		return sum, err
	}
	if err := j.store.PutAlerts(ctx, alerts); err != nil {
		return sum, err
	}
	for _, e := range sum.Events {
		j.metrics.events.WithLabelValues(string(e.Kind), string(e.Severity)).Inc()
		j.logger.Info("alert changed", "event", e.Kind, "alert", e.AlertID, "skill", e.Skill, "region", e.Region, "industry", e.Industry,
			"tier", e.Tier, "severity", e.Severity, "period", e.Evidence.Period.Format(time.DateOnly))
	}
	return sum, nil
}

// older draws the bands of the periods before the last that have none yet, or whose facts changed since, so that
// a picture shows where a series came from. They are drawn with the periods up to their own, and fire nothing.
func (j *Job) older(s talent.Series, drawn time.Time, changed []time.Time, now time.Time) []talent.Band {
	var out []talent.Band
	n := len(s.Points)
	for i := max(0, n-j.cfg.Backfill); i < n-1; i++ {
		if p := s.Points[i].Period; p.After(drawn) || slices.ContainsFunc(changed, p.Equal) {
			r := band.Evaluate(s.Points[:i+1], s.Key.Grain, j.cfg.Band)
			out = append(out, talent.Band{Key: s.Key, State: r.State, Evidence: r.Evidence, Evaluated: now})
		}
	}
	return out
}

func (j *Job) countFiring(ctx context.Context) error {
	firing, err := j.store.FiringAlerts(ctx)
	if err != nil {
		return err
	}
	count := map[talent.Severity]int{talent.Blue: 0, talent.Yellow: 0, talent.Orange: 0, talent.Red: 0}
	for _, f := range firing {
		count[f.Severity]++
	}
	for s, n := range count {
		j.metrics.firing.WithLabelValues(string(s)).Set(float64(n))
	}
	return nil
}
