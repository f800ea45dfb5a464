package subscribe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/words"
)

// post is a channel whose owners must agree, as mail is; hook is one that signs and refuses a host, as webhooks are.
type (
	post struct{ Channel }
	hook struct{ Channel }
)

func (post) Name() string                        { return "email" }
func (post) Check(context.Context, string) error { return nil }
func (post) Mask(string) string                  { return "…" }
func (post) Consents() bool                      { return true }
func (post) Signs() bool                         { return false }
func (post) Parse(address string) (string, error) {
	if strings.ContainsAny(address, " <>\r\n") || !strings.Contains(address, "@") {
		return "", errors.New("must be an address")
	}
	return address, nil
}

func (hook) Name() string       { return "webhook" }
func (hook) Mask(string) string { return "…" }
func (hook) Consents() bool     { return false }
func (hook) Signs() bool        { return true }
func (hook) Parse(address string) (string, error) {
	if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "", errors.New("must be an address")
	}
	return address, nil
}

func (hook) Check(_ context.Context, address string) error {
	if strings.Contains(address, "10.0.0.1") {
		return errors.New("10.0.0.1 is a private address")
	}
	return nil
}

// desk is the API and the pages on a real server and a real store.
type desk struct {
	*apitest.Client
	t     *testing.T
	store *clickhouse.Store
	cfg   Config

	channels Channels
}

func start(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, store: testenv.Store(t), cfg: DefaultConfig(), channels: Channels{"email": post{}, "webhook": hook{}}}
	d.cfg.Unconfirmed = 3
	_, skills := testenv.Words(t)
	s, err := New(d.cfg, d.store, skills, d.channels)
	if err != nil {
		t.Fatal(err)
	}
	d.Client = apitest.StartPages(t, d.store, func(mux *http.ServeMux, api *httpd.API) {
		if err := s.Register(mux, api); err != nil {
			t.Fatal(err)
		}
	})
	return d
}

func (d *desk) key(name string, role talent.Role) string {
	d.t.Helper()
	_, key, err := org.CreateKey(d.t.Context(), d.store, name, role, "")
	if err != nil {
		d.t.Fatal(err)
	}
	return key
}

func TestSubscriptions(t *testing.T) {
	c := start(t)
	key, other := c.key("Lakeside University", talent.RoleUniversity), c.key("Hill College", talent.RoleUniversity)
	a := c.Call("POST", path, key, `{"skills":["机器学习","machine-learning","jqxx"],"regions":["浙江"],"min_severity":"orange","language":"en","email":"planner@lakeside.example","webhook_url":"https://lakeside.example/hook"}`)
	var made SubscriptionView
	a.Into(t, &made)
	if a.Status != 201 || len(made.Secret) < 40 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	want := SubscriptionView{ID: made.ID, Skills: []string{"machine-learning"}, Regions: []string{"330000"}, Industries: []string{}, MinSeverity: "orange",
		Language: "en", Email: "planner@lakeside.example", WebhookURL: "https://lakeside.example/hook", State: "pending", Reason: ReasonNotAsked,
		Channels: []ChannelView{{Channel: "email", Address: "planner@lakeside.example", State: "pending", Reason: ReasonNotAsked}, {Channel: "webhook", Address: "https://lakeside.example/hook", State: "active"}}}
	var page httpd.Page[SubscriptionView]
	c.Call("GET", path, key, "").Into(t, &page)
	if d := cmp.Diff([]SubscriptionView{want}, page.Items); d != "" { // the secret is not shown again
		t.Errorf("list (-want +got):\n%s", d)
	}
	active, err := c.store.Subscriptions(t.Context())
	if err != nil || len(active) != 2 || active[0].Secret != "" || active[1].Secret != made.Secret || active[0].Org != org.ID("Lakeside University") {
		t.Errorf("stored %+v, %v", active, err)
	}
	if a := c.Call("DELETE", path+"/"+made.ID, other, ""); a.Status != 404 {
		t.Errorf("delete by another university: %d", a.Status)
	}
	if a := c.Call("DELETE", path+"/"+made.ID, key, ""); a.Status != 204 {
		t.Errorf("delete: %d %s", a.Status, a.Body)
	}
	if active, err = c.store.Subscriptions(t.Context()); err != nil || len(active) != 0 {
		t.Errorf("after the end %+v, %v", active, err)
	}
	if a := c.Call("POST", path, c.key("Nebula", talent.RoleEnterprise), `{"email":"a@b.example"}`); a.Status != 403 {
		t.Errorf("enterprise: %d", a.Status)
	}

	_, skills := testenv.Words(t)
	for _, k := range []struct {
		in     SubscriptionInput
		places []string
	}{
		{SubscriptionInput{Email: "a@b.example"}, nil},
		{SubscriptionInput{WebhookURL: "http://b.example:8080/x"}, nil},
		{SubscriptionInput{}, []string{"body.email"}},
		{SubscriptionInput{Channels: []ChannelInput{{"webhook", "https://b.example"}, {"email", "a@b.example"}}}, nil},
		{SubscriptionInput{Channels: []ChannelInput{{"pigeon", "loft 7"}, {"email", "nobody"}}}, []string{"body.channels[0]", "body.channels[1]"}},
		{SubscriptionInput{Email: "a@b.example", Channels: []ChannelInput{{"email", "c@b.example"}}}, []string{"body.channels[0]"}},
		{SubscriptionInput{Email: "Planner <a@b.example>"}, []string{"body.email"}},
		{SubscriptionInput{Email: "a@b.example\r\nBcc: x@y.example"}, []string{"body.email"}},
		{SubscriptionInput{WebhookURL: "ftp://b.example"}, []string{"body.webhook_url"}},
		{SubscriptionInput{WebhookURL: "https:///x"}, []string{"body.webhook_url"}},
		{SubscriptionInput{WebhookURL: "https://u:p@b.example"}, []string{"body.webhook_url"}},
		{SubscriptionInput{Email: "a@b.example", Skills: []string{"PyTorch", "x1"}, Regions: []string{"999"}, Industries: []string{"??"}, MinSeverity: "pink", Language: "fr"},
			[]string{"body.skills[1]", "body.regions[0]", "body.industries[0]", "body.min_severity", "body.language"}},
	} {
		_, wrong := c.channels.check(t.Context(), k.in, skills)
		var places []string
		for _, w := range wrong {
			places = append(places, w.Location)
		}
		if d := cmp.Diff(k.places, places); d != "" {
			t.Errorf("%+v (-want +got):\n%s", k.in, d)
		}
	}
}

// Every state and reason that a subscription can stand with is said in both languages on the page.
func TestStandingsAreSaid(t *testing.T) {
	texts, err := words.LoadAll()
	if err != nil {
		t.Fatal(err)
	}
	for lang, text := range texts {
		for _, reason := range Reasons() {
			if text["subscribe.reason."+reason] == "" {
				t.Errorf("%s has no text for the reason %s", lang, reason)
			}
		}
		for state := range urgency {
			if text["subscribe.state."+string(state)] == "" {
				t.Errorf("%s has no text for the state %s", lang, state)
			}
		}
	}
}
