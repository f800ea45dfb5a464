// Package httpd is the HTTP server: timeouts, caps, security headers, access log, metrics, problem details,
// API keys, and the API whose OpenAPI document comes from the code.
package httpd

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// Config says where the server listens and what it accepts.
type Config struct {
	Listen         string        `yaml:"listen" env:"LISTEN"` // host:port; an empty host is every interface
	TrustedProxies []string      `yaml:"trusted_proxies"`     // CIDRs of proxies whose X-Forwarded-For is believed
	MaxBodyBytes   int64         `yaml:"max_body_bytes"`      // of any request; operations may set less
	ReadTimeout    time.Duration `yaml:"read_timeout"`        // of a request, plus a second for each 32 KiB of its body
	WriteTimeout   time.Duration `yaml:"write_timeout"`       // of a whole answer
	Limits         Limits        `yaml:"limits"`              // of what one caller may take
}

// DefaultConfig listens on this machine only.
func DefaultConfig() Config {
	return Config{Listen: "127.0.0.1:8080", MaxBodyBytes: 16 << 20, ReadTimeout: 30 * time.Second, WriteTimeout: 2 * time.Minute, Limits: DefaultLimits()}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("http.listen: %q is not host:port, for example 127.0.0.1:8080: %w", c.Listen, err)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("http.listen: port %q is not a number from 0 to 65535", port)
	}
	if _, err := c.proxies(); err != nil {
		return err
	}
	if c.MaxBodyBytes < 1<<10 {
		return errors.New("http.max_body_bytes: give at least 1024 bytes")
	}
	if c.ReadTimeout <= 0 || c.WriteTimeout <= 0 {
		return errors.New("http.read_timeout and http.write_timeout: give a positive duration, for example 30s")
	}
	return c.Limits.Validate()
}

func (c Config) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range c.TrustedProxies {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("http.trusted_proxies: %q is not a network like 10.0.0.0/8: %w", s, err)
		}
		out = append(out, p)
	}
	return out, nil
}
