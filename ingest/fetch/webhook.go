package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// WebhookSetting is the key of the configuration that lists the private servers that webhooks may post to.
const WebhookSetting = "alerts.webhook.allow_private"

// Webhooks is the way out for addresses that subscribers give. It goes through the same guard and proxy as the
// crawler, and has an allow-list of its own: a server that the crawler may ask is not one that a subscriber may
// post to.
type Webhooks struct {
	guard *guard
	http  *http.Client
}

// NewWebhooks makes it. Of cfg it uses ports, timeouts and proxy, and not AllowPrivate; allowPrivate lists host:port.
func NewWebhooks(cfg Config, allowPrivate []string) (*Webhooks, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	g, err := newGuard(cfg, allowPrivate, WebhookSetting)
	if err != nil {
		return nil, err
	}
	return &Webhooks{guard: g, http: newHTTP(cfg, g)}, nil
}

// Client makes the calls. It follows no redirect: the subscriber's address is the one that was checked.
func (w *Webhooks) Client() *http.Client { return w.http }

// CheckWebhook returns an ErrForbiddenAddress when no call of the address would be made: not http or https, a port
// that is not asked, a user before the host, or a private, loopback or link-local address that is not listed, in
// digits or behind the name. A name that does not resolve now passes; the guard looks again at every call.
func (w *Webhooks) CheckWebhook(ctx context.Context, u *url.URL) error {
	if err := w.guard.check(u); err != nil {
		return err
	}
	t, err := targetOfURL(u)
	if err != nil || w.guard.allowed(t) {
		return err
	}
	if _, err = w.guard.resolve(ctx, t); errors.Is(err, ErrForbiddenAddress) {
		return err
	}
	return nil
}

// Close gives idle connections back.
func (w *Webhooks) Close() { w.http.CloseIdleConnections() }

// Refuses tells the refusal of an address, which no further attempt changes, from a failure.
func (w *Webhooks) Refuses(err error) bool { return errors.Is(err, ErrForbiddenAddress) }
