package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Outside is the way to addresses that subscribers name: it refuses those of the operator's own network.
type Outside interface {
	Client() *http.Client
	// CheckWebhook says why a call of an address would be refused.
	CheckWebhook(ctx context.Context, u *url.URL) error
	// Refuses tells the error of a refused call, which no further attempt changes, from a failure.
	Refuses(err error) bool
}

// Name is "webhook".
func (*Webhook) Name() string { return "webhook" }

// Parse takes an http or https address without a password.
func (*Webhook) Parse(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return "", errors.New("must be an http or https address with a host and without a password")
	}
	return address, nil
}

// Check refuses what would be refused at every call.
func (w *Webhook) Check(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("read address: %w", err)
	}
	return w.outside.CheckWebhook(ctx, u)
}

// Mask keeps scheme and host: paths and queries of webhooks hold tokens.
func (*Webhook) Mask(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "…"
	}
	return u.Scheme + "://" + u.Host + "/…"
}

// Consents is false: whoever runs the server sees who calls, and refuses.
func (*Webhook) Consents() bool { return false }

// Signs is true.
func (*Webhook) Signs() bool { return true }

// Receiver is the host of the address.
func (*Webhook) Receiver(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// Width is what the configuration says, and an eighth of it for one organisation.
func (w *Webhook) Width() (all, ofOrg int) { return w.cfg.AtOnce, max(1, w.cfg.AtOnce/8) }

// Ready is nil: nothing needs to be configured.
func (*Webhook) Ready() error { return nil }

// Blames is true: nothing of ours stands between.
func (*Webhook) Blames(bool, string) bool { return true }
