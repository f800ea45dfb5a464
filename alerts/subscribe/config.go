// Package subscribe keeps subscriptions to alerts: the API by which organisations make them, the pages by which the
// owners of mail addresses agree or refuse, and the rules that say whether something may be sent now.
package subscribe

import (
	"errors"
	"time"
)

// Config limits what one organisation, key or address may cause, and says when a receiver is given up.
type Config struct {
	ConfirmWithin  time.Duration `yaml:"confirm_within"`  // how long the link of a confirmation mail works
	Unconfirmed    int           `yaml:"unconfirmed"`     // addresses of one organisation that have not agreed yet, at a time
	AsksToAddress  int           `yaml:"asks_to_address"` // confirmation mails to one mailbox in 24 hours, whoever asks
	AsksOfKey      int           `yaml:"asks_of_key"`     // confirmation mails of one key in 24 hours
	AsksOfOrg      int           `yaml:"asks_of_organisation"`
	MailsToAddress int           `yaml:"mails_to_address"` // other mails to one mailbox in 24 hours
	MailsOfKey     int           `yaml:"mails_of_key"`     // other mails for the subscriptions of one key in 24 hours
	PauseAfter     time.Duration `yaml:"pause_after"`      // a receiver that has failed for so long …
	PauseFailures  int           `yaml:"pause_failures"`   // … and so often in a row is paused
	ProbeEvery     time.Duration `yaml:"probe_every"`      // a paused receiver gets one message to try it

	// Sample says on the page that the data are fictional.
	Sample bool `yaml:"-"`
}

// DefaultConfig allows three confirmation mails a day to a mailbox.
func DefaultConfig() Config {
	return Config{ConfirmWithin: 7 * 24 * time.Hour, Unconfirmed: 10, AsksToAddress: 3, AsksOfKey: 20, AsksOfOrg: 50,
		MailsToAddress: 50, MailsOfKey: 1000, PauseAfter: 24 * time.Hour, PauseFailures: 5, ProbeEvery: 24 * time.Hour}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	switch {
	case c.ConfirmWithin < time.Minute || c.ConfirmWithin > 90*24*time.Hour:
		return errors.New("alerts.subscribe.confirm_within: want 1m to 2160h")
	case c.Unconfirmed < 1 || c.AsksToAddress < 1 || c.AsksOfKey < 1 || c.AsksOfOrg < 1 || c.MailsToAddress < 1 || c.MailsOfKey < 1:
		return errors.New("alerts.subscribe: every limit must be at least 1")
	case c.PauseAfter <= 0 || c.ProbeEvery <= 0 || c.PauseFailures < 1:
		return errors.New("alerts.subscribe: pause_after and probe_every must be positive, pause_failures at least 1")
	}
	return nil
}
