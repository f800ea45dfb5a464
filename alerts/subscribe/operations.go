package subscribe

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func (s *Service) create(ctx context.Context, body httpd.JSONBody[SubscriptionInput], in *subscribeInput) (*subscribeOutput, error) {
	stated, schema, err := body.Decode(in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	sub, wrong := checkSubscription(stated, s.skills)
	who, _ := httpd.PrincipalOf(ctx)
	sub.ID, sub.Org, sub.Active, sub.Written = talent.NewID("subscription", who.Org, rand.Text()), who.Org, true, s.now()
	if len(wrong) == 0 {
		wrong = s.checkWebhook(ctx, sub.WebhookURL)
	}
	if len(schema)+len(wrong) > 0 {
		return nil, httpd.Invalid(schema, wrong)
	}
	ledger, err := s.room(ctx, sub)
	if err != nil {
		return nil, err
	}
	if sub.WebhookURL != "" {
		sub.Secret = org.NewSecret()
	}
	// The key first: a subscription without one would live as long as its organisation.
	if err := s.store.PutSubscriptionMarks(ctx, talent.SubscriptionMark{Subscription: sub.ID, Kind: talent.MarkKey, Value: who.KeyID, At: s.now()}); err != nil {
		return nil, err
	}
	if err := s.store.PutSubscription(ctx, sub); err != nil {
		return nil, err
	}
	out := &subscribeOutput{Location: path + "/" + sub.ID, Body: view(sub, ledger, s.now())}
	out.Body.Secret = sub.Secret
	return out, nil
}

// checkWebhook names the address as a wrong field when it would be refused at every call.
func (s *Service) checkWebhook(ctx context.Context, address string) []*huma.ErrorDetail {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err == nil {
		err = s.addresses.CheckWebhook(ctx, u)
	}
	if err != nil {
		return []*huma.ErrorDetail{httpd.Field("body.webhook_url", "would be refused at every call: "+err.Error(), nil)}
	}
	return nil
}

// room says whether an organisation may have one more subscription, and its address another mail.
func (s *Service) room(ctx context.Context, sub talent.Subscription) (Ledger, error) {
	have, err := s.store.SubscriptionsByOrg(ctx, sub.Org)
	if err != nil {
		return Ledger{}, err
	}
	if len(have) >= maxSubscriptions {
		return Ledger{}, httpd.Problem(http.StatusConflict, "too_many_subscriptions", fmt.Sprintf("an organisation has at most %d subscriptions: end one first", maxSubscriptions))
	}
	ledger, err := Read(ctx, s.cfg, s.store, append(have, sub))
	if err != nil || sub.Email == "" {
		return ledger, err
	}
	switch ledger.consent(sub, s.now()).Reason {
	case ReasonNever:
		return Ledger{}, httpd.Problem(http.StatusConflict, "address_refuses_all_mail",
			"the owner of this address has asked that this system never write to it: use another address, or a webhook", httpd.Field("body.email", "refuses all mail of this system", nil))
	case ReasonLeft:
		return Ledger{}, httpd.Problem(http.StatusConflict, "address_unsubscribed",
			"the owner of this address has ended the mails of your organisation; they can take them up again with the link in any of those mails", httpd.Field("body.email", "has unsubscribed", nil))
	}
	open := map[string]bool{talent.AddressHash(sub.Email): true}
	for _, other := range have {
		if other.Email != "" && ledger.consent(other, s.now()).State == Pending {
			open[talent.AddressHash(other.Email)] = true
		}
	}
	if len(open) > s.cfg.Unconfirmed && ledger.consent(sub, s.now()).State == Pending {
		return Ledger{}, httpd.Problem(http.StatusConflict, "too_many_unconfirmed",
			fmt.Sprintf("%d addresses of your organisation have not been confirmed yet: wait until their owners have followed the link in their mail, or end those subscriptions", len(open)-1))
	}
	return ledger, nil
}

// show is a subscription with where it stands.
func (s *Service) show(ctx context.Context, sub talent.Subscription) (SubscriptionView, error) {
	ledger, err := Read(ctx, s.cfg, s.store, []talent.Subscription{sub})
	if err != nil {
		return SubscriptionView{}, err
	}
	return view(sub, ledger, s.now()), nil
}

func (s *Service) list(ctx context.Context, _ *struct{}) (*subscriptionsOutput, error) {
	who, _ := httpd.PrincipalOf(ctx)
	got, err := s.store.SubscriptionsByOrg(ctx, who.Org)
	if err != nil {
		return nil, err
	}
	ledger, err := Read(ctx, s.cfg, s.store, got)
	if err != nil {
		return nil, err
	}
	items := make([]SubscriptionView, len(got))
	for i, sub := range got {
		items[i] = view(sub, ledger, s.now())
	}
	return &subscriptionsOutput{httpd.NewPage(items, "")}, nil
}

// own finds a subscription of the caller's organisation.
func (s *Service) own(ctx context.Context, id string) (talent.Subscription, error) {
	who, _ := httpd.PrincipalOf(ctx)
	have, err := s.store.SubscriptionsByOrg(ctx, who.Org)
	if err != nil {
		return talent.Subscription{}, err
	}
	for _, sub := range have {
		if sub.ID == id {
			return sub, nil
		}
	}
	return talent.Subscription{}, httpd.NotFound("subscription " + id)
}

func (s *Service) delete(ctx context.Context, in *subscriptionID) (*struct{}, error) {
	sub, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.store.DeleteSubscription(ctx, sub)
}

func (s *Service) resume(ctx context.Context, in *subscriptionID) (*subscriptionOutput, error) {
	sub, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	who, _ := httpd.PrincipalOf(ctx)
	now := s.now()
	if err := s.store.PutSubscriptionMarks(ctx, talent.SubscriptionMark{Subscription: sub.ID, Kind: talent.MarkKey, Value: who.KeyID, At: now},
		talent.SubscriptionMark{Subscription: sub.ID, Kind: talent.MarkOwner, Value: talent.MarkResumed, At: now}); err != nil {
		return nil, err
	}
	shown, err := s.show(ctx, sub)
	if err != nil {
		return nil, err
	}
	switch shown.Reason {
	case ReasonStopped:
		return nil, httpd.Problem(http.StatusConflict, "stopped_by_operator", "the operator has stopped this subscription: ask the operator to resume it")
	case ReasonLeft, ReasonNever:
		return nil, httpd.Problem(http.StatusConflict, "address_unsubscribed", "the owner of the mail address has ended these mails; only they can take them up again, with the link in any of those mails")
	}
	return &subscriptionOutput{shown}, nil
}
