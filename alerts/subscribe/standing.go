package subscribe

import (
	"context"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// State is where a subscription, or one channel of it, stands.
type State string

// The states. Only Active is sent to; what is Pending or Paused waits, what is Ended is not sent any more.
const (
	Pending State = "pending"
	Active  State = "active"
	Paused  State = "paused"
	Ended   State = "ended"
)

// The named reasons of a state other than Active.
const (
	ReasonNotAsked    = "confirmation_not_sent_yet"
	ReasonAsked       = "address_not_confirmed"
	ReasonExpired     = "confirmation_expired"
	ReasonAskFailed   = "confirmation_not_delivered"
	ReasonAskWaits    = "confirmation_limit_reached"
	ReasonStopped     = "stopped_by_operator"
	ReasonFailing     = "receiver_failing"
	ReasonKeyRevoked  = "key_revoked"
	ReasonNoKey       = "organisation_has_no_key"
	ReasonLeft        = "reader_unsubscribed"
	ReasonNever       = "reader_wants_no_mail_from_this_system"
	ReasonDeleted     = "ended_by_owner"
	ReasonLimitReader = "daily_limit_of_address"
	ReasonLimitKey    = "daily_limit_of_key"
	ReasonNoChannel   = "channel_not_available" // of a subscription over a channel that this program does not have
)

// Reasons lists every named reason that a subscription can stand with, for catalogues of texts.
func Reasons() []string {
	return []string{ReasonNotAsked, ReasonAsked, ReasonExpired, ReasonAskFailed, ReasonAskWaits, ReasonStopped, ReasonFailing, ReasonKeyRevoked,
		ReasonNoKey, ReasonLeft, ReasonNever, ReasonDeleted, ReasonNoChannel}
}

// Standing is where one row of a subscription stands.
type Standing struct {
	State  State
	Reason string    // empty when active
	Detail string    // the receiver's last reason, when it fails
	Since  time.Time // zero when it is not known
	Probe  bool      // paused, but one message may go out to try the receiver
}

// Sendable reports whether a message may go out now.
func (s Standing) Sendable() bool { return s.State == Active || s.Probe }

// Records is what Read needs of the store.
type Records interface {
	SubscriptionMarks(ctx context.Context, subscriptions []string) ([]talent.SubscriptionMark, error)
	ChannelHealth(ctx context.Context, subscriptions []string) ([]talent.ChannelHealth, error)
	Consents(ctx context.Context, addresses []string) ([]talent.Consent, error)
	Attempts(ctx context.Context, ids []string) ([]talent.Notification, error)
	APIKeys(ctx context.Context) ([]talent.APIKey, error)
}

// Ledger is all that decides about a set of subscriptions, as it was read at one moment.
type Ledger struct {
	cfg      Config
	channels Channels
	revoked  map[string]bool // by key id; a key that is not in it does not exist
	living   map[string]bool // organisations with a key that works
	marks    map[[2]string]talent.SubscriptionMark
	health   map[[2]string]talent.ChannelHealth
	consents map[[2]string]talent.Consent // by address and organisation
	asks     map[string]talent.Notification
}

// perQuery bounds a list of ids in one question to the store.
const perQuery = 500

// Read reads what decides about subscriptions.
func Read(ctx context.Context, cfg Config, channels Channels, store Records, subs []talent.Subscription) (Ledger, error) {
	l := Ledger{cfg: cfg, channels: channels, revoked: map[string]bool{}, living: map[string]bool{}, marks: map[[2]string]talent.SubscriptionMark{},
		health: map[[2]string]talent.ChannelHealth{}, consents: map[[2]string]talent.Consent{}, asks: map[string]talent.Notification{}}
	keys, err := store.APIKeys(ctx)
	if err != nil {
		return l, err
	}
	for _, k := range keys {
		l.revoked[k.ID] = k.Revoked
		l.living[k.Org] = l.living[k.Org] || !k.Revoked
	}
	for part := range slices.Chunk(subs, perQuery) {
		if err := l.read(ctx, store, part); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l Ledger) read(ctx context.Context, store Records, subs []talent.Subscription) error {
	var ids, addresses, asks []string
	for _, s := range subs {
		ids = append(ids, s.ID)
		if l.channels.Consents(s) {
			addresses = append(addresses, talent.AddressHash(s.Address), talent.MailboxHash(s.Address))
			asks = append(asks, AskID(s.Org, s.Address))
		}
	}
	marks, err := store.SubscriptionMarks(ctx, ids)
	if err != nil {
		return err
	}
	for _, m := range marks {
		l.marks[[2]string{m.Subscription, m.Kind}] = m
	}
	health, err := store.ChannelHealth(ctx, ids)
	if err != nil {
		return err
	}
	for _, h := range health {
		l.health[[2]string{h.Subscription, h.Channel}] = h
	}
	consents, err := store.Consents(ctx, addresses)
	if err != nil {
		return err
	}
	for _, c := range consents {
		l.consents[[2]string{c.Address, c.Org}] = c
	}
	sent, err := store.Attempts(ctx, asks)
	if err != nil {
		return err
	}
	for _, n := range sent {
		l.asks[n.ID] = n
	}
	return nil
}

// AskID names the asking of an address for an organisation, whatever the subscription and the attempt.
func AskID(org, address string) string {
	return talent.NewID("confirmation", org, talent.AddressHash(address))
}

// KeyID is the API key that a subscription ends with; empty for one that was made before keys were noted.
func (l Ledger) KeyID(sub talent.Subscription) string {
	return l.marks[[2]string{sub.ID, talent.MarkKey}].Value
}

// Standing says where a row of a subscription stands now.
func (l Ledger) Standing(sub talent.Subscription, now time.Time) Standing {
	operator := l.marks[[2]string{sub.ID, talent.MarkOperator}]
	if !sub.Active {
		return Standing{State: Ended, Reason: ReasonDeleted, Since: sub.Written}
	}
	if reason := l.keyless(sub); reason != "" {
		return Standing{State: Ended, Reason: reason}
	}
	if operator.Value == talent.MarkStopped {
		return Standing{State: Paused, Reason: ReasonStopped, Since: operator.At}
	}
	if _, ok := l.channels[sub.Channel]; !ok {
		return Standing{State: Paused, Reason: ReasonNoChannel}
	}
	if l.channels.Consents(sub) {
		if s := l.consent(sub, now); s.State != Active {
			return s
		}
	}
	h := l.Health(sub.ID, sub.Channel)
	if h.Failures >= l.cfg.PauseFailures && now.Sub(h.FailingSince) >= l.cfg.PauseAfter {
		return Standing{State: Paused, Reason: ReasonFailing, Detail: h.Reason, Since: h.FailingSince, Probe: now.Sub(h.At) >= l.cfg.ProbeEvery}
	}
	return Standing{State: Active}
}

// keyless names why no key stands behind a subscription any more; empty when one does.
func (l Ledger) keyless(sub talent.Subscription) string {
	if id := l.KeyID(sub); id != "" {
		if revoked, known := l.revoked[id]; revoked || !known {
			return ReasonKeyRevoked
		}
		return ""
	}
	if !l.living[sub.Org] {
		return ReasonNoKey
	}
	return ""
}

// consent says what the owner of the address has agreed to.
func (l Ledger) consent(sub talent.Subscription, now time.Time) Standing {
	if c := l.consents[[2]string{talent.MailboxHash(sub.Address), ""}]; c.State == talent.ConsentNever {
		return Standing{State: Ended, Reason: ReasonNever, Since: c.At}
	}
	switch c := l.consents[[2]string{talent.AddressHash(sub.Address), sub.Org}]; c.State {
	case talent.ConsentConfirmed:
		return Standing{State: Active, Since: c.At}
	case talent.ConsentLeft:
		return Standing{State: Ended, Reason: ReasonLeft, Since: c.At}
	}
	ask, ok := l.asks[AskID(sub.Org, sub.Address)]
	out := Standing{State: Pending, Reason: ReasonNotAsked, Since: ask.At}
	switch {
	case !ok || ask.Status == talent.NotificationSending:
	case ask.Status == talent.NotificationWaiting:
		out.Reason = ReasonAskWaits
	case ask.Status != talent.NotificationSent:
		out.Reason, out.Detail = ReasonAskFailed, ask.Reason
	case now.Sub(ask.At) > l.cfg.ConfirmWithin:
		out.Reason = ReasonExpired
	default:
		out.Reason = ReasonAsked
	}
	return out
}

// Ask reports whether the owner of a subscription's address is to be asked now, and the last attempt to ask. The
// system never asks twice of its own accord: only when a subscription is made, changed or resumed after the last mail
// has failed or expired.
func (l Ledger) Ask(sub talent.Subscription, now time.Time) (last talent.Notification, ask bool) {
	if !l.channels.Consents(sub) || l.Standing(sub, now).State != Pending {
		return last, false
	}
	last, known := l.asks[AskID(sub.Org, sub.Address)]
	wanted := sub.Written
	if m := l.marks[[2]string{sub.ID, talent.MarkOwner}]; m.At.After(wanted) {
		wanted = m.At
	}
	switch last.Status {
	case talent.NotificationSending:
		return last, true // the process died between the attempt and its record
	case talent.NotificationWaiting, talent.NotificationRetry:
		return last, !now.Before(last.NextAttempt)
	case talent.NotificationSent:
		return last, now.Sub(last.At) > l.cfg.ConfirmWithin && wanted.After(last.At)
	}
	return last, !known || now.Sub(last.At) > 24*time.Hour && wanted.After(last.At)
}

// Health is how a channel's receiver has answered since it was last resumed.
func (l Ledger) Health(subscription, channel string) talent.ChannelHealth {
	h := l.health[[2]string{subscription, channel}]
	for _, kind := range []string{talent.MarkOwner, talent.MarkOperator} {
		if m := l.marks[[2]string{subscription, kind}]; m.Value == talent.MarkResumed && !m.At.Before(h.At) {
			return talent.ChannelHealth{Subscription: subscription, Channel: channel}
		}
	}
	h.Subscription, h.Channel = subscription, channel
	return h
}

// Confirmed returns the address of a subscription when its owner has agreed to mails of the organisation, and empty
// otherwise.
func (l Ledger) Confirmed(sub talent.Subscription, now time.Time) string {
	if !l.channels.Consents(sub) || l.consent(sub, now).State != Active {
		return ""
	}
	return sub.Address
}
