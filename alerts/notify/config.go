package notify

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Config says how long and how often a subscriber is tried.
type Config struct {
	Interval    time.Duration `yaml:"interval"`     // between looks for what is to be sent
	MaxAge      time.Duration `yaml:"max_age"`      // an event older than this is not sent any more
	Attempts    int           `yaml:"attempts"`     // a message is tried so often at most
	Backoff     time.Duration `yaml:"backoff"`      // wait after the first failure; doubled after each further one
	Timeout     time.Duration `yaml:"timeout"`      // of one attempt
	PerCycle    int           `yaml:"per_cycle"`    // messages that wait for one receiver at a time; the others stay in the store
	PerReceiver int           `yaml:"per_receiver"` // messages under way to one receiver

	// BaseURL is the dashboard's address for links in messages; Sample marks every message as sample data.
	BaseURL string `yaml:"-"`
	Sample  bool   `yaml:"-"`
}

// DefaultConfig looks every five seconds and tries for most of a day.
func DefaultConfig() Config {
	return Config{Interval: 5 * time.Second, MaxAge: 7 * 24 * time.Hour, Attempts: 8, Backoff: time.Minute, Timeout: 30 * time.Second,
		PerCycle: 50, PerReceiver: 2, BaseURL: "http://127.0.0.1:8080"}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("alerts.base_url: want the dashboard's address such as https://gapwatch.example.org, have %q", c.BaseURL)
	}
	switch {
	case c.Interval <= 0 || c.MaxAge <= 0 || c.Backoff <= 0 || c.Timeout <= 0:
		return errors.New("alerts.notify: interval, max_age, backoff and timeout must be positive")
	case c.Attempts < 1 || c.Attempts > 100:
		return errors.New("alerts.notify.attempts: want 1 to 100")
	case c.PerCycle < 1 || c.PerReceiver < 1:
		return errors.New("alerts.notify: per_cycle and per_receiver must be at least 1")
	}
	return nil
}
