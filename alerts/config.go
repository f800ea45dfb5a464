// Package alerts compares every skill-gap series with its trend band, keeps the life of alerts, tells the
// subscribers, and explains: the live job, the backtest and the explanation run the same evaluator.
package alerts

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/gapwatch/gapwatch/alerts/band"
	"github.com/gapwatch/gapwatch/alerts/notify/email"
	"github.com/gapwatch/gapwatch/alerts/notify/webhook"
	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/schedule"
)

// Config says when series are judged, by which thresholds, and how subscribers are told.
type Config struct {
	Schedule     string         `yaml:"schedule"`      // cron, five fields or @every; the job also runs at start
	Settle       time.Duration  `yaml:"settle"`        // series are judged when nothing was rolled up for so long …
	SettleLatest time.Duration  `yaml:"settle_latest"` // … and at the latest after so long
	Backfill     int            `yaml:"backfill"`      // periods of band drawn back when a series is judged first
	ResolveWeeks int            `yaml:"resolve_weeks"` // judged weeks in a row inside the band that end an alert
	ResolveMonth int            `yaml:"resolve_months"`
	BaseURL      string         `yaml:"base_url" env:"BASE_URL"` // of the dashboard, for links in messages
	Band         band.Config    `yaml:"band"`
	Notify       NotifyConfig   `yaml:"notify"`
	Email        email.Config   `yaml:"email"`
	Webhook      webhook.Config `yaml:"webhook"`

	Subscribe subscribe.Config `yaml:"subscribe"`

	// Sample marks every message as sample data.
	Sample bool `yaml:"-"`
}

// NotifyConfig says how long and how often a subscriber is tried.
type NotifyConfig struct {
	Interval time.Duration `yaml:"interval"`  // between looks for what is to be sent
	MaxAge   time.Duration `yaml:"max_age"`   // an event older than this is not sent any more
	Attempts int           `yaml:"attempts"`  // a message is tried so often at most
	Backoff  time.Duration `yaml:"backoff"`   // wait after the first failure; doubled after each further one
	Timeout  time.Duration `yaml:"timeout"`   // of one attempt
	PerCycle int           `yaml:"per_cycle"` // messages that wait for one receiver at a time; the others stay in the store

	Mails       int `yaml:"mails"`        // under way at a time; of one organisation a quarter of it
	Webhooks    int `yaml:"webhooks"`     // under way at a time; of one organisation an eighth of it
	PerReceiver int `yaml:"per_receiver"` // under way to one host or mail domain
}

// DefaultConfig judges every ten minutes.
func DefaultConfig() Config {
	return Config{
		Schedule: "*/10 * * * *", Settle: 30 * time.Second, SettleLatest: 10 * time.Minute, Backfill: 52,
		ResolveWeeks: 4, ResolveMonth: 2, BaseURL: "http://127.0.0.1:8080", Band: band.DefaultConfig(),
		Notify: NotifyConfig{Interval: 5 * time.Second, MaxAge: 7 * 24 * time.Hour, Attempts: 8, Backoff: time.Minute,
			Timeout: 30 * time.Second, PerCycle: 50, Mails: 8, Webhooks: 256, PerReceiver: 2},
		Subscribe: subscribe.DefaultConfig(),
		Email:     email.DefaultConfig(), Webhook: webhook.DefaultConfig(),
	}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if _, err := schedule.Parse(c.Schedule); err != nil {
		return fmt.Errorf("alerts.schedule: %w", err)
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("alerts.base_url: want the dashboard's address such as https://gapwatch.example.org, have %q", c.BaseURL)
	}
	switch {
	case c.Settle < 0 || c.SettleLatest < c.Settle:
		return errors.New("alerts: settle cannot be negative, settle_latest not below settle")
	case c.Backfill < 1 || c.Backfill > 520:
		return errors.New("alerts.backfill: want 1 to 520 periods")
	case c.ResolveWeeks < 1 || c.ResolveMonth < 1:
		return errors.New("alerts: resolve_weeks and resolve_months must be at least 1")
	case c.Notify.Interval <= 0 || c.Notify.MaxAge <= 0 || c.Notify.Backoff <= 0 || c.Notify.Timeout <= 0:
		return errors.New("alerts.notify: interval, max_age, backoff and timeout must be positive")
	case c.Notify.Attempts < 1 || c.Notify.Attempts > 100:
		return errors.New("alerts.notify.attempts: want 1 to 100")
	case c.Notify.PerCycle < 1 || c.Notify.PerReceiver < 1:
		return errors.New("alerts.notify: per_cycle and per_receiver must be at least 1")
	case c.Notify.Mails < 1 || c.Notify.Mails > 1000 || c.Notify.Webhooks < 1 || c.Notify.Webhooks > 1000:
		return errors.New("alerts.notify: mails and webhooks: want 1 to 1000")
	}
	if err := c.Subscribe.Validate(); err != nil {
		return err
	}
	if err := c.Band.Validate(); err != nil {
		return err
	}
	if err := c.Email.Validate(); err != nil {
		return err
	}
	return c.Webhook.Validate()
}
