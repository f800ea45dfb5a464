package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server and a client that may ask it.
func serve(t *testing.T, h http.HandlerFunc, change func(*Config)) (*Client, *url.URL) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.AllowPrivate = []string{u.Host}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, u
}

// value is the count of a collector, in the series whose label is outcome.
func value(t *testing.T, c prometheus.Collector, outcome string) float64 {
	t.Helper()
	reg := prometheus.NewRegistry()
	reg.MustRegister(c)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if len(m.GetLabel()) == 0 || m.GetLabel()[0].GetValue() == outcome {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func at(u *url.URL, path string) *url.URL {
	v, err := u.Parse(path)
	if err != nil {
		panic(err)
	}
	return v
}

func TestGet(t *testing.T) {
	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != "Gapwatch/dev (+ops@example.org)" {
			t.Errorf("User-Agent is %q", r.Header.Get("User-Agent"))
		}
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/page", http.StatusFound)
		case "/page":
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT")
			if r.Header.Get("If-None-Match") == `"v1"` && r.Header.Get("If-Modified-Since") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=gbk")
			_, _ = w.Write([]byte("hello"))
		case "/busy":
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusMovedPermanently)
		}
	}, func(c *Config) { c.Contact = "ops@example.org" })

	got, err := c.Get(t.Context(), Request{URL: at(u, "/moved")})
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Body) != "hello" || got.URL.Path != "/page" || got.ETag != `"v1"` || got.ContentType != "text/html; charset=gbk" {
		t.Errorf("got %+v", got)
	}
	again, err := c.Get(t.Context(), Request{URL: at(u, "/moved"), ETag: got.ETag, LastModified: got.LastModified})
	if err != nil || !again.NotModified {
		t.Errorf("conditional: %+v, %v", again, err)
	}
	busy, err := c.Get(t.Context(), Request{URL: at(u, "/busy")})
	if err != nil || busy.Status != 503 || busy.RetryAfter != 7*time.Second {
		t.Errorf("busy: %+v, %v", busy, err)
	}
	if _, err := c.Get(t.Context(), Request{URL: at(u, "/loop")}); !errors.Is(err, ErrTooManyRedirects) {
		t.Errorf("loop: %v", err)
	}
	for outcome, want := range map[string]float64{"ok": 1, "not_modified": 1, "server_error": 1, "redirect": 8} {
		if got := value(t, c.metrics.requests, outcome); got != want {
			t.Errorf("metric %s = %v, want %v", outcome, got, want)
		}
	}
	if got := value(t, c.metrics.bytes, ""); got != 5 {
		t.Errorf("bytes = %v", got)
	}
}

func TestRedirectIsAsked(t *testing.T) {
	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "https://public.example/b", http.StatusFound)
		case "/b":
			_, _ = io.WriteString(w, "mapped")
		}
	}, nil)
	got, err := c.Get(t.Context(), Request{URL: at(u, "/a"), Redirect: func(_ context.Context, to *url.URL) (*url.URL, error) {
		return at(u, to.Path), nil
	}})
	if err != nil || string(got.Body) != "mapped" {
		t.Errorf("mapped redirect: %+v, %v", got, err)
	}
	refusal := errors.New("not there")
	if _, err := c.Get(t.Context(), Request{URL: at(u, "/a"), Redirect: func(context.Context, *url.URL) (*url.URL, error) {
		return nil, refusal
	}}); !errors.Is(err, refusal) {
		t.Errorf("refused redirect: %v", err)
	}
	if _, err := c.Get(t.Context(), Request{URL: at(u, "/a")}); !errors.Is(err, ErrNoContact) {
		t.Errorf("redirect to another machine without a contact: %v", err)
	}
}

func TestBounds(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
	var small bytes.Buffer
	z = gzip.NewWriter(&small)
	_, _ = io.WriteString(z, "<urlset/>")
	_ = z.Close()

	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/announced": // says that it is 200 MB
			w.Header().Set("Content-Length", "209715200")
			_, _ = w.Write(make([]byte, 1<<16))
		case "/large": // 200 MB without saying so
			for range 200 {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/bomb.gz":
			_, _ = w.Write(bomb.Bytes())
		case "/sitemap.xml.gz":
			_, _ = w.Write(small.Bytes())
		case "/endless", "/endless404":
			if r.URL.Path == "/endless404" {
				w.WriteHeader(http.StatusNotFound)
			}
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, ".")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		case "/silent":
			<-r.Context().Done()
		case "/broken":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "ten bytes.")
		}
	}, func(c *Config) { c.Timeout = 500 * time.Millisecond; c.MaxBytes = 1 << 20 })

	for path, want := range map[string]error{"/announced": ErrTooLarge, "/large": ErrTooLarge, "/bomb": ErrTooLarge, "/bomb.gz": ErrTooLarge,
		"/endless": ErrUnfinished, "/silent": context.DeadlineExceeded, "/broken": io.ErrUnexpectedEOF} {
		if _, err := c.Get(t.Context(), Request{URL: at(u, path)}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	got, err := c.Get(t.Context(), Request{URL: at(u, "/large"), MaxBytes: 1000, Truncate: true})
	if err != nil || len(got.Body) != 1000 {
		t.Errorf("truncated: %v", err)
	}
	if got, err := c.Get(t.Context(), Request{URL: at(u, "/sitemap.xml.gz")}); err != nil || string(got.Body) != "<urlset/>" {
		t.Errorf("gzip file: %v", err)
	}
	if got, err := c.Get(t.Context(), Request{URL: at(u, "/endless404")}); err != nil || got.Status != 404 {
		t.Errorf("endless 404: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(ctx, Request{URL: at(u, "/silent")}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, " 5 ": 5 * time.Second, "99999999999999999999": time.Hour, "7200": time.Hour, "-1": 0, "soon": 0, "1.5": 0,
		"Tue, 24 Nov 2026 12:00:30 GMT": 30 * time.Second, "Tue, 24 Nov 2026 11:00:00 GMT": 0, "Wed, 25 Nov 2026 12:00:00 GMT": time.Hour,
	} {
		if got := RetryAfter(header, now, time.Hour); got != want {
			t.Errorf("RetryAfter(%q) = %s, want %s", header, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120")
	f.Add("Tue, 24 Nov 2026 12:00:30 GMT")
	f.Fuzz(func(t *testing.T, header string) {
		if d := RetryAfter(header, time.Unix(1.8e9, 0), time.Hour); d < 0 || d > time.Hour {
			t.Errorf("RetryAfter(%q) = %s", header, d)
		}
	})
}
