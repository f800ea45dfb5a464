package subscribe

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

const path = "/api/v1/subscriptions"

// maxSubscriptions is how many an organisation may have.
const maxSubscriptions = 100

// Store keeps subscriptions and what was decided about them.
type Store interface {
	Records
	PutSubscription(ctx context.Context, rows ...talent.Subscription) error
	PutSubscriptionMarks(ctx context.Context, marks ...talent.SubscriptionMark) error
	Subscription(ctx context.Context, id string) ([]talent.Subscription, error)
	SubscriptionsByOrg(ctx context.Context, org string) ([]talent.Subscription, error)
	MailLink(ctx context.Context, hash string) (talent.MailLink, bool, error)
	PutConsents(ctx context.Context, consents ...talent.Consent) error
	Skills(ctx context.Context) ([]talent.Skill, error)
	Organisation(ctx context.Context, id string) (talent.Organisation, bool, error)
}

// Service is the API by which universities and policymakers say which alerts reach them, and the pages on which the
// owners of mail addresses answer.
type Service struct {
	cfg      Config
	store    Store
	skills   *terms.Skills
	channels Channels
	texts    map[string]words.Messages
	now      func() time.Time
}

// New makes the service.
func New(cfg Config, store Store, skills *terms.Skills, channels Channels) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	texts, err := words.LoadAll()
	if err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, store: store, skills: skills, channels: channels, texts: texts, now: time.Now}, nil
}

// SubscriptionView is a subscription as its owner sees it.
type SubscriptionView struct {
	ID          string        `json:"id"`
	Skills      []string      `json:"skills" nullable:"false"`
	Regions     []string      `json:"regions" nullable:"false"`
	Industries  []string      `json:"industries" nullable:"false"`
	MinSeverity string        `json:"min_severity"`
	Language    string        `json:"language"`
	Email       string        `json:"email,omitempty" doc:"The address of the channel email."`
	WebhookURL  string        `json:"webhook_url,omitempty" doc:"The address of the channel webhook."`
	State       string        `json:"state" enum:"pending,active,paused,ended" doc:"Of the channel that needs attention most: ended, paused, pending, active."`
	Reason      string        `json:"reason,omitempty" doc:"Why the state is not active, by name."`
	Channels    []ChannelView `json:"channels" nullable:"false"`
	Secret      string        `json:"webhook_secret,omitempty" doc:"Signs the webhook's calls. Shown once, in the answer that made the subscription or gave it a new address."`
}

// ChannelView is one channel of a subscription.
type ChannelView struct {
	Channel string     `json:"channel" example:"email"`
	Address string     `json:"address" example:"planner@university.example"`
	State   string     `json:"state" enum:"pending,active,paused,ended"`
	Reason  string     `json:"reason,omitempty"`
	Detail  string     `json:"detail,omitempty" doc:"What the receiver last answered, when it fails."`
	Since   *time.Time `json:"since,omitempty"`
}

// urgency orders states by how much they need the owner's attention.
var urgency = map[State]int{Active: 0, Pending: 1, Paused: 2, Ended: 3}

// view shows the rows of one subscription.
func view(rows []talent.Subscription, l Ledger, now time.Time) SubscriptionView {
	r, worst := rows[0], Standing{State: Active}
	out := SubscriptionView{ID: r.ID, Skills: r.Skills, Regions: r.Regions, Industries: r.Industries, MinSeverity: string(r.MinSeverity),
		Language: r.Language, Channels: []ChannelView{}}
	for _, r := range rows {
		at := l.Standing(r, now)
		v := ChannelView{Channel: r.Channel, Address: r.Address, State: string(at.State), Reason: at.Reason, Detail: at.Detail}
		if !at.Since.IsZero() {
			v.Since = &at.Since
		}
		out.Channels = append(out.Channels, v)
		if urgency[at.State] > urgency[worst.State] {
			worst = at
		}
		switch r.Channel {
		case "email":
			out.Email = r.Address
		case "webhook":
			out.WebhookURL = r.Address
		}
	}
	out.State, out.Reason = string(worst.State), worst.Reason
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

type changeInput struct {
	ID string `path:"id" maxLength:"64"`
	subscribeInput
}

type subscriptionID struct {
	ID string `path:"id" maxLength:"64"`
}

// Register adds the operations to the API and the pages to the mux.
func (s *Service) Register(mux *http.ServeMux, api *httpd.API) error {
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
	change := httpd.Require(huma.Operation{OperationID: "change-subscription", Method: http.MethodPut, Path: path + "/{id}", DefaultStatus: http.StatusOK, Tags: tags,
		Summary:      "Change a subscription of one's own",
		Description:  "Replaces all of it, resumes it, and lets it end with the key of this call. A new mail address is asked first; a new webhook gets a new secret, which is in this answer only.",
		MaxBodyBytes: 64 << 10, Errors: []int{http.StatusNotFound, http.StatusConflict}}, roles...)
	changed := httpd.NewJSONBody[SubscriptionInput](api, &change)
	httpd.Register(api, change, func(ctx context.Context, in *changeInput) (*subscriptionOutput, error) {
		return s.change(ctx, changed, in)
	})
	changed.Tidy(&change)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "list-subscriptions", Method: http.MethodGet, Path: path, Tags: tags,
		Summary: "List one's own subscriptions"}, roles...), s.list)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "resume-subscription", Method: http.MethodPost, Path: path + "/{id}/resume", DefaultStatus: http.StatusOK, Tags: tags,
		Summary: "Resume a subscription of one's own", Description: "Tries a paused receiver again, asks an address again whose confirmation expired, and lets the subscription end with the key of this call.",
		Errors: []int{http.StatusNotFound, http.StatusConflict}}, roles...), s.resume)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "unsubscribe", Method: http.MethodDelete, Path: path + "/{id}", DefaultStatus: http.StatusNoContent, Tags: tags,
		Summary: "End a subscription of one's own", Errors: []int{http.StatusNotFound}}, roles...), s.delete)
	s.registerPages(mux)
	return s.registerForm(mux)
}
