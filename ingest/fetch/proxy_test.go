package fetch

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"
)

// recordingProxy is a real proxy that keeps what it was asked for and connects every tunnel to one server.
type recordingProxy struct {
	url     string
	backend string
	mu      sync.Mutex
	asked   []string
	auth    string
}

func startProxy(t *testing.T, backend string) *recordingProxy {
	t.Helper()
	p := &recordingProxy{backend: backend}
	s := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(s.Close)
	p.url = s.URL
	return p
}

func (p *recordingProxy) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked, p.auth = append(p.asked, r.Method+" "+r.RequestURI), r.Header.Get("Proxy-Authorization")
	p.mu.Unlock()
	if r.Method != http.MethodConnect || p.backend == "" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	out, err := net.Dial("tcp", p.backend)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = out.Close()
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { _, _ = io.Copy(out, rw); _ = out.Close() }()
	_, _ = io.Copy(conn, out)
	_ = conn.Close()
}

// all returns what reached the proxy and forgets it.
func (p *recordingProxy) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.asked
	p.asked = nil
	return out
}

// zone answers names; each answer is used once when there are several, so that a name can change its mind.
type zone map[string][][]string

func (z zone) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	answers, ok := z[strings.TrimSuffix(host, ".")]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		z[strings.TrimSuffix(host, ".")] = answers[1:]
	}
	var out []netip.Addr
	for _, a := range answers[0] {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

// proxied is a client and the webhooks' way out behind a proxy.
func proxied(t *testing.T, p *recordingProxy, names zone, change func(*Config)) (*Client, *Webhooks) {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Contact, cfg.Proxy = "ops@example.org", p.url
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWebhooks(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); w.Close() })
	c.guard.resolver, w.guard.resolver = names, names
	return c, w
}

// privateTargets are addresses of this machine, its network and its cloud in every spelling that some resolver or
// proxy reads as such.
func privateTargets() []string {
	return []string{
		"http://127.0.0.1/", "https://127.0.0.1/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/",
		"http://100.64.0.1/", "http://0.0.0.0/", "http://0/", "http://224.0.0.1/", "http://255.255.255.255/", "http://198.18.0.1/",
		"http://[::1]/", "http://[::]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[::1%25lo]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/",
		"http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::a00:1]/",
		"http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/", "http://[ff02::1]/", "http://[2001:db8::1]/",
		"http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://0x7f.1/", "http://127.1/", "http://127.0.1/", "http://017700000001/",
		"http://127.0.0.1./", "http://127.0.0.1../", "http://０x7f.1/", "http://１２７.0.0.1/", "http://127。0。0。1/", "http://①②⑦.0.0.1/",
		"http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://ｌocalhost/", "http://a.localhost/", "http://printer/", "http://metadata.google.internal/",
		"http://nas.local/", "http://inside.example/", "http://mixed.example/", "http://public.example@127.0.0.1/", "http://127.0.0.1@public.example/",
		"http://public.example:22/", "http://public.example:0/", "http://93.184.216.34:25/", "file:///etc/passwd", "gopher://127.0.0.1/", "http:///x",
	}
}

func names() zone {
	return zone{
		"public.example": {{"2606:2800:220:1::1", "93.184.216.34"}}, "localhost": {{"127.0.0.1"}}, "a.localhost": {{"127.0.0.1"}}, "printer": {{"192.168.1.9"}},
		"metadata.google.internal": {{"169.254.169.254"}}, "nas.local": {{"192.168.1.7"}}, "inside.example": {{"10.1.2.3"}},
		"mixed.example": {{"93.184.216.34", "10.0.0.1"}}, "turns.example": {{"93.184.216.34"}, {"127.0.0.1"}},
	}
}

// Nothing private reaches a proxy: asked for directly, as a redirect, and as a webhook; with names resolved here.
func TestNothingPrivateReachesTheProxy(t *testing.T) {
	for mode, byName := range map[string]bool{"names resolved here": false, "names resolved by the proxy": true} {
		t.Run(mode, func(t *testing.T) {
			to := ""
			hop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusFound)
			}))
			defer hop.Close()
			p := startProxy(t, hop.Listener.Addr().String())
			c, w := proxied(t, p, names(), func(c *Config) { c.ProxyResolves = byName })
			tried := 0
			for _, to = range privateTargets() {
				if byName && (strings.Contains(to, "inside.example") || strings.Contains(to, "mixed.example")) {
					continue // what stands behind a public name only the proxy can tell: docs/operating.md says so
				}
				tried++
				direct, err := url.Parse(to)
				if err == nil {
					if _, err := c.Get(t.Context(), Request{URL: direct}); !errors.Is(err, ErrForbiddenAddress) {
						t.Errorf("get %s: %v", to, err)
					}
					if err := w.CheckWebhook(t.Context(), direct); !errors.Is(err, ErrForbiddenAddress) {
						t.Errorf("webhook %s is taken: %v", to, err)
					}
					if resp, err := w.Client().Post(to, "application/json", strings.NewReader("{}")); err == nil {
						_ = resp.Body.Close()
						t.Errorf("posted to %s", to)
					}
				}
				if got := p.all(); len(got) > 0 {
					t.Errorf("%s reached the proxy: %q", to, got)
				}
				start, _ := url.Parse("http://public.example/start")
				if _, err := c.Get(t.Context(), Request{URL: start}); err == nil {
					t.Errorf("redirect to %s was followed", to)
				}
				_ = c.Close() // no idle connection hides what the next one asks for
				for _, got := range p.all() {
					if got != "CONNECT 93.184.216.34:80" && got != "CONNECT public.example:80" {
						t.Errorf("redirect to %s reached the proxy: %q", to, got)
					}
				}
			}
			t.Logf("%d targets, 3 ways each: 0 reached the proxy", tried)
		})
	}
}

// A public name is tunnelled to the address that was checked: the server sees the name, the proxy the address.
func TestTunnelIsPinned(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	plain := httptest.NewServer(handler)
	defer plain.Close()
	secure := httptest.NewTLSServer(handler) // its certificate is that of example.com
	defer secure.Close()
	z := zone{"example.com": {{"2606:2800:220:1::1", "93.184.216.34"}}, "turns.example": {{"93.184.216.34"}, {"127.0.0.1"}}}

	p := startProxy(t, plain.Listener.Addr().String())
	c, _ := proxied(t, p, z, func(c *Config) { c.Proxy = strings.Replace(c.Proxy, "http://", "http://me:secret@", 1) })
	u, _ := url.Parse("http://example.com/x")
	got, err := c.Get(t.Context(), Request{URL: u})
	if err != nil || string(got.Body) != "example.com" {
		t.Fatalf("plain: %+v, %v", got, err)
	}
	if asked := p.all(); !slices.Equal(asked, []string{"CONNECT 93.184.216.34:80"}) || p.auth != "Basic bWU6c2VjcmV0" {
		t.Errorf("plain: the proxy was asked for %q as %q", asked, p.auth)
	}
	turns, _ := url.Parse("http://turns.example/")
	if _, err := c.Get(t.Context(), Request{URL: turns}); err != nil {
		t.Errorf("first answer of a name that changes its address: %v", err)
	}
	if asked := p.all(); !slices.Equal(asked, []string{"CONNECT 93.184.216.34:80"}) {
		t.Errorf("rebinding: the proxy was asked for %q", asked)
	}
	_ = c.Close()
	if _, err := c.Get(t.Context(), Request{URL: turns}); !errors.Is(err, ErrForbiddenAddress) || len(p.all()) > 0 {
		t.Errorf("second answer of a name that changes its address: %v", err)
	}

	p = startProxy(t, secure.Listener.Addr().String())
	c, w := proxied(t, p, z, nil)
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	for _, h := range []*http.Client{c.http, w.http} {
		h.Transport.(guarded).TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	u.Scheme = "https"
	if got, err = c.Get(t.Context(), Request{URL: u}); err != nil || string(got.Body) != "example.com" {
		t.Fatalf("https: %+v, %v", got, err)
	}
	resp, err := w.Client().Post("https://example.com/hook", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if asked := p.all(); !slices.Equal(asked, []string{"CONNECT 93.184.216.34:443", "CONNECT 93.184.216.34:443"}) {
		t.Errorf("https: the proxy was asked for %q", asked)
	}

	p = startProxy(t, plain.Listener.Addr().String())
	c, _ = proxied(t, p, zone{}, func(c *Config) { c.ProxyResolves = true })
	u.Scheme = "http"
	if _, err = c.Get(t.Context(), Request{URL: u}); err != nil || !slices.Equal(p.all(), []string{"CONNECT example.com:80"}) {
		t.Errorf("names to the proxy: %v", err)
	}
}

// Each way out has its own list; what stands on it is asked past the proxy.
func TestAllowListsAreApart(t *testing.T) {
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Method) }))
	defer own.Close()
	at, _ := url.Parse(own.URL)
	p := startProxy(t, "")
	c, w := proxied(t, p, zone{}, func(c *Config) { c.AllowPrivate = []string{at.Host} })
	if got, err := c.Get(t.Context(), Request{URL: at}); err != nil || string(got.Body) != "GET" {
		t.Errorf("crawler: %v", err)
	}
	if err := w.CheckWebhook(t.Context(), at); !errors.Is(err, ErrForbiddenAddress) {
		t.Errorf("a webhook may go where only the crawler may: %v", err)
	}
	if _, err := w.Client().Post(own.URL, "text/plain", nil); !errors.Is(err, ErrForbiddenAddress) {
		t.Errorf("a webhook was posted where only the crawler may ask: %v", err)
	}
	listed, err := NewWebhooks(DefaultConfig(), []string{at.Host})
	if err != nil {
		t.Fatal(err)
	}
	defer listed.Close()
	resp, err := listed.Client().Post(own.URL, "text/plain", nil)
	if err != nil || listed.CheckWebhook(t.Context(), at) != nil {
		t.Fatalf("a listed webhook: %v", err)
	}
	_ = resp.Body.Close()
	if got := p.all(); len(got) > 0 {
		t.Errorf("the proxy was asked for %q", got)
	}
}

// What a proxy answers is bounded and understood.
func TestProxyAnswers(t *testing.T) {
	answers := map[string]string{
		"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n":  "user and password",
		"HTTP/1.1 403 Forbidden\r\n\r\n":                      "let it open tunnels",
		"HTTP/1.1 200 OK\r\n\r\nearly":                        "before it was asked",
		"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20): "EOF",
		"SSH-2.0-x\r\n": "malformed",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n": "",
	}
	for answer, want := range answers {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = http.ReadRequest(bufio.NewReader(conn))
				_, _ = io.WriteString(conn, answer)
				_ = conn.Close()
			}
		}()
		c, _ := proxied(t, &recordingProxy{url: "http://" + l.Addr().String()}, names(), nil)
		u, _ := url.Parse("http://public.example/")
		if _, err = c.Get(t.Context(), Request{URL: u}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v", answer, err)
		}
		_ = l.Close()
	}
}

// Whatever host is written, what is let through without a name server is a public address or a plain name.
func TestTargetProperty(t *testing.T) {
	g, err := newGuard(DefaultConfig(), nil, "x")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[0-9a-fA-FxX.:%\[\]@。．①-⑨０-９ -~]{0,24}`).Draw(t, "host")
		got, err := targetOf(host, "80")
		if err != nil {
			if !errors.Is(err, ErrForbiddenAddress) {
				t.Fatalf("%q: %v", host, err)
			}
			return
		}
		again, err := targetOf(strings.TrimSuffix(strings.TrimPrefix(mustHost(t, got.String()), "["), "]"), "80")
		if err != nil || again != got {
			t.Fatalf("%q is %v, and that is %v (%v)", host, got, again, err)
		}
		if got.ip.IsValid() && g.safe(got) == nil && (got.ip.IsPrivate() || got.ip.IsLoopback() || got.ip.IsLinkLocalUnicast() || got.ip.IsMulticast() || got.ip.IsUnspecified()) {
			t.Fatalf("%q is let through as %s", host, got)
		}
		if regexp.MustCompile(`(^|\.)(\d+|0x[0-9a-f]*)$`).MatchString(got.name) {
			t.Fatalf("%q stays a name: %v", host, got)
		}
	})
}

func mustHost(t *rapid.T, hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		t.Fatal(err)
	}
	return host
}
