package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// longestWait caps the doubling of the wait between attempts.
const longestWait = 6 * time.Hour

// askAttempts is how often a confirmation mail is tried: its reader has asked for nothing.
const askAttempts = 3

// attempt sends one message and records how it went. leave is how long the receiver wants to be left alone. Its error
// is the store's, never the receiver's.
func (p *Postman) attempt(ctx context.Context, d due) (leave time.Duration, err error) {
	// Asked again, because a message may have waited: nothing is sent once a key is revoked or a reader has left.
	now := time.Now()
	ledger, err := subscribe.Read(ctx, p.rules, p.Channels.Addresses(), p.Store, []talent.Subscription{d.sub})
	if err != nil {
		return 0, err
	}
	held, reason, err := p.gate(ctx, ledger, d, now)
	if err != nil {
		return 0, err
	}
	switch held {
	case "":
	case nothingToSend:
		return 0, nil
	default:
		return 0, p.hold(ctx, d, held, reason, now)
	}
	n := d.last.Attempt + 1
	m, err := p.message(ctx, d)
	if err != nil {
		return 0, err
	}
	if p.Channels[d.sub.Channel].Consents() {
		if held, reason, err = p.link(ctx, ledger, d, &m, now); err != nil {
			return 0, err
		}
		if held != "" {
			return 0, p.hold(ctx, d, held, reason, now)
		}
	}
	if err := p.Store.PutNotifications(ctx, []talent.Notification{p.record(d, n, talent.NotificationSending, "", now)}); err != nil {
		return 0, err
	}
	sending, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	retry, reason, sendErr := p.Channels[d.sub.Channel].Send(sending, m)
	cancel()
	if ctx.Err() != nil && sendErr != nil {
		return 0, nil // told to stop: the row stays sending, and the next start tries again
	}
	// The records must not be lost with ctx: without them the message would be sent again.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	now = time.Now()
	out := p.record(d, n, talent.NotificationSent, reason, now)
	if sendErr != nil {
		leave = p.failed(&out, d, retry, sendErr)
	}
	p.attempted.WithLabelValues(d.sub.Channel, out.Status, reason).Inc()
	log := p.Logger.With("channel", d.sub.Channel, "notification", d.id, "alert", d.event.AlertID, "subscription", d.sub.ID,
		"status", out.Status, "reason", reason, "attempt", n)
	if sendErr != nil {
		log.Warn("notification not delivered", "error", sendErr)
	} else {
		log.Info("notification delivered")
	}
	return leave, errors.Join(p.Store.PutNotifications(recording, []talent.Notification{out}), p.remember(recording, ledger, d, retry, reason, sendErr, now))
}

// failed says in the record of an attempt whether and when there is another one.
func (p *Postman) failed(out *talent.Notification, d due, retry bool, err error) (leave time.Duration) {
	most := p.cfg.Attempts
	if d.about == aboutConsent {
		most = min(most, askAttempts)
	}
	n := out.Attempt
	if busy, ok := errors.AsType[Busy](err); ok {
		leave = min(longestWait, busy.After)
	}
	switch {
	case retry && n < most:
		out.Status = talent.NotificationRetry
		out.NextAttempt = out.At.Add(max(leave, min(longestWait, p.cfg.Backoff<<min(n-1, 16))))
	case retry:
		out.Status, out.Reason = talent.NotificationFailed, out.Reason+", "+fmt.Sprintf(reasonLastAttempt, n)
	default:
		out.Status = talent.NotificationFailed
	}
	return leave
}

// nothingToSend says that another process has asked meanwhile, that the reader has answered or that the address has
// changed; the record stands.
const nothingToSend = "nothing to send"

// gate says whether a message may go out now. When it may not, status and reason are what is recorded.
func (p *Postman) gate(ctx context.Context, ledger subscribe.Ledger, d due, now time.Time) (status, reason string, err error) {
	rows, err := p.Store.Subscription(ctx, d.sub.ID)
	if err != nil {
		return "", "", err
	}
	i := slices.IndexFunc(rows, func(r talent.Subscription) bool { return r.Channel == d.sub.Channel })
	if i < 0 {
		return talent.NotificationSuppressed, subscribe.ReasonDeleted, nil
	}
	sub := rows[i]
	if sub.Address != d.sub.Address {
		return nothingToSend, "", nil // due again to the new address
	}
	s := ledger.Standing(sub, now)
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
func (p *Postman) limits(ctx context.Context, link talent.MailLink, now time.Time) (status, reason string, last bool, err error) {
	counts, err := p.Store.MailCounts(ctx, link, now.Add(-24*time.Hour))
	if err != nil {
		return "", "", false, err
	}
	c := p.rules
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
func (p *Postman) hold(ctx context.Context, d due, status, reason string, now time.Time) error {
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
	out := p.record(d, n, status, reason, now)
	if status == talent.NotificationWaiting && d.about != "" {
		out.NextAttempt = now.Add(holdFor)
	}
	p.attempted.WithLabelValues(d.sub.Channel, status, reason).Inc()
	return p.Store.PutNotifications(ctx, []talent.Notification{out})
}

// link makes the token of a mail's links and puts them into it, unless a limit holds the mail back. The token is
// recorded before the mail leaves, and the records are what limits count: one mail at a time goes through here.
func (p *Postman) link(ctx context.Context, ledger subscribe.Ledger, d due, m *Message, now time.Time) (status, reason string, err error) {
	p.counting.Lock()
	defer p.counting.Unlock()
	token := subscribe.NewToken()
	record := ledger.NewLink(d.sub, d.id, token, d.about == aboutConsent, now)
	if d.last.Attempt == 0 || d.last.Status == talent.NotificationWaiting { // a repetition does not count as a second mail
		if status, reason, m.LastToday, err = p.limits(ctx, record, now); err != nil || status != "" {
			return status, reason, err
		}
	}
	m.LeaveURL = subscribe.Link(m.BaseURL, subscribe.LeavePath, token)
	switch d.about {
	case aboutConsent:
		o, _, err := p.Store.Organisation(ctx, d.sub.Org)
		if err != nil {
			return "", "", err
		}
		days := max(1, int(p.rules.ConfirmWithin/(24*time.Hour)))
		m.Letter = Ask(m.Names, Theirs(o.Name), days, subscribe.Link(m.BaseURL, subscribe.ConfirmPath, token))
	case aboutPause:
		m.Letter = Failing(m.Names, Theirs(p.Channels.Addresses().Mask(d.broken)), d.failing, d.broken.ID, m.ManageURL())
	}
	return "", "", p.Store.PutMailLink(ctx, record)
}

// remember keeps how a receiver answered, as far as it is the receiver's doing.
func (p *Postman) remember(ctx context.Context, ledger subscribe.Ledger, d due, retry bool, reason string, sendErr error, now time.Time) error {
	h := ledger.Health(d.sub.ID, d.sub.Channel)
	switch {
	case sendErr == nil && h.Failures == 0:
		return nil
	case sendErr == nil:
		h.Failures = 0
	case !p.Channels[d.sub.Channel].Blames(retry, reason):
		return nil
	default:
		if h.Failures++; h.Failures == 1 {
			h.FailingSince = now
		}
	}
	h.Reason, h.At = reason, now
	return p.Store.PutChannelHealth(ctx, h)
}
