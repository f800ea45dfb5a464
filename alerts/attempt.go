package alerts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/email"
	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// askAttempts is how often a confirmation mail is tried: its reader has asked for nothing.
const askAttempts = 3

// attempt sends one message and records how it went. leave is how long the receiver wants to be left alone. Its error
// is the store's, never the receiver's.
func (a *Alerts) attempt(ctx context.Context, d due) (leave time.Duration, err error) {
	// Asked again, because a message may have waited: nothing is sent once a key is revoked or a reader has left.
	now := time.Now()
	ledger, err := subscribe.Read(ctx, a.cfg.Subscribe, a.store, []talent.Subscription{d.sub})
	if err != nil {
		return 0, err
	}
	held, reason, err := a.gate(ctx, ledger, d, now)
	if err != nil {
		return 0, err
	}
	switch held {
	case "":
	case nothingToSend:
		return 0, nil
	default:
		return 0, a.hold(ctx, d, held, reason, now)
	}
	n := d.last.Attempt + 1
	m, err := a.message(ctx, d)
	if err != nil {
		return 0, err
	}
	if d.channel == channelEmail {
		if held, reason, err = a.link(ctx, ledger, d, &m, now); err != nil {
			return 0, err
		}
		if held != "" {
			return 0, a.hold(ctx, d, held, reason, now)
		}
	}
	if err := a.store.PutNotifications(ctx, []talent.Notification{d.record(n, talent.NotificationSending, "", now)}); err != nil {
		return 0, err
	}
	sending, cancel := context.WithTimeout(ctx, a.cfg.Notify.Timeout)
	retry, reason, sendErr := a.channels[d.channel].Send(sending, m)
	cancel()
	if ctx.Err() != nil && sendErr != nil {
		return 0, nil // told to stop: the row stays sending, and the next start tries again
	}
	// The records must not be lost with ctx: without them the message would be sent again.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	now = time.Now()
	out := d.record(n, talent.NotificationSent, reason, now)
	if sendErr != nil {
		leave = a.failed(&out, d, retry, sendErr)
	}
	a.metrics.notifications.WithLabelValues(d.channel, out.Status, reason).Inc()
	log := a.logger.With("channel", d.channel, "notification", d.id, "alert", d.event.AlertID, "subscription", d.sub.ID,
		"status", out.Status, "reason", reason, "attempt", n)
	if sendErr != nil {
		log.Warn("notification not delivered", "error", sendErr)
	} else {
		log.Info("notification delivered")
	}
	return leave, errors.Join(a.store.PutNotifications(recording, []talent.Notification{out}), a.remember(recording, ledger, d, retry, reason, sendErr, now))
}

// failed says in the record of an attempt whether and when there is another one.
func (a *Alerts) failed(out *talent.Notification, d due, retry bool, err error) (leave time.Duration) {
	most := a.cfg.Notify.Attempts
	if d.about == aboutConsent {
		most = min(most, askAttempts)
	}
	n := out.Attempt
	if busy, ok := errors.AsType[notify.Busy](err); ok {
		leave = min(longestWait, busy.After)
	}
	switch {
	case retry && n < most:
		out.Status = talent.NotificationRetry
		out.NextAttempt = out.At.Add(max(leave, min(longestWait, a.cfg.Notify.Backoff<<min(n-1, 16))))
	case retry:
		out.Status, out.Reason = talent.NotificationFailed, out.Reason+", "+fmt.Sprintf(notifyLastAttempt, n)
	default:
		out.Status = talent.NotificationFailed
	}
	return leave
}

// nothingToSend says that another process has asked meanwhile, or the reader has answered; its record stands.
const nothingToSend = "nothing to send"

// gate says whether a message may go out now. When it may not, status and reason are what is recorded.
func (a *Alerts) gate(ctx context.Context, ledger subscribe.Ledger, d due, now time.Time) (status, reason string, err error) {
	sub, alive, err := a.store.Subscription(ctx, d.sub.ID)
	if err != nil {
		return "", "", err
	}
	if !alive {
		return talent.NotificationSuppressed, subscribe.ReasonDeleted, nil
	}
	s := ledger.Standing(sub, d.channel, now)
	switch {
	case s.State == subscribe.Ended:
		return talent.NotificationSuppressed, s.Reason, nil
	case d.about == aboutConsent:
		if _, ask := ledger.Ask(sub, now); !ask {
			return nothingToSend, "", nil
		}
	case !s.Sendable():
		return talent.NotificationWaiting, s.Reason, nil
	}
	return "", "", nil
}

// limits holds back what would be too many mails to one mailbox or of one key. last says that the mailbox's limit is
// reached with this mail.
func (a *Alerts) limits(ctx context.Context, link talent.MailLink, now time.Time) (status, reason string, last bool, err error) {
	counts, err := a.store.MailCounts(ctx, link, now.Add(-24*time.Hour))
	if err != nil {
		return "", "", false, err
	}
	c := a.cfg.Subscribe
	switch {
	case link.Confirms && (counts.Mailbox >= c.AsksToAddress || counts.Key >= c.AsksOfKey || counts.Org >= c.AsksOfOrg):
		return talent.NotificationWaiting, subscribe.ReasonAskWaits, false, nil
	case link.Confirms:
	case counts.Mailbox >= c.MailsToAddress:
		return talent.NotificationSuppressed, subscribe.ReasonLimitReader, false, nil
	case counts.Key >= c.MailsOfKey:
		return talent.NotificationSuppressed, subscribe.ReasonLimitKey, false, nil
	}
	return "", "", counts.Mailbox == c.MailsToAddress-1, nil
}

// holdFor is how long a confirmation mail waits that a limit held back.
const holdFor = 10 * time.Minute

// hold records that a message was not sent on purpose, or waits.
func (a *Alerts) hold(ctx context.Context, d due, status, reason string, now time.Time) error {
	n := d.last.Attempt + 1
	if status == talent.NotificationWaiting {
		if d.about == "" {
			if d.last.ID != "" {
				return nil // recorded before
			}
			n = 0
		}
		if d.last.Status == status {
			n = d.last.Attempt
		}
	}
	out := d.record(n, status, reason, now)
	if status == talent.NotificationWaiting && d.about != "" {
		out.NextAttempt = now.Add(holdFor)
	}
	a.metrics.notifications.WithLabelValues(d.channel, status, reason).Inc()
	return a.store.PutNotifications(ctx, []talent.Notification{out})
}

// link makes the token of a mail's links and puts them into it, unless a limit holds the mail back. The token is
// recorded before the mail leaves, and the records are what limits count: one mail at a time goes through here.
func (a *Alerts) link(ctx context.Context, ledger subscribe.Ledger, d due, m *notify.Message, now time.Time) (status, reason string, err error) {
	a.counting.Lock()
	defer a.counting.Unlock()
	token := subscribe.NewToken()
	record := ledger.NewLink(d.sub, d.id, token, d.about == aboutConsent, now)
	if d.last.Attempt == 0 || d.last.Status == talent.NotificationWaiting { // a repetition is no second mail
		if status, reason, m.LastToday, err = a.limits(ctx, record, now); err != nil || status != "" {
			return status, reason, err
		}
	}
	m.LeaveURL = subscribe.Link(m.BaseURL, subscribe.LeavePath, token)
	switch d.about {
	case aboutConsent:
		o, _, err := a.store.Organisation(ctx, d.sub.Org)
		if err != nil {
			return "", "", err
		}
		days := max(1, int(a.cfg.Subscribe.ConfirmWithin/(24*time.Hour)))
		m.Letter = notify.Ask(m.Language(), notify.Theirs(o.Name), days, subscribe.Link(m.BaseURL, subscribe.ConfirmPath, token), m.Sample)
	case aboutPause:
		m.Letter = notify.Failing(m.Language(), notify.Theirs(d.target), d.failing.Detail, d.failing.Since.Format(time.DateOnly), d.broken, m.BaseURL+"/alerts")
	}
	return "", "", a.store.PutMailLink(ctx, record)
}

// remember keeps how a receiver answered, as far as it is the receiver's doing.
func (a *Alerts) remember(ctx context.Context, ledger subscribe.Ledger, d due, retry bool, reason string, sendErr error, now time.Time) error {
	h := ledger.Health(d.sub.ID, d.channel)
	switch {
	case sendErr == nil && h.Failures == 0:
		return nil
	case sendErr == nil:
		h.Failures = 0
	case d.channel == channelEmail && (retry || reason == email.ReasonUnbuilt):
		return nil // our own mail server, as a rule
	default:
		if h.Failures++; h.Failures == 1 {
			h.FailingSince = now
		}
	}
	h.Reason, h.At = reason, now
	return a.store.PutChannelHealth(ctx, h)
}
