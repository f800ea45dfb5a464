// Package fetch is the one HTTP client that may leave the machine. It says who it is, looks at every address
// before it connects, and bounds what an answer may cost in bytes and time.
package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Config says who asks, and what an answer may cost.
type Config struct {
	Contact       string        `yaml:"contact" env:"CONTACT"` // mail address or URL of the operator, sent with every request
	Timeout       time.Duration `yaml:"timeout"`               // for one answer from dialling to its last byte
	MaxBytes      int64         `yaml:"max_bytes"`             // of one answer, decompressed
	MaxRedirects  int           `yaml:"max_redirects"`         // followed before an answer is given up
	MaxRetryAfter time.Duration `yaml:"max_retry_after"`       // longest Retry-After that is believed
	Ports         []uint16      `yaml:"ports"`                 // that public hosts may be asked at
	AllowPrivate  []string      `yaml:"allow_private"`         // host:port of loopback and intranet servers that the crawler may ask
	Proxy         string        `yaml:"proxy"`                 // URL of an HTTP proxy; empty: none, whatever the environment says
	ProxyResolves bool          `yaml:"proxy_resolves"`        // names go to the proxy as they are: no DNS here, and the proxy must refuse private addresses
	Version       string        `yaml:"-"`                     // of the program
}

// DefaultConfig lacks a contact, which has to be given before the first request to another machine.
func DefaultConfig() Config {
	return Config{Timeout: 30 * time.Second, MaxBytes: 10 << 20, MaxRedirects: 5, MaxRetryAfter: 24 * time.Hour,
		Ports: []uint16{80, 443}, Version: "dev"}
}

// Validate names the first setting that cannot work. An empty contact is valid: a machine that only asks
// itself needs none.
func (c Config) Validate() error {
	if c.Contact != "" {
		if err := checkContact(c.Contact); err != nil {
			return err
		}
	}
	switch {
	case c.Timeout <= 0:
		return errors.New("fetch.timeout: want a positive duration such as 30s")
	case c.MaxBytes < 1<<10:
		return errors.New("fetch.max_bytes: want at least 1024")
	case c.MaxRedirects < 0 || c.MaxRedirects > 20:
		return errors.New("fetch.max_redirects: want 0 to 20")
	case c.MaxRetryAfter <= 0:
		return errors.New("fetch.max_retry_after: want a positive duration such as 24h")
	case len(c.Ports) == 0:
		return errors.New("fetch.ports: name at least one port, usually 80 and 443")
	}
	if err := ValidateAllowPrivate("fetch.allow_private", c.AllowPrivate); err != nil {
		return err
	}
	if c.ProxyResolves && c.Proxy == "" {
		return errors.New("fetch.proxy_resolves: there is no fetch.proxy")
	}
	if c.Proxy != "" {
		u, err := url.Parse(c.Proxy)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return errors.New("fetch.proxy: want an http:// or https:// URL")
		}
	}
	return nil
}

// ValidateAllowPrivate names the first entry of a list of private servers that is not host:port; setting is its key.
func ValidateAllowPrivate(setting string, list []string) error {
	for _, a := range list {
		if _, err := listedTarget(a); err != nil {
			return fmt.Errorf("%s: %q is not host:port", setting, a)
		}
	}
	return nil
}

func listedTarget(hostport string) (target, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return target{}, fmt.Errorf("%q is not host:port", hostport)
	}
	return targetOf(host, port)
}

func checkContact(contact string) error {
	if strings.ContainsAny(contact, "()\r\n") {
		return errors.New("fetch.contact: may not hold brackets or line breaks")
	}
	if a, err := mail.ParseAddress(contact); err == nil && a.Address == contact {
		return nil
	}
	if u, err := url.Parse(contact); err == nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "mailto") && (u.Host != "" || u.Opaque != "") {
		return nil
	}
	return fmt.Errorf("fetch.contact: %q is neither a mail address nor a URL", contact)
}

// ErrNoContact says that the operator has not told whom a site may write to.
var ErrNoContact = errors.New("no contact address: set fetch.contact to your mail address or a URL, so that sites know whom to write to")

// CheckContact returns ErrNoContact when a server on another machine is to be asked and no contact is set.
func (c Config) CheckContact(u *url.URL) error {
	if c.Contact != "" || Loopback(u) {
		return nil
	}
	return ErrNoContact
}

// Loopback reports whether a URL names this machine.
func Loopback(u *url.URL) bool {
	h := strings.ToLower(u.Hostname())
	if h == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(h)
	return err == nil && ip.Unmap().IsLoopback()
}

// UserAgent is what every request says of itself.
func (c Config) UserAgent() string {
	if c.Contact == "" {
		return Product + "/" + c.Version
	}
	return Product + "/" + c.Version + " (+" + c.Contact + ")"
}

// Product is the name that robots.txt files know the crawler by.
const Product = "Gapwatch"
