package alerts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// The channels, and the record of what was published.
const (
	channelEmail   = subscribe.Email
	channelWebhook = subscribe.Webhook
	channelKafka   = "kafka"
)

// The named reasons that are neither a channel's own nor those of package subscribe.
const (
	notifyDelivered   = "delivered"
	notifyInterrupted = "interrupted"               // the process died between the attempt and its record
	notifyCovered     = "covered_by_wider_alert"    // the same shortage was told for a wider cell
	notifyNotTold     = "subscriber_was_not_told"   // an end is told only to those who heard of the beginning
	notifyLastAttempt = "gave_up_after_%d_attempts" // with the channel's reason before it
)

// What a notification that is about no alert is about; it stands in place of the event's id.
const (
	aboutConsent = "confirmation"
	aboutPause   = "paused"
)

// longestWait caps the doubling of the wait between attempts.
const longestWait = 6 * time.Hour

// notificationID names the telling of one event to one subscription over one channel, whatever the attempt: it is
// the mail's Message-ID and the webhook's delivery.
func notificationID(event, subscription, channel string) string {
	return talent.NewID("notification", event, subscription, channel)
}

// due is one message that waits to be sent.
type due struct {
	about   string            // empty: an alert's event
	event   talent.AlertEvent // zero when it is about something else
	sub     talent.Subscription
	channel string
	id      string
	last    talent.Notification // zero before the first attempt
	failing subscribe.Standing  // of the receiver that a mail about a pause is about
	target  string              // that receiver, masked
	broken  string              // and its subscription
}

// notifyLoop looks for what is to be sent until ctx ends: at every interval, and when a full queue has room again.
func (a *Alerts) notifyLoop(ctx context.Context) error {
	for {
		_, err := a.offer(ctx, time.Now())
		for _, l := range a.lanes {
			err = errors.Join(err, l.errors())
		}
		if err != nil && ctx.Err() == nil {
			a.logger.Error("notifications stopped, trying again", "error", err)
		}
		next := time.NewTimer(a.cfg.Notify.Interval)
		select {
		case <-ctx.Done():
		case <-next.C:
		case <-a.room:
		}
		next.Stop()
		if ctx.Err() != nil {
			break
		}
	}
	for _, l := range a.lanes {
		_ = l.wait() // what was interrupted is due again at the next start
	}
	return nil
}

// NotifyOnce sends what is due and returns how many attempts it made.
func (a *Alerts) NotifyOnce(ctx context.Context, now time.Time) (int, error) {
	n, err := a.offer(ctx, now)
	for _, l := range a.lanes {
		err = errors.Join(err, l.wait())
	}
	return n, err
}

// offer works out what is due and queues it; it returns how many messages it has queued. What is due is worked out
// from the stored events, subscriptions and attempts alone, so a restart loses nothing. Each attempt is recorded
// before and after: when the process dies in between, the next start tries again under the same delivery id, by which
// receivers can tell the repetition; nothing else is ever sent twice.
func (a *Alerts) offer(ctx context.Context, now time.Time) (int, error) {
	if err := a.store.Intact(ctx); err != nil { // without the lost attempts everybody would be told again
		return 0, fmt.Errorf("notify: %w", err)
	}
	subs, err := a.store.Subscriptions(ctx)
	if err != nil || len(subs) == 0 {
		return 0, err
	}
	ledger, err := subscribe.Read(ctx, a.cfg.Subscribe, a.store, subs)
	if err != nil {
		return 0, err
	}
	list, quiet, err := a.due(ctx, subs, ledger, now)
	if err != nil {
		return 0, err
	}
	if err := a.store.PutNotifications(ctx, quiet); err != nil {
		return 0, err
	}
	for _, n := range quiet {
		a.metrics.notifications.WithLabelValues(n.Channel, n.Status, n.Reason).Inc()
	}
	a.metrics.pending.Set(float64(len(list)))
	letters, err := a.letters(ctx, subs, ledger, now)
	if err != nil {
		return 0, err
	}
	queued := 0
	for _, d := range append(letters, list...) {
		if !d.last.NextAttempt.IsZero() && now.Before(d.last.NextAttempt) {
			continue
		}
		if a.lanes[d.channel].offer(ctx, task{id: d.id, lane: receiver(d), org: d.sub.Org, run: func(ctx context.Context) (time.Duration, error) { return a.attempt(ctx, d) }}) {
			queued++
		}
	}
	return queued, nil
}

// receiver names whom a message makes wait: the host of a webhook, the domain of an address.
func receiver(d due) string {
	if d.channel == channelWebhook {
		if u, err := url.Parse(d.sub.WebhookURL); err == nil {
			return strings.ToLower(u.Host)
		}
	}
	return strings.ToLower(d.sub.Email[strings.LastIndexByte(d.sub.Email, '@')+1:])
}

// due lists the messages about alerts that are neither delivered nor given up, widest cells first, and the records
// of those that will not be sent on purpose or have to wait.
func (a *Alerts) due(ctx context.Context, subs []talent.Subscription, ledger subscribe.Ledger, now time.Time) (list []due, quiet []talent.Notification, err error) {
	events, err := a.store.AlertEventsSince(ctx, now.Add(-a.cfg.Notify.MaxAge))
	if err != nil || len(events) == 0 {
		return nil, nil, err
	}
	attempts, err := a.attempts(ctx, events)
	if err != nil {
		return nil, nil, err
	}
	firing, err := a.store.FiringAlerts(ctx)
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
		if !a.cfg.Notify.current(e) {
			continue
		}
		for _, sub := range subs {
			if !matches(sub, e) {
				continue
			}
			for channel := range a.channelsOf(sub) {
				d := due{event: e, sub: sub, channel: channel, id: notificationID(e.ID, sub.ID, channel)}
				if n, ok := attempts[d.id]; ok {
					if n.Status == talent.NotificationSending {
						n.Status, n.Reason, n.NextAttempt = talent.NotificationRetry, notifyInterrupted, time.Time{}
					}
					if n.Status != talent.NotificationRetry && n.Status != talent.NotificationWaiting {
						continue
					}
					d.last = n
				}
				switch {
				case d.last.Attempt > 0:
				case e.Kind == talent.EventResolved && !told[e.AlertID+sub.ID+channel]:
					quiet = append(quiet, d.record(1, talent.NotificationSuppressed, notifyNotTold, now))
					continue
				case e.Kind != talent.EventResolved && covered(firing, e):
					quiet = append(quiet, d.record(1, talent.NotificationSuppressed, notifyCovered, now))
					continue
				}
				s := ledger.Standing(sub, channel, now)
				switch {
				case s.State == subscribe.Ended:
					quiet = append(quiet, d.record(d.last.Attempt+1, talent.NotificationSuppressed, s.Reason, now))
				case s.Sendable() && (!s.Probe || !probed[sub.ID+channel]):
					probed[sub.ID+channel] = true
					list = append(list, d)
				case d.last.ID == "":
					quiet = append(quiet, d.record(0, talent.NotificationWaiting, s.Reason, now))
				}
			}
		}
	}
	return list, quiet, nil
}

// current reports whether an event's period was the latest one, give or take MaxAge, when it was judged: a run as of
// a day in the past stores its alerts and wakes nobody.
func (c NotifyConfig) current(e talent.AlertEvent) bool {
	return e.At.Before(e.Grain.Add(e.Evidence.Period, 2).Add(c.MaxAge))
}

// channelsOf returns the configured channels that a subscription names.
func (a *Alerts) channelsOf(sub talent.Subscription) map[string]Channel {
	out := map[string]Channel{}
	if c, ok := a.channels[channelEmail]; ok && sub.Email != "" {
		out[channelEmail] = c
	}
	if c, ok := a.channels[channelWebhook]; ok && sub.WebhookURL != "" {
		out[channelWebhook] = c
	}
	return out
}

// record makes the row of an attempt.
func (d due) record(attempt int, status, reason string, at time.Time) talent.Notification {
	target := subscribe.MaskEmail(d.sub.Email)
	if d.channel == channelWebhook {
		target = subscribe.MaskURL(d.sub.WebhookURL)
	}
	return talent.Notification{ID: d.id, EventID: cmp.Or(d.event.ID, d.about), AlertID: d.event.AlertID, Subscription: d.sub.ID, Org: d.sub.Org,
		Channel: d.channel, Target: target, Status: status, Reason: reason, Attempt: attempt, At: at}
}
