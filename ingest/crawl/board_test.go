package crawl

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// board is an HTTP server of a fictional job board that notes who asked for what, and when.
type board struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string]http.HandlerFunc
	asked []request
}

type request struct {
	path        string
	at          time.Time
	conditional bool
	agent       string
}

func newBoard(t testing.TB) *board {
	b := &board{pages: map[string]http.HandlerFunc{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.asked = append(b.asked, request{r.URL.RequestURI(), time.Now(), r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != "", r.UserAgent()})
	h := b.pages[r.URL.Path]
	b.mu.Unlock()
	if h == nil {
		http.NotFound(w, r)
		return
	}
	h(w, r)
}

func (b *board) handle(path string, h http.HandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pages[path] = h
}

// text serves a document with an ETag of its own.
func (b *board) text(path, contentType, body string) {
	tag := fmt.Sprintf(`"%s"`, talent.NewID(body))
	b.handle(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write([]byte(body))
	})
}

func (b *board) status(path string, code int) {
	b.handle(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

// requests returns and forgets what was asked.
func (b *board) requests() []request {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.asked
	b.asked = nil
	return out
}

func (b *board) count(path string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, r := range b.asked {
		if r.path == path {
			n++
		}
	}
	return n
}

func (b *board) host() string { return strings.TrimPrefix(b.URL, "http://") }

// sitemap serves a sitemap of paths and a robots.txt that names it.
func (b *board) sitemap(paths ...string) {
	var s strings.Builder
	s.WriteString(`<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
	for _, p := range paths {
		fmt.Fprintf(&s, "<url><loc>%s%s</loc></url>", b.URL, p)
	}
	s.WriteString("</urlset>")
	b.text("/sitemap.xml", "application/xml", s.String())
	b.text("/robots.txt", "text/plain", "User-agent: *\nAllow: /\nSitemap: "+b.URL+"/sitemap.xml\n")
}

// jobs serves a site of n job pages.
func (b *board) jobs(n int) {
	paths := make([]string, n)
	for i := range n {
		paths[i] = fmt.Sprintf("/jobs/%d.html", i)
		b.text(paths[i], "text/html; charset=utf-8", jobPage(i, "Machine learning engineer"))
	}
	b.sitemap(paths...)
}

func jobLD(i int, title string) string {
	ld, _ := json.Marshal(map[string]any{
		"@context": "https://schema.org", "@type": "JobPosting", "title": fmt.Sprintf("%s %d", title, i), "datePosted": "2026-11-02",
		"description":        "<p>We build ranking models in Python.</p><ul><li>PyTorch</li><li>Kubernetes</li></ul>",
		"hiringOrganization": map[string]any{"@type": "Organization", "name": fmt.Sprintf("Lanzhou Cloud %d", i%7)},
		"jobLocation":        map[string]any{"@type": "Place", "address": map[string]any{"@type": "PostalAddress", "addressLocality": "兰州"}},
	})
	return string(ld)
}

func jobPage(i int, title string) string {
	return `<!doctype html><html><head><meta charset="utf-8"><title>Job</title><script type="application/ld+json">` + jobLD(i, title) +
		"</script></head><body><h1>Job</h1>" + strings.Repeat("<p>About the company and its benefits.</p>\n", 100) + "</body></html>"
}

// rig is a worker on the real broker and engine.
type rig struct {
	*Worker
	t     testing.TB
	store *clickhouse.Store
	kafka *kafka.Client
	reg   *prometheus.Registry
	runID int
}

// fastConfig does not wait long for what fails on purpose.
func fastConfig() Config {
	cfg := DefaultConfig()
	cfg.Backoff = 10 * time.Millisecond
	cfg.MaxPause = 5 * time.Second
	return cfg
}

func newRig(t testing.TB, cfg Config, b *board, sources ...Source) *rig {
	t.Helper()
	return newRigOn(t, cfg, b, testenv.Store(t), testenv.Kafka(t), nil, sources...)
}

func newRigOn(t testing.TB, cfg Config, b *board, store *clickhouse.Store, bus *kafka.Client, pages PageStore, sources ...Source) *rig {
	t.Helper()
	fc := fetch.DefaultConfig()
	fc.Timeout = 2 * time.Second
	fc.Contact = "https://example.org/crawler"
	fc.AllowPrivate = []string{b.host()}
	client, err := fetch.New(fc, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if pages == nil {
		pages = store
	}
	reg := prometheus.NewRegistry()
	w, err := NewWorker(cfg, sources, client, bus, pages, store, testLogger(t), reg)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{Worker: w, t: t, store: store, kafka: bus, reg: reg}
}

// testLogger is silent about runs that are meant to fail.
func testLogger(testing.TB) *slog.Logger { return slog.New(slog.DiscardHandler) }

// site is a source of kind site at full speed.
func site(b *board) Source { return Source{Name: "board", Kind: KindSite, URL: b.URL + "/", Rate: 1e6} }

// crawl runs a source once.
func (r *rig) crawl(name string) talent.CrawlRun {
	r.t.Helper()
	run, err := r.RunTask(r.t.Context(), r.task(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return run
}

func (r *rig) task(name string) talent.FetchTask {
	r.runID++
	return talent.FetchTask{RunID: talent.NewID("run", name, fmt.Sprint(r.runID)), Source: name, Due: time.Now()}
}

// postings returns all that were sent, in the order of the partitions.
func (r *rig) postings() []talent.Posting {
	r.t.Helper()
	var out []talent.Posting
	if _, err := r.kafka.Scan(r.t.Context(), "", talent.TopicPostings, func(rec kafka.Record) error {
		var p talent.Posting
		if err := json.Unmarshal(rec.Value, &p); err != nil {
			return err
		}
		out = append(out, p)
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return out
}

func distinct(ps []talent.Posting) int {
	ids := map[string]bool{}
	for _, p := range ps {
		ids[p.ID] = true
	}
	return len(ids)
}

func (r *rig) want(run talent.CrawlRun, outcome talent.RunOutcome, reason string) {
	r.t.Helper()
	if run.Outcome != outcome || !strings.Contains(run.Reason, reason) {
		r.t.Errorf("run ended %s (%s), want %s (… %s …): %+v", run.Outcome, run.Reason, outcome, reason, run)
	}
}

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
