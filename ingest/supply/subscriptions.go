package supply

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/mail"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
)

const subscriptionsPath = "/api/v1/subscriptions"

// maxSubscriptions is how many an organisation may have.
const maxSubscriptions = 100

// SubscriptionStore keeps subscriptions.
type SubscriptionStore interface {
	PutSubscription(ctx context.Context, sub talent.Subscription) error
	DeleteSubscription(ctx context.Context, sub talent.Subscription) error
	SubscriptionsByOrg(ctx context.Context, org string) ([]talent.Subscription, error)
}

// Subscriptions is the API by which universities and policymakers say which alerts reach them.
type Subscriptions struct {
	store  SubscriptionStore
	skills Skills
}

// NewSubscriptions makes the API.
func NewSubscriptions(store SubscriptionStore, skills Skills) *Subscriptions {
	return &Subscriptions{store: store, skills: skills}
}

// SubscriptionInput is what a subscriber wants. Empty lists mean all.
type SubscriptionInput struct {
	Skills      []string `json:"skills,omitempty" maxItems:"200" nullable:"false" doc:"Ids or names; empty: all."`
	Regions     []string `json:"regions,omitempty" maxItems:"200" nullable:"false" doc:"Codes or names; empty: all."`
	Industries  []string `json:"industries,omitempty" maxItems:"50" nullable:"false" doc:"Sections of GB/T 4754-2017; empty: all."`
	MinSeverity string   `json:"min_severity,omitempty" doc:"blue 蓝, yellow 黄, orange 橙 or red 红 shortage; empty: blue." example:"yellow"`
	Language    string   `json:"language,omitempty" doc:"zh or en; empty: zh." example:"zh"`
	Email       string   `json:"email,omitempty" maxLength:"254" example:"planner@university.example"`
	WebhookURL  string   `json:"webhook_url,omitempty" maxLength:"2000" doc:"http or https; calls are signed with HMAC-SHA256." example:"https://university.example/hooks/gapwatch"`
}

// SubscriptionView is a subscription as its owner sees it.
type SubscriptionView struct {
	ID          string   `json:"id"`
	Skills      []string `json:"skills" nullable:"false"`
	Regions     []string `json:"regions" nullable:"false"`
	Industries  []string `json:"industries" nullable:"false"`
	MinSeverity string   `json:"min_severity"`
	Language    string   `json:"language"`
	Email       string   `json:"email,omitempty"`
	WebhookURL  string   `json:"webhook_url,omitempty"`
	Secret      string   `json:"webhook_secret,omitempty" doc:"Signs the webhook's calls. Shown once, in the answer that made the subscription."`
}

func viewSubscription(s talent.Subscription) SubscriptionView {
	return SubscriptionView{ID: s.ID, Skills: s.Skills, Regions: s.Regions, Industries: s.Industries, MinSeverity: string(s.MinSeverity),
		Language: s.Language, Email: s.Email, WebhookURL: s.WebhookURL}
}

type subscribeInput struct {
	ContentType string `header:"Content-Type"`
	RawBody     []byte
}

type subscribeOutput struct {
	Location string `header:"Location"`
	Body     SubscriptionView
}

type subscriptionsOutput struct {
	Body httpd.Page[SubscriptionView]
}

type subscriptionID struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *Subscriptions) register(api *httpd.API) {
	tags := []string{"Subscriptions"}
	create := httpd.Require(huma.Operation{OperationID: "subscribe", Method: http.MethodPost, Path: subscriptionsPath, DefaultStatus: http.StatusCreated, Tags: tags,
		Summary: "Subscribe to alerts by e-mail, webhook or both", Description: "The secret that signs a webhook's calls is in this answer only.", MaxBodyBytes: 64 << 10,
		Errors: []int{http.StatusConflict}}, talent.RoleUniversity, talent.RoleAnalyst)
	body := httpd.NewJSONBody[SubscriptionInput](api, &create)
	httpd.Register(api, create, func(ctx context.Context, in *subscribeInput) (*subscribeOutput, error) {
		return s.create(ctx, body, in)
	})
	body.Tidy(&create)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "list-subscriptions", Method: http.MethodGet, Path: subscriptionsPath, Tags: tags,
		Summary: "List one's own subscriptions"}, talent.RoleUniversity, talent.RoleAnalyst), s.list)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "unsubscribe", Method: http.MethodDelete, Path: subscriptionsPath + "/{id}", DefaultStatus: http.StatusNoContent, Tags: tags,
		Summary: "End a subscription of one's own", Errors: []int{http.StatusNotFound}}, talent.RoleUniversity, talent.RoleAnalyst), s.delete)
}

func (s *Subscriptions) create(ctx context.Context, body httpd.JSONBody[SubscriptionInput], in *subscribeInput) (*subscribeOutput, error) {
	stated, schema, err := body.Decode(in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	table, err := s.skills.Table(ctx)
	if err != nil {
		return nil, err
	}
	sub, wrong := checkSubscription(stated, table)
	if len(schema)+len(wrong) > 0 {
		return nil, httpd.Invalid(schema, wrong)
	}
	who, _ := httpd.PrincipalOf(ctx)
	have, err := s.store.SubscriptionsByOrg(ctx, who.Org)
	if err != nil {
		return nil, err
	}
	if len(have) >= maxSubscriptions {
		return nil, httpd.Problem(http.StatusConflict, "too_many_subscriptions", fmt.Sprintf("an organisation has at most %d subscriptions: end one first", maxSubscriptions))
	}
	sub.ID, sub.Org, sub.Active = talent.NewID("subscription", who.Org, rand.Text()), who.Org, true
	if sub.WebhookURL != "" {
		sub.Secret = org.NewSecret()
	}
	if err := s.store.PutSubscription(ctx, sub); err != nil {
		return nil, err
	}
	out := &subscribeOutput{Location: subscriptionsPath + "/" + sub.ID, Body: viewSubscription(sub)}
	out.Body.Secret = sub.Secret
	return out, nil
}

func (s *Subscriptions) list(ctx context.Context, _ *struct{}) (*subscriptionsOutput, error) {
	who, _ := httpd.PrincipalOf(ctx)
	got, err := s.store.SubscriptionsByOrg(ctx, who.Org)
	if err != nil {
		return nil, err
	}
	items := make([]SubscriptionView, len(got))
	for i, sub := range got {
		items[i] = viewSubscription(sub)
	}
	return &subscriptionsOutput{httpd.NewPage(items, "")}, nil
}

func (s *Subscriptions) delete(ctx context.Context, in *subscriptionID) (*struct{}, error) {
	who, _ := httpd.PrincipalOf(ctx)
	have, err := s.store.SubscriptionsByOrg(ctx, who.Org)
	if err != nil {
		return nil, err
	}
	for _, sub := range have {
		if sub.ID == in.ID {
			return nil, s.store.DeleteSubscription(ctx, sub)
		}
	}
	return nil, httpd.NotFound("subscription " + in.ID)
}

// checkSubscription resolves what was stated and names every wrong field.
func checkSubscription(in SubscriptionInput, skills *terms.SkillTable) (talent.Subscription, []*huma.ErrorDetail) {
	sub := talent.Subscription{Skills: []string{}, Regions: []string{}, Industries: []string{}, MinSeverity: talent.Blue, Language: "zh"}
	var wrong []*huma.ErrorDetail
	bad := func(field, message string, value any) {
		wrong = append(wrong, httpd.Field("body."+field, message, value))
	}
	each := func(field string, list []string, resolve func(string) (string, bool), message func(string) string) []string {
		out := []string{}
		seen := make(map[string]bool)
		for i, v := range list {
			code, ok := resolve(v)
			if !ok {
				bad(fmt.Sprintf("%s[%d]", field, i), message(v), v)
			} else if !seen[code] {
				seen[code] = true
				out = append(out, code)
			}
		}
		return out
	}
	sub.Skills = each("skills", in.Skills, skills.Resolve, skills.Unknown)
	sub.Regions = each("regions", in.Regions, terms.Region, func(string) string {
		return "must be a GB/T 2260 code, an ISO 3166-1 country code outside China, or a name"
	})
	sub.Industries = each("industries", in.Industries, terms.Industry, func(string) string { return "must be a section of GB/T 4754-2017, A to T, or its name" })
	if in.MinSeverity != "" {
		if sub.MinSeverity = talent.Severity(in.MinSeverity); sub.MinSeverity.Rank() == 0 {
			bad("min_severity", "must be blue, yellow, orange or red", in.MinSeverity)
		}
	}
	if in.Language != "" {
		if sub.Language = in.Language; in.Language != "zh" && in.Language != "en" {
			bad("language", "must be zh or en", in.Language)
		}
	}
	email, hook := strings.TrimSpace(in.Email), strings.TrimSpace(in.WebhookURL)
	if email == "" && hook == "" {
		bad("email", "give an email, a webhook_url, or both", nil)
	}
	if email != "" {
		a, err := mail.ParseAddress(email)
		if err != nil || a.Address != email { // no display names: the address goes into a header
			bad("email", "must be one plain address such as planner@university.example", in.Email)
		}
		sub.Email = email
	}
	if hook != "" {
		u, err := url.Parse(hook)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
			bad("webhook_url", "must be an http or https address with a host and without a password", nil)
		}
		sub.WebhookURL = hook
	}
	return sub, wrong
}
