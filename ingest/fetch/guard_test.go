package fetch

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestForbiddenAddresses(t *testing.T) {
	target := ""
	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target, http.StatusFound)
	}, func(c *Config) { c.Contact = "https://example.org/bot" })
	for _, target = range []string{
		"http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "http://[::1]/", "http://10.0.0.1/", "http://192.168.1.1:443/",
		"http://[::ffff:169.254.169.254]/", "http://0.0.0.0/", "http://localhost/", "http://100.64.0.1/", "file:///etc/passwd", "gopher://x/",
		"http://8.8.8.8:22/", "http://2130706433/", "http://0x7f.1/",
	} {
		_, err := c.Get(t.Context(), Request{URL: u})
		if !errors.Is(err, ErrForbiddenAddress) && !noSuchHost(err) {
			t.Errorf("redirect to %s: %v", target, err)
		}
		if direct, perr := url.Parse(target); perr == nil {
			if _, err := c.Get(t.Context(), Request{URL: direct}); !errors.Is(err, ErrForbiddenAddress) && !noSuchHost(err) {
				t.Errorf("get %s: %v", target, err)
			}
		}
	}
	if got := value(t, c.metrics.requests, "forbidden"); got < 10 {
		t.Errorf("forbidden counted %v times", got)
	}
}

// noSuchHost: forms such as 2130706433 may be names that do not resolve, which is as good as a refusal.
func noSuchHost(err error) bool {
	return err != nil && strings.Contains(err.Error(), "lookup")
}

// A name is checked after it was resolved.
func TestNameOfLoopbackIsForbidden(t *testing.T) {
	c, u := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") }, func(c *Config) {
		c.Ports = append(c.Ports, 1)
	})
	named := *u
	named.Host = "localhost:" + u.Port() // only 127.0.0.1:port is listed
	if _, err := c.Get(t.Context(), Request{URL: &named}); !errors.Is(err, ErrForbiddenAddress) {
		t.Errorf("localhost: %v", err)
	}
}

func TestContact(t *testing.T) {
	cfg := DefaultConfig()
	public, _ := url.Parse("https://jobs.example/")
	own, _ := url.Parse("http://127.0.0.1:8080/")
	if !errors.Is(cfg.CheckContact(public), ErrNoContact) || cfg.CheckContact(own) != nil {
		t.Error("a contact is needed for other machines, and only for them")
	}
	for contact, ok := range map[string]bool{"ops@example.org": true, "https://example.org/bot": true, "mailto:ops@example.org": true,
		"": true, "nobody": false, "Ops <ops@example.org>": false, "a@b.c)\r\nX: y": false} {
		cfg.Contact = contact
		if err := cfg.Validate(); (err == nil) != ok {
			t.Errorf("contact %q: %v", contact, err)
		}
	}
}

// The environment's proxy is not asked: only the configuration names one.
func TestProxyOnlyWhenConfigured(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	c, u := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, nil)
	if got, err := c.Get(t.Context(), Request{URL: u}); err != nil || got.Status != http.StatusNoContent {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestValidate(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"fetch.timeout": func(c *Config) { c.Timeout = 0 }, "fetch.max_bytes": func(c *Config) { c.MaxBytes = 1 },
		"fetch.max_redirects": func(c *Config) { c.MaxRedirects = -1 }, "fetch.ports": func(c *Config) { c.Ports = nil },
		"fetch.allow_private": func(c *Config) { c.AllowPrivate = []string{"127.0.0.1"} }, "fetch.proxy": func(c *Config) { c.Proxy = "localhost:3128" },
		"fetch.max_retry_after": func(c *Config) { c.MaxRetryAfter = -1 }, "fetch.proxy_resolves": func(c *Config) { c.ProxyResolves = true },
	} {
		cfg := DefaultConfig()
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
