// Package channels is the list of the ways to tell subscribers. A new channel is a package of its own and its name here.
package channels

import (
	"errors"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/email"
	"github.com/gapwatch/gapwatch/alerts/notify/webhook"
)

// Config is that of every channel.
type Config struct {
	Email   email.Config   `yaml:"email"`
	Webhook webhook.Config `yaml:"webhook"`
}

// DefaultConfig is the default of every channel.
func DefaultConfig() Config {
	return Config{Email: email.DefaultConfig(), Webhook: webhook.DefaultConfig()}
}

// Validate names the first setting of each channel that cannot work.
func (c Config) Validate() error { return errors.Join(c.Email.Validate(), c.Webhook.Validate()) }

// New makes every channel. outside is the way to addresses that subscribers name.
func New(cfg Config, outside webhook.Outside) (notify.Channels, error) {
	mail, err := email.New(cfg.Email)
	if err != nil {
		return nil, err
	}
	hook, err := webhook.New(cfg.Webhook, outside)
	if err != nil {
		return nil, err
	}
	return notify.NewChannels(mail, hook), nil
}
