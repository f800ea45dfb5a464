package channels_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/gapwatch/gapwatch/alerts/notify/channels"
)

type outside struct{}

func (outside) Client() *http.Client                         { return http.DefaultClient }
func (outside) CheckWebhook(context.Context, *url.URL) error { return nil }
func (outside) Refuses(error) bool                           { return false }

// Each channel keeps the addresses that it takes as they are, shows them masked, and names whom a message makes wait.
func TestAddresses(t *testing.T) {
	ways, err := channels.New(channels.DefaultConfig(), outside{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ channel, address, masked, receiver string }{
		{"email", "planner@Uni.example", "p…@Uni.example", "uni.example"},
		{"email", "李@uni.example", "李…@uni.example", "uni.example"},
		{"email", "Planner <a@b.example>", "", ""},
		{"email", "a@b.example\r\nBcc: x@y.example", "", ""},
		{"webhook", "https://hooks.Example/t/secret?token=x", "https://hooks.Example/…", "hooks.example"},
		{"webhook", "ftp://b.example", "", ""},
		{"webhook", "https:///x", "", ""},
		{"webhook", "https://u:p@b.example", "", ""},
	} {
		channel := ways[c.channel]
		kept, err := channel.Parse(c.address)
		if (err == nil) != (c.masked != "") {
			t.Errorf("%s %q: %v", c.channel, c.address, err)
		} else if err == nil && (kept != c.address || channel.Mask(kept) != c.masked || channel.Receiver(kept) != c.receiver) {
			t.Errorf("%s %q: kept %q, masked %q, makes %q wait", c.channel, c.address, kept, channel.Mask(kept), channel.Receiver(kept))
		}
	}
	if got := ways["email"].Mask(""); got != "…" {
		t.Errorf("nothing masked: %q", got)
	}
}
