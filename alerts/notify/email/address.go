package email

import (
	"context"
	"errors"
	"net/mail"
	"strings"
)

// Name is "email".
func (*Email) Name() string { return "email" }

// Parse takes one plain address without a display name: it goes into a header.
func (*Email) Parse(address string) (string, error) {
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address {
		return "", errors.New("must be one plain address such as planner@university.example")
	}
	return address, nil
}

// Check refuses nothing: whether an address takes mail is known once one was sent.
func (*Email) Check(context.Context, string) error { return nil }

// Mask keeps the first letter and the domain.
func (*Email) Mask(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return "…"
	}
	return string([]rune(address)[:1]) + "…" + address[at:]
}

// Consents is true: a mail address may be somebody else's.
func (*Email) Consents() bool { return true }

// Signs is false.
func (*Email) Signs() bool { return false }

// Receiver is the domain of the address.
func (*Email) Receiver(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// Width is what the configuration says, and a quarter of it for one organisation.
func (c *Email) Width() (all, ofOrg int) { return c.cfg.AtOnce, max(1, c.cfg.AtOnce/4) }

// Ready asks for a mail server.
func (c *Email) Ready() error {
	if c.cfg.Host == "" {
		return errors.New("alerts.email.host is empty")
	}
	return nil
}

// Blames is false for what our own mail server is to blame for, as a rule: what may be tried again, and what could not
// be composed.
func (*Email) Blames(retry bool, reason string) bool { return !retry && reason != ReasonUnbuilt }
