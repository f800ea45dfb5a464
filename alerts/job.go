package alerts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/alerts/band"
	"github.com/gapwatch/gapwatch/internal/kafka"
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
func (a *Alerts) RunOnce(ctx context.Context, asOf time.Time) (Summary, error) {
	return a.run(ctx, asOf, true)
}

// run is RunOnce; unless forced it leaves a grain alone whose series have not changed since the last run.
func (a *Alerts) run(ctx context.Context, asOf time.Time, force bool) (sum Summary, err error) {
	began := time.Now()
	defer func() {
		result := "done"
		if err != nil {
			result = "failed"
		}
		a.metrics.runs.WithLabelValues(result).Inc()
	}()
	if err := a.store.Intact(ctx); err != nil { // nobody is warned because of what was lost
		return sum, fmt.Errorf("judge: %w", err)
	}
	for _, grain := range []talent.Grain{talent.Week, talent.Month} {
		from, last := a.reach(grain, asOf)
		settled, err := a.store.Settling(ctx, grain, from, last)
		if err != nil {
			return sum, err
		}
		seen := fmt.Sprint(last.Unix(), settled.Rolled.UnixNano(), settled.Dirty)
		if !force && a.judged[grain] == seen {
			continue
		}
		one, err := a.judge(ctx, grain, from, last, began)
		if err != nil {
			return sum, err
		}
		a.judged[grain] = seen
		sum.Series += one.Series
		sum.Events = append(sum.Events, one.Events...)
	}
	if err := a.publish(ctx, began); err != nil {
		return sum, err
	}
	if err := a.countFiring(ctx); err != nil {
		return sum, err
	}
	a.metrics.runSeconds.Observe(time.Since(began).Seconds())
	a.metrics.lastSuccess.SetToCurrentTime()
	if sum.Series > 0 {
		a.logger.Info("series judged", "series", sum.Series, "events", len(sum.Events), "took", time.Since(began).Round(time.Millisecond))
	}
	return sum, nil
}

// judge evaluates one grain.
func (a *Alerts) judge(ctx context.Context, grain talent.Grain, from, last, now time.Time) (Summary, error) {
	var sum Summary
	prevs, err := a.store.LatestAlerts(ctx, grain)
	if err != nil {
		return sum, err
	}
	drawn, evaluated, err := a.store.LastBands(ctx, grain, band.Version)
	if err != nil {
		return sum, err
	}
	changed, err := a.store.RolledAfter(ctx, grain, from, last, evaluated.Add(-clockSkew))
	if err != nil {
		return sum, err
	}
	var bands []talent.Band
	var alerts []talent.Alert
	flush := func(atLeast int) error {
		if len(bands) < atLeast {
			return nil
		}
		if err := a.store.PutBands(ctx, bands); err != nil {
			return err
		}
		bands = bands[:0]
		return nil
	}
	err = a.store.EachSeries(ctx, grain, from, last, func(s talent.Series) error {
		n := len(s.Points)
		if !s.Points[n-1].Period.Equal(last) {
			a.metrics.evaluations.WithLabelValues(string(grain), string(talent.StateNoData)).Inc()
			return nil // the cell has no vacancy in the latest period: nothing to say, and nothing to resolve
		}
		sum.Series++
		bands = append(bands, a.older(s, drawn[s.Key], changed, now)...)
		var prev *talent.Alert
		if p, ok := prevs[s.Key]; ok {
			prev = &p
		}
		j := a.evaluator.Judge(s.Points, grain, prev)
		a.metrics.evaluations.WithLabelValues(string(grain), string(j.State)).Inc()
		bands = append(bands, talent.Band{Key: s.Key, State: j.State, Evidence: j.Evidence, Evaluated: now})
		if event, next := a.evaluator.Decide(prev, s.Key, j, now); event != nil {
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
	if err := a.store.PutAlertEvents(ctx, sum.Events); err != nil {
		return sum, err
	}
	if err := a.store.PutAlerts(ctx, alerts); err != nil {
		return sum, err
	}
	for _, e := range sum.Events {
		a.metrics.events.WithLabelValues(string(e.Kind), string(e.Severity)).Inc()
		a.logger.Info("alert changed", "event", e.Kind, "alert", e.AlertID, "skill", e.Skill, "region", e.Region, "industry", e.Industry,
			"tier", e.Tier, "severity", e.Severity, "period", e.Evidence.Period.Format(time.DateOnly))
	}
	return sum, nil
}

// older draws the bands of the periods before the last that have none yet, or whose facts changed since, so that
// a picture shows where a series came from. They are drawn with the periods up to their own, and fire nothing.
func (a *Alerts) older(s talent.Series, drawn time.Time, changed []time.Time, now time.Time) []talent.Band {
	var out []talent.Band
	n := len(s.Points)
	for i := max(0, n-a.cfg.Backfill); i < n-1; i++ {
		if p := s.Points[i].Period; p.After(drawn) || slices.ContainsFunc(changed, p.Equal) {
			r := band.Evaluate(s.Points[:i+1], s.Key.Grain, a.cfg.Band)
			out = append(out, talent.Band{Key: s.Key, State: r.State, Evidence: r.Evidence, Evaluated: now})
		}
	}
	return out
}

// publish sends the events of the last days that have no record of having been sent to alerts.v1. After a crash
// between the sending and the record an event is sent again under its id: readers of the topic go by the id.
func (a *Alerts) publish(ctx context.Context, now time.Time) error {
	events, err := a.store.AlertEventsSince(ctx, now.Add(-a.cfg.Notify.MaxAge))
	if err != nil {
		return err
	}
	done, err := a.attempts(ctx, events)
	if err != nil {
		return err
	}
	var msgs []kafka.Message
	var sent []talent.Notification
	for _, e := range events {
		id := notificationID(e.ID, "", channelKafka)
		if _, ok := done[id]; ok {
			continue
		}
		e.Sample = a.cfg.Sample
		m, err := kafka.JSON(e.AlertID, e)
		if err != nil {
			return err
		}
		msgs = append(msgs, m)
		sent = append(sent, talent.Notification{ID: id, EventID: e.ID, AlertID: e.AlertID, Channel: channelKafka,
			Target: talent.TopicAlerts, Status: talent.NotificationSent, Reason: notifyDelivered, Attempt: 1, At: now})
	}
	if len(msgs) == 0 {
		return nil
	}
	if err := a.kafka.Write(ctx, talent.TopicAlerts, msgs...); err != nil {
		return err
	}
	return a.store.PutNotifications(ctx, sent)
}

// attempts returns the last attempt of every notification about the alerts of events, by id.
func (a *Alerts) attempts(ctx context.Context, events []talent.AlertEvent) (map[string]talent.Notification, error) {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.AlertID
	}
	slices.Sort(ids)
	list, err := a.store.LastAttempts(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	out := make(map[string]talent.Notification, len(list))
	for _, n := range list {
		out[n.ID] = n
	}
	return out, nil
}

func (a *Alerts) countFiring(ctx context.Context) error {
	firing, err := a.store.FiringAlerts(ctx)
	if err != nil {
		return err
	}
	count := map[talent.Severity]int{talent.Blue: 0, talent.Yellow: 0, talent.Orange: 0, talent.Red: 0}
	for _, f := range firing {
		count[f.Severity]++
	}
	for s, n := range count {
		a.metrics.firing.WithLabelValues(string(s)).Set(float64(n))
	}
	return nil
}
