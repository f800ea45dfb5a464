package alerts

import "testing"

func TestConfig(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"schedule":  func(c *Config) { c.Judge.Schedule = "sometimes" },
		"time zone": func(c *Config) { c.Judge.Schedule = "TZ=" },
		"base url":  func(c *Config) { c.BaseURL = "gapwatch.example" },
		"attempts":  func(c *Config) { c.Notify.Attempts = 0 },
		"tls":       func(c *Config) { c.Channels.Email.TLS = "maybe" },
		"from":      func(c *Config) { c.Channels.Email.From = "nobody" },
		"clear": func(c *Config) {
			c.Channels.Email.Host, c.Channels.Email.User, c.Channels.Email.TLS = "mail.example", "u", "none"
		},
		"limits": func(c *Config) { c.Subscribe.AsksToAddress = 0 },
		"queues": func(c *Config) { c.Channels.Webhook.AtOnce = 0 },
		"band":   func(c *Config) { c.Judge.Band.Alpha = 2 },
	} {
		c := DefaultConfig()
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		if change(&c); c.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
