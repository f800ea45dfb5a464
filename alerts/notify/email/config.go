// Package email sends messages by SMTP: text and HTML in the subscriber's language, with the chart inline.
package email

import (
	"fmt"
	"net/mail"
)

// Config names the SMTP server. Without Host no mail is sent.
type Config struct {
	Host     string `yaml:"host" env:"SMTP_HOST"`
	Port     int    `yaml:"port"`
	User     string `yaml:"user" env:"SMTP_USER"`
	Password string `yaml:"-" env:"SMTP_PASSWORD"` // environment or file only
	From     string `yaml:"from"`                  // address, or Name <address>
	TLS      string `yaml:"tls"`                   // mandatory (STARTTLS), opportunistic, implicit (port 465) or none
	AtOnce   int    `yaml:"at_once"`               // mails under way at a time; of one organisation a quarter of it
}

// The ways to encrypt.
const (
	tlsMandatory     = "mandatory"
	tlsOpportunistic = "opportunistic"
	tlsImplicit      = "implicit"
	tlsNone          = "none"
)

// DefaultConfig submits with STARTTLS.
func DefaultConfig() Config {
	return Config{Port: 587, TLS: tlsMandatory, AtOnce: 8, From: "Gapwatch <gapwatch@localhost>"}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	switch c.TLS {
	case tlsMandatory, tlsOpportunistic, tlsImplicit, tlsNone:
	default:
		return fmt.Errorf("alerts.email.tls: want mandatory, opportunistic, implicit or none, have %q", c.TLS)
	}
	if c.Port < 1 || c.Port > 65535 {
		return fmt.Errorf("alerts.email.port: want 1 to 65535, have %d", c.Port)
	}
	if c.AtOnce < 1 || c.AtOnce > 1000 {
		return fmt.Errorf("alerts.email.at_once: want 1 to 1000, have %d", c.AtOnce)
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return fmt.Errorf("alerts.email.from: %q is no mail address: %w", c.From, err)
	}
	if c.User != "" && c.TLS == tlsNone && c.Host != "localhost" && c.Host != "127.0.0.1" && c.Host != "::1" {
		return fmt.Errorf("alerts.email.tls: a password would travel in the clear to %s: use mandatory or implicit", c.Host)
	}
	return nil
}
