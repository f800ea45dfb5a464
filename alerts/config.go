package alerts

import (
	"errors"

	"github.com/gapwatch/gapwatch/alerts/judge"
	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/channels"
	"github.com/gapwatch/gapwatch/alerts/subscribe"
)

// Config says when series are judged, by which thresholds, and how subscribers are told.
type Config struct {
	Judge     judge.Config     `yaml:",inline"`
	BaseURL   string           `yaml:"base_url" env:"BASE_URL"` // of the dashboard, for links in messages
	Notify    notify.Config    `yaml:"notify"`
	Channels  channels.Config  `yaml:",inline"`
	Subscribe subscribe.Config `yaml:"subscribe"`

	// Sample marks every message as sample data.
	Sample bool `yaml:"-"`
}

// DefaultConfig judges every ten minutes.
func DefaultConfig() Config {
	return Config{Judge: judge.DefaultConfig(), BaseURL: notify.DefaultConfig().BaseURL, Notify: notify.DefaultConfig(), Channels: channels.DefaultConfig(),
		Subscribe: subscribe.DefaultConfig()}
}

// judging is the job's part of the configuration.
func (c Config) judging() judge.Config {
	c.Judge.Sample = c.Sample
	return c.Judge
}

// telling is the postman's part of the configuration.
func (c Config) telling() notify.Config {
	c.Notify.BaseURL, c.Notify.Sample = c.BaseURL, c.Sample
	return c.Notify
}

// Validate names the first setting of each part that cannot work.
func (c Config) Validate() error {
	return errors.Join(c.judging().Validate(), c.telling().Validate(), c.Channels.Validate(), c.Subscribe.Validate())
}
