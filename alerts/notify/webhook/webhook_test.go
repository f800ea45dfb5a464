package webhook_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/webhook"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// outside refuses the calls that fail with an error of its own.
type outside struct {
	client    *http.Client
	forbidden error
}

func (o outside) Client() *http.Client                         { return o.client }
func (o outside) CheckWebhook(context.Context, *url.URL) error { return o.forbidden }
func (o outside) Refuses(err error) bool                       { return o.forbidden != nil && errors.Is(err, o.forbidden) }

func message(url string) notify.Message {
	return notify.Message{ID: "d1", BaseURL: "https://gapwatch.example",
		Subscription: talent.Subscription{ID: "s", Language: "en", Channel: "webhook", Address: url, Secret: "k"},
		Event:        talent.AlertEvent{ID: "e", AlertID: "a", Kind: talent.EventFired, Grain: talent.Week, Skill: "rag", Severity: talent.Blue}}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		retry  bool
		reason string
		ok     bool
	}{
		{200, false, "delivered", true}, {204, false, "delivered", true}, {301, false, "http_3xx", false}, {400, false, "http_4xx", false},
		{404, false, "http_4xx", false}, {408, true, "http_4xx", false}, {410, false, "http_4xx", false}, {429, true, "http_4xx", false}, {500, true, "http_5xx", false}, {503, true, "http_5xx", false},
	} {
		calls := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls++
			b, err := io.ReadAll(r.Body)
			if err != nil || r.Header.Get(webhook.HeaderSignature) != webhook.Sign("k", r.Header.Get(webhook.HeaderTimestamp), b) || r.Header.Get(webhook.HeaderDelivery) != "d1" {
				t.Errorf("call with headers %v, %v", r.Header, err)
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
		}))
		hook, err := webhook.New(webhook.DefaultConfig(), outside{client: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		retry, reason, err := hook.Send(t.Context(), message(server.URL))
		if retry != c.retry || reason != c.reason || (err == nil) != c.ok || calls != 1 {
			t.Errorf("%d: retry %v, reason %s, %d calls, %v", c.status, retry, reason, calls, err)
		}
		server.Close()
	}
}

func TestFailures(t *testing.T) {
	forbidden := errors.New("private address")
	cfg := webhook.DefaultConfig()
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer silent.Close()
	defer close(release)
	guarded := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, forbidden }}}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, c := range []struct {
		name   string
		client *http.Client
		url    string
		retry  bool
		reason string
	}{
		{"forbidden address", guarded, "http://169.254.169.254/", false, webhook.ReasonRefused},
		{"nobody listens", http.DefaultClient, gone.URL, true, webhook.ReasonUnreachable},
		{"no answer", http.DefaultClient, silent.URL, true, webhook.ReasonTimeout},
		{"no address", http.DefaultClient, "http://bad host/", false, webhook.ReasonBadAddress},
	} {
		hook, err := webhook.New(cfg, outside{c.client, forbidden})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if retry, reason, err := hook.Send(ctx, message(c.url)); err == nil || retry != c.retry || reason != c.reason {
			t.Errorf("%s: retry %v, reason %s, %v", c.name, retry, reason, err)
		}
		cancel()
	}
}

// A receiver that names a time is believed, in seconds or as a date, up to six hours; an answer that
// does not ask to come back later names none.
func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		status   int
		header   string
		min, max time.Duration
	}{
		{429, "120", 2 * time.Minute, 2 * time.Minute}, {503, " 7 ", 7 * time.Second, 7 * time.Second}, {503, "99999999999999999999", 6 * time.Hour, 6 * time.Hour},
		{503, "1000000", 6 * time.Hour, 6 * time.Hour}, {503, time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 50 * time.Minute, time.Hour},
		{503, time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), 0, 0}, {503, "soon", 0, 0}, {503, "-5", 0, 0}, {503, "", 0, 0}, {404, "120", 0, 0},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", c.header)
			w.WriteHeader(c.status)
		}))
		hook, err := webhook.New(webhook.DefaultConfig(), outside{client: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = hook.Send(t.Context(), message(server.URL))
		var busy notify.Busy
		errors.As(err, &busy)
		if err == nil || busy.After < c.min || busy.After > c.max {
			t.Errorf("%d with %q: wait %s, want %s to %s (%v)", c.status, c.header, busy.After, c.min, c.max, err)
		}
		server.Close()
	}
}
