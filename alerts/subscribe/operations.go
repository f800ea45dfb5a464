package subscribe

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func (s *Service) create(ctx context.Context, body httpd.JSONBody[SubscriptionInput], in *subscribeInput) (*subscribeOutput, error) {
	who, _ := httpd.PrincipalOf(ctx)
	made, err := s.put(ctx, body, in, talent.NewID("subscription", who.Org, rand.Text()), nil)
	if err != nil {
		return nil, err
	}
	return &subscribeOutput{Location: path + "/" + made.ID, Body: made}, nil
}

// change replaces what a subscription of the caller's own says. A channel that is not named any more ends.
func (s *Service) change(ctx context.Context, body httpd.JSONBody[SubscriptionInput], in *changeInput) (*subscriptionOutput, error) {
	before, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	made, err := s.put(ctx, body, &in.subscribeInput, in.ID, before)
	if err != nil {
		return nil, err
	}
	return &subscriptionOutput{made}, nil
}

// put checks a stated subscription and stores it in place of the rows before it, which are none for a new one.
func (s *Service) put(ctx context.Context, body httpd.JSONBody[SubscriptionInput], in *subscribeInput, id string, before []talent.Subscription) (SubscriptionView, error) {
	stated, schema, err := body.Decode(in.ContentType, in.RawBody)
	if err != nil {
		return SubscriptionView{}, err
	}
	rows, wrong := s.channels.check(ctx, stated, s.skills)
	if len(schema)+len(wrong) > 0 {
		return SubscriptionView{}, httpd.Invalid(schema, wrong)
	}
	who, _ := httpd.PrincipalOf(ctx)
	secret := ""
	for i := range rows {
		r := &rows[i]
		r.ID, r.Org, r.Written = id, who.Org, s.now()
		if !s.channels[r.Channel].Signs() {
			continue
		}
		if kept := slices.IndexFunc(before, func(b talent.Subscription) bool { return b.Channel == r.Channel && b.Address == r.Address }); kept >= 0 {
			r.Secret = before[kept].Secret
		} else {
			r.Secret = org.NewSecret()
			secret = r.Secret
		}
	}
	ledger, err := s.room(ctx, rows)
	if err != nil {
		return SubscriptionView{}, err
	}
	marks := []talent.SubscriptionMark{{Subscription: id, Kind: talent.MarkKey, Value: who.KeyID, At: s.now()}}
	if before != nil { // a changed receiver starts anew
		marks = append(marks, talent.SubscriptionMark{Subscription: id, Kind: talent.MarkOwner, Value: talent.MarkResumed, At: s.now()})
	}
	// The key first: a subscription without one would live as long as its organisation.
	if err := s.store.PutSubscriptionMarks(ctx, marks...); err != nil {
		return SubscriptionView{}, err
	}
	if err := s.store.PutSubscription(ctx, append(rows, ended(before, rows)...)...); err != nil {
		return SubscriptionView{}, err
	}
	if before != nil {
		if ledger, err = s.read(ctx, rows); err != nil {
			return SubscriptionView{}, err
		}
	}
	out := view(rows, ledger, s.now())
	out.Secret = secret
	return out, nil
}

// ended are the rows of channels that a subscription had before and has no more, without what is to be forgotten.
func ended(before, now []talent.Subscription) (out []talent.Subscription) {
	for _, b := range before {
		if !slices.ContainsFunc(now, func(r talent.Subscription) bool { return r.Channel == b.Channel }) {
			out = append(out, talent.Subscription{ID: b.ID, Org: b.Org, Channel: b.Channel})
		}
	}
	return out
}

// room says whether an organisation may have this subscription, and each of its addresses another mail.
func (s *Service) room(ctx context.Context, rows []talent.Subscription) (Ledger, error) {
	have, err := s.store.SubscriptionsByOrg(ctx, rows[0].Org)
	if err != nil {
		return Ledger{}, err
	}
	have = slices.DeleteFunc(have, func(r talent.Subscription) bool { return r.ID == rows[0].ID })
	if len(byID(have)) >= maxSubscriptions {
		return Ledger{}, httpd.Problem(http.StatusConflict, "too_many_subscriptions", fmt.Sprintf("an organisation has at most %d subscriptions: end one first", maxSubscriptions))
	}
	ledger, err := s.read(ctx, slices.Concat(have, rows))
	if err != nil {
		return Ledger{}, err
	}
	pending := func(list []talent.Subscription) map[string]bool {
		out := map[string]bool{}
		for _, r := range list {
			if s.channels.Consents(r) && ledger.consent(r, s.now()).State == Pending {
				out[talent.AddressHash(r.Address)] = true
			}
		}
		return out
	}
	for _, r := range rows {
		if !s.channels.Consents(r) {
			continue
		}
		switch ledger.consent(r, s.now()).Reason {
		case ReasonNever:
			return Ledger{}, httpd.Problem(http.StatusConflict, "address_refuses_all_mail",
				"the owner of this address has asked that this system never write to it: use another address, or a webhook", httpd.Field("body."+r.Channel, "refuses all mail of this system", nil))
		case ReasonLeft:
			return Ledger{}, httpd.Problem(http.StatusConflict, "address_unsubscribed",
				"the owner of this address has ended the mails of your organisation; they can take them up again with the link in any of those mails", httpd.Field("body."+r.Channel, "has unsubscribed", nil))
		}
	}
	if open := pending(have); len(pending(rows)) > 0 && len(pending(slices.Concat(have, rows))) > s.cfg.Unconfirmed {
		return Ledger{}, httpd.Problem(http.StatusConflict, "too_many_unconfirmed",
			fmt.Sprintf("%d addresses of your organisation have not been confirmed yet: wait until their owners have followed the link in their mail, or end those subscriptions", len(open)))
	}
	return ledger, nil
}

func (s *Service) read(ctx context.Context, rows []talent.Subscription) (Ledger, error) {
	return Read(ctx, s.cfg, s.channels, s.store, rows)
}

// byID parts rows, which are in order of their ids, by subscription.
func byID(rows []talent.Subscription) (out [][]talent.Subscription) {
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(r talent.Subscription) bool { return r.ID != rows[0].ID })
		if n < 0 {
			n = len(rows)
		}
		out, rows = append(out, rows[:n]), rows[n:]
	}
	return out
}

func (s *Service) list(ctx context.Context, _ *struct{}) (*subscriptionsOutput, error) {
	who, _ := httpd.PrincipalOf(ctx)
	rows, err := s.store.SubscriptionsByOrg(ctx, who.Org)
	if err != nil {
		return nil, err
	}
	ledger, err := s.read(ctx, rows)
	if err != nil {
		return nil, err
	}
	items := []SubscriptionView{}
	for _, sub := range byID(rows) {
		items = append(items, view(sub, ledger, s.now()))
	}
	return &subscriptionsOutput{httpd.NewPage(items, "")}, nil
}

// own returns the rows of a subscription of the caller's organisation.
func (s *Service) own(ctx context.Context, id string) ([]talent.Subscription, error) {
	who, _ := httpd.PrincipalOf(ctx)
	rows, err := s.store.Subscription(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || rows[0].Org != who.Org {
		return nil, httpd.NotFound("subscription " + id)
	}
	return rows, nil
}

func (s *Service) delete(ctx context.Context, in *subscriptionID) (*struct{}, error) {
	rows, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.store.PutSubscription(ctx, ended(rows, nil)...)
}

func (s *Service) resume(ctx context.Context, in *subscriptionID) (*subscriptionOutput, error) {
	rows, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	who, _ := httpd.PrincipalOf(ctx)
	now := s.now()
	if err := s.store.PutSubscriptionMarks(ctx, talent.SubscriptionMark{Subscription: in.ID, Kind: talent.MarkKey, Value: who.KeyID, At: now},
		talent.SubscriptionMark{Subscription: in.ID, Kind: talent.MarkOwner, Value: talent.MarkResumed, At: now}); err != nil {
		return nil, err
	}
	ledger, err := s.read(ctx, rows)
	if err != nil {
		return nil, err
	}
	shown := view(rows, ledger, s.now())
	switch shown.Reason {
	case ReasonStopped:
		return nil, httpd.Problem(http.StatusConflict, "stopped_by_operator", "the operator has stopped this subscription: ask the operator to resume it")
	case ReasonLeft, ReasonNever:
		return nil, httpd.Problem(http.StatusConflict, "address_unsubscribed", "the owner of the mail address has ended these mails; only they can take them up again, with the link in any of those mails")
	}
	return &subscriptionOutput{shown}, nil
}
