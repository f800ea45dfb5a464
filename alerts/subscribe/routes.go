package subscribe

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
)

const path = "/api/v1/subscriptions"

// maxSubscriptions is how many an organisation may have.
const maxSubscriptions = 100

// Store keeps subscriptions and what was decided about them.
type Store interface {
	Records
	PutSubscription(ctx context.Context, sub talent.Subscription) error
	PutSubscriptionMarks(ctx context.Context, marks ...talent.SubscriptionMark) error
	DeleteSubscription(ctx context.Context, sub talent.Subscription) error
	SubscriptionsByOrg(ctx context.Context, org string) ([]talent.Subscription, error)
	MailLink(ctx context.Context, hash string) (talent.MailLink, bool, error)
	PutConsents(ctx context.Context, consents ...talent.Consent) error
	Organisation(ctx context.Context, id string) (talent.Organisation, bool, error)
}

// Addresses says whether a webhook may be called at all; an error says what to do about it.
type Addresses interface {
	CheckWebhook(ctx context.Context, u *url.URL) error
}

// Service is the API by which universities and policymakers say which alerts reach them, and the pages on which the
// owners of mail addresses answer.
type Service struct {
	cfg       Config
	store     Store
	skills    *terms.Skills
	addresses Addresses
	now       func() time.Time
}

// New makes the service.
func New(cfg Config, store Store, skills *terms.Skills, addresses Addresses) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, store: store, skills: skills, addresses: addresses, now: time.Now}, nil
}

// SubscriptionView is a subscription as its owner sees it.
type SubscriptionView struct {
	ID          string        `json:"id"`
	Skills      []string      `json:"skills" nullable:"false"`
	Regions     []string      `json:"regions" nullable:"false"`
	Industries  []string      `json:"industries" nullable:"false"`
	MinSeverity string        `json:"min_severity"`
	Language    string        `json:"language"`
	Email       string        `json:"email,omitempty"`
	WebhookURL  string        `json:"webhook_url,omitempty"`
	State       string        `json:"state" enum:"pending,active,paused,ended" doc:"Of the channel that needs attention most: ended, paused, pending, active."`
	Reason      string        `json:"reason,omitempty" doc:"Why the state is not active, by name."`
	Channels    []ChannelView `json:"channels" nullable:"false"`
	Secret      string        `json:"webhook_secret,omitempty" doc:"Signs the webhook's calls. Shown once, in the answer that made the subscription."`
}

// ChannelView is one channel of a subscription.
type ChannelView struct {
	Channel string     `json:"channel" enum:"email,webhook"`
	State   string     `json:"state" enum:"pending,active,paused,ended"`
	Reason  string     `json:"reason,omitempty"`
	Detail  string     `json:"detail,omitempty" doc:"What the receiver last answered, when it fails."`
	Since   *time.Time `json:"since,omitempty"`
}

// urgency orders states by how much they need the owner's attention.
var urgency = map[State]int{Active: 0, Pending: 1, Paused: 2, Ended: 3}

// Overall is the standing of the channel of a subscription that needs attention most.
func (l Ledger) Overall(sub talent.Subscription, now time.Time) Standing {
	worst := Standing{State: Active}
	for _, c := range Channels(sub) {
		if s := l.Standing(sub, c, now); urgency[s.State] > urgency[worst.State] {
			worst = s
		}
	}
	return worst
}

func view(s talent.Subscription, l Ledger, now time.Time) SubscriptionView {
	worst := l.Overall(s, now)
	out := SubscriptionView{ID: s.ID, Skills: s.Skills, Regions: s.Regions, Industries: s.Industries, MinSeverity: string(s.MinSeverity),
		Language: s.Language, Email: s.Email, WebhookURL: s.WebhookURL, State: string(worst.State), Reason: worst.Reason, Channels: []ChannelView{}}
	for _, c := range Channels(s) {
		st := l.Standing(s, c, now)
		v := ChannelView{Channel: c, State: string(st.State), Reason: st.Reason, Detail: st.Detail}
		if !st.Since.IsZero() {
			v.Since = &st.Since
		}
		out.Channels = append(out.Channels, v)
	}
	return out
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

type subscriptionOutput struct {
	Body SubscriptionView
}

type subscriptionID struct {
	ID string `path:"id" maxLength:"64"`
}

// Register adds the operations to the API and the pages to the mux.
func (s *Service) Register(mux *http.ServeMux, api *httpd.API) {
	tags := []string{"Subscriptions"}
	roles := []talent.Role{talent.RoleUniversity, talent.RoleAnalyst}
	create := httpd.Require(huma.Operation{OperationID: "subscribe", Method: http.MethodPost, Path: path, DefaultStatus: http.StatusCreated, Tags: tags,
		Summary: "Subscribe to alerts by e-mail, webhook or both",
		Description: "The owner of the mail address gets a confirmation mail and nothing else until they agree. The subscription ends with the key that made it. " +
			"The secret that signs a webhook's calls is in this answer only.", MaxBodyBytes: 64 << 10,
		Errors: []int{http.StatusConflict}}, roles...)
	body := httpd.NewJSONBody[SubscriptionInput](api, &create)
	httpd.Register(api, create, func(ctx context.Context, in *subscribeInput) (*subscribeOutput, error) {
		return s.create(ctx, body, in)
	})
	body.Tidy(&create)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "list-subscriptions", Method: http.MethodGet, Path: path, Tags: tags,
		Summary: "List one's own subscriptions"}, roles...), s.list)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "resume-subscription", Method: http.MethodPost, Path: path + "/{id}/resume", DefaultStatus: http.StatusOK, Tags: tags,
		Summary: "Resume a subscription of one's own", Description: "Tries a paused receiver again, asks an address again whose confirmation expired, and lets the subscription end with the key of this call.",
		Errors: []int{http.StatusNotFound, http.StatusConflict}}, roles...), s.resume)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "unsubscribe", Method: http.MethodDelete, Path: path + "/{id}", DefaultStatus: http.StatusNoContent, Tags: tags,
		Summary: "End a subscription of one's own", Errors: []int{http.StatusNotFound}}, roles...), s.delete)
	s.registerPages(mux)
}
