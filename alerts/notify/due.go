package notify

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// The named reasons that are neither a channel's own nor those of package subscribe.
const (
	reasonInterrupted = "interrupted"               // the process died between the attempt and its record
	reasonCovered     = "covered_by_wider_alert"    // the same shortage was told for a wider cell
	reasonNotTold     = "subscriber_was_not_told"   // an end is told only to those who heard of the beginning
	reasonLastAttempt = "gave_up_after_%d_attempts" // with the channel's reason before it
)

// What a notification that is about no alert is about; it stands in place of the event's id.
const (
	aboutConsent = "confirmation"
	aboutPause   = "paused"
)

// due is one message that waits to be sent.
type due struct {
	about   string            // empty: an alert's event
	event   talent.AlertEvent // zero when it is about something else
	sub     talent.Subscription
	id      string
	last    talent.Notification // zero before the first attempt
	failing subscribe.Standing  // of the receiver that a letter about a pause is about
	broken  talent.Subscription // that receiver
}

// due lists the messages about alerts that are neither delivered nor given up, widest cells first, and the records
// of those that will not be sent on purpose or have to wait.
func (p *Postman) due(ctx context.Context, subs []talent.Subscription, ledger subscribe.Ledger, now time.Time) (list []due, quiet []talent.Notification, err error) {
	events, err := p.Store.AlertEventsSince(ctx, now.Add(-p.cfg.MaxAge))
	if err != nil || len(events) == 0 {
		return nil, nil, err
	}
	attempts, err := p.attempts(ctx, events)
	if err != nil {
		return nil, nil, err
	}
	firing, err := p.Store.FiringAlerts(ctx)
	if err != nil {
		return nil, nil, err
	}
	told := map[string]bool{} // alert, subscription and channel
	for _, n := range attempts {
		if n.Status == talent.NotificationSent {
			told[n.AlertID+n.Subscription+n.Channel] = true
		}
	}
	slices.SortStableFunc(events, func(x, y talent.AlertEvent) int {
		return cmp.Or(cmp.Compare(breadth(x.SeriesKey()), breadth(y.SeriesKey())), x.At.Compare(y.At), strings.Compare(x.ID, y.ID))
	})
	probed := map[string]bool{} // a paused receiver is tried with one message
	for _, e := range events {
		if !p.cfg.current(e) {
			continue
		}
		for _, sub := range subs {
			if !p.sends(sub.Channel) || !matches(sub, e) {
				continue
			}
			d := due{event: e, sub: sub, id: talent.NotificationID(e.ID, sub.ID, sub.Channel)}
			if n, ok := attempts[d.id]; ok {
				if n.Status == talent.NotificationSending {
					n.Status, n.Reason, n.NextAttempt = talent.NotificationRetry, reasonInterrupted, time.Time{}
				}
				if n.Status != talent.NotificationRetry && n.Status != talent.NotificationWaiting {
					continue
				}
				d.last = n
			}
			switch {
			case d.last.Attempt > 0:
			case e.Kind == talent.EventResolved && !told[e.AlertID+sub.ID+sub.Channel]:
				quiet = append(quiet, p.record(d, 1, talent.NotificationSuppressed, reasonNotTold, now))
				continue
			case e.Kind != talent.EventResolved && covered(firing, e):
				quiet = append(quiet, p.record(d, 1, talent.NotificationSuppressed, reasonCovered, now))
				continue
			}
			s := ledger.Standing(sub, now)
			switch {
			case s.State == subscribe.Ended:
				quiet = append(quiet, p.record(d, d.last.Attempt+1, talent.NotificationSuppressed, s.Reason, now))
			case s.Sendable() && (!s.Probe || !probed[sub.ID+sub.Channel]):
				probed[sub.ID+sub.Channel] = true
				list = append(list, d)
			case d.last.ID == "":
				quiet = append(quiet, p.record(d, 0, talent.NotificationWaiting, s.Reason, now))
			}
		}
	}
	return list, quiet, nil
}

// current reports whether an event's period was the latest one, give or take MaxAge, when it was judged: a run as of
// a day in the past stores its alerts and wakes nobody.
func (c Config) current(e talent.AlertEvent) bool {
	return e.At.Before(e.Grain.Add(e.Evidence.Period, 2).Add(c.MaxAge))
}

// sends reports whether messages can be sent over a channel.
func (p *Postman) sends(name string) bool {
	c, ok := p.Channels[name]
	return ok && c.Ready() == nil
}

// record makes the row of an attempt.
func (p *Postman) record(d due, attempt int, status, reason string, at time.Time) talent.Notification {
	return talent.Notification{ID: d.id, EventID: cmp.Or(d.event.ID, d.about), AlertID: d.event.AlertID, Subscription: d.sub.ID, Org: d.sub.Org,
		Channel: d.sub.Channel, Target: p.Channels[d.sub.Channel].Mask(d.sub.Address), Status: status, Reason: reason, Attempt: attempt, At: at}
}

// attempts returns the last attempt of every notification about the alerts of events, by id.
func (p *Postman) attempts(ctx context.Context, events []talent.AlertEvent) (map[string]talent.Notification, error) {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.AlertID
	}
	slices.Sort(ids)
	list, err := p.Store.LastAttempts(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	out := make(map[string]talent.Notification, len(list))
	for _, n := range list {
		out[n.ID] = n
	}
	return out, nil
}
