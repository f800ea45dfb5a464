package alerts

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// The channels, and the record of what was published.
const (
	channelEmail   = "email"
	channelWebhook = "webhook"
	channelKafka   = "kafka"
)

// The statuses of an attempt. A row is written as sending before the attempt and again with its end after it.
const (
	statusSending    = "sending"
	statusSent       = "sent"
	statusRetry      = "retry"
	statusFailed     = "failed"
	statusSuppressed = "suppressed" // not sent on purpose
)

// The named reasons that are not a channel's own.
const (
	notifyDelivered   = "delivered"
	notifyInterrupted = "interrupted"               // the process died between the attempt and its record
	notifyCovered     = "covered_by_wider_alert"    // the same shortage was told for a wider cell
	notifyNotTold     = "subscriber_was_not_told"   // an end is told only to those who heard of the beginning
	notifyLastAttempt = "gave_up_after_%d_attempts" // with the channel's reason before it
)

// atOnce is how many attempts run at a time: a receiver that lets us wait must not hold up the others.
const atOnce = 4

// longestWait caps the doubling of the wait between attempts.
const longestWait = 6 * time.Hour

// notificationID names the telling of one event to one subscription over one channel, whatever the attempt: it is
// the mail's Message-ID and the webhook's delivery.
func notificationID(event, subscription, channel string) string {
	return talent.NewID("notification", event, subscription, channel)
}

// due is one message that waits to be sent.
type due struct {
	event   talent.AlertEvent
	sub     talent.Subscription
	channel string
	id      string
	last    talent.Notification // zero before the first attempt
}

// notifyLoop looks for what is to be sent until ctx ends.
func (a *Alerts) notifyLoop(ctx context.Context) error {
	for {
		if _, err := a.NotifyOnce(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.logger.Error("notifications stopped, trying again", "error", err)
		}
		if !sleep(ctx, a.cfg.Notify.Interval) {
			return nil
		}
	}
}

// NotifyOnce sends what is due and returns how many attempts it made. What is due is worked out from the stored
// events, subscriptions and attempts alone, so a restart loses nothing. Each attempt is recorded before and after:
// when the process dies in between, the next start tries again under the same delivery id, by which receivers can
// tell the repetition; nothing else is ever sent twice.
func (a *Alerts) NotifyOnce(ctx context.Context, now time.Time) (int, error) {
	if err := a.store.Intact(ctx); err != nil { // without the lost attempts everybody would be told again
		return 0, fmt.Errorf("notify: %w", err)
	}
	list, quiet, err := a.due(ctx, now)
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
	attempts := 0
	group, sending := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, d := range list {
		if sending.Err() != nil || attempts == a.cfg.Notify.PerCycle {
			break
		}
		if !d.last.NextAttempt.IsZero() && now.Before(d.last.NextAttempt) {
			continue
		}
		attempts++
		group.Go(func() error { return a.attempt(sending, d) })
	}
	return attempts, group.Wait()
}

// due lists the messages that are neither delivered nor given up, widest cells first, and the records of those
// that will not be sent on purpose.
func (a *Alerts) due(ctx context.Context, now time.Time) (list []due, quiet []talent.Notification, err error) {
	events, err := a.store.AlertEventsSince(ctx, now.Add(-a.cfg.Notify.MaxAge))
	if err != nil || len(events) == 0 {
		return nil, nil, err
	}
	subs, err := a.store.Subscriptions(ctx)
	if err != nil || len(subs) == 0 {
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
		if n.Status == statusSent {
			told[n.AlertID+n.Subscription+n.Channel] = true
		}
	}
	slices.SortStableFunc(events, func(x, y talent.AlertEvent) int {
		return cmp.Or(cmp.Compare(breadth(x.SeriesKey()), breadth(y.SeriesKey())), x.At.Compare(y.At), strings.Compare(x.ID, y.ID))
	})
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
					if n.Status == statusSending {
						n.Status, n.Reason, n.NextAttempt = statusRetry, notifyInterrupted, time.Time{}
					}
					if n.Status != statusRetry {
						continue
					}
					d.last = n
				}
				switch {
				case d.last.Attempt > 0:
				case e.Kind == talent.EventResolved && !told[e.AlertID+sub.ID+channel]:
					quiet = append(quiet, d.record(1, statusSuppressed, notifyNotTold, now))
					continue
				case e.Kind != talent.EventResolved && covered(firing, e):
					quiet = append(quiet, d.record(1, statusSuppressed, notifyCovered, now))
					continue
				}
				list = append(list, d)
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

// attempt sends one message and records how it went. Its error is the store's, never the receiver's.
func (a *Alerts) attempt(ctx context.Context, d due) error {
	n := d.last.Attempt + 1
	m, err := a.message(ctx, d)
	if err != nil {
		return err
	}
	if err := a.store.PutNotifications(ctx, []talent.Notification{d.record(n, statusSending, "", time.Now())}); err != nil {
		return err
	}
	sending, cancel := context.WithTimeout(ctx, a.cfg.Notify.Timeout)
	retry, reason, sendErr := a.channels[d.channel].Send(sending, m)
	cancel()
	if ctx.Err() != nil && sendErr != nil {
		return nil // told to stop: the row stays sending, and the next start tries again
	}
	now := time.Now()
	out := d.record(n, statusSent, reason, now)
	switch {
	case sendErr != nil && retry && n < a.cfg.Notify.Attempts:
		out.Status, out.NextAttempt = statusRetry, now.Add(min(longestWait, a.cfg.Notify.Backoff<<min(n-1, 16)))
	case sendErr != nil && retry:
		out.Status, out.Reason = statusFailed, reason+", "+fmt.Sprintf(notifyLastAttempt, n)
	case sendErr != nil:
		out.Status = statusFailed
	}
	a.metrics.notifications.WithLabelValues(d.channel, out.Status, reason).Inc()
	log := a.logger.With("channel", d.channel, "notification", d.id, "alert", d.event.AlertID, "subscription", d.sub.ID,
		"status", out.Status, "reason", reason, "attempt", n)
	if sendErr != nil {
		log.Warn("notification not delivered", "error", sendErr)
	} else {
		log.Info("notification delivered")
	}
	// The record must not be lost with ctx: without it the message would be sent again.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return a.store.PutNotifications(recording, []talent.Notification{out})
}

// record makes the row of an attempt.
func (d due) record(attempt int, status, reason string, at time.Time) talent.Notification {
	target := maskEmail(d.sub.Email)
	if d.channel == channelWebhook {
		target = maskURL(d.sub.WebhookURL)
	}
	return talent.Notification{ID: d.id, EventID: d.event.ID, AlertID: d.event.AlertID, Subscription: d.sub.ID, Org: d.sub.Org,
		Channel: d.channel, Target: target, Status: status, Reason: reason, Attempt: attempt, At: at}
}

// maskEmail keeps the first letter and the domain.
func maskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return "…"
	}
	return string([]rune(address)[:1]) + "…" + address[at:]
}

// maskURL keeps scheme and host: paths and queries of webhooks hold tokens.
func maskURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "…"
	}
	return u.Scheme + "://" + u.Host + "/…"
}
