package crawl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestSecondCrawlAsksConditionallyAndSendsOnlyWhatChanged(t *testing.T) {
	b := newBoard(t)
	b.jobs(10)
	r := newRig(t, fastConfig(), b, site(b))
	r.want(r.crawl("board"), talent.RunComplete, "10 pages read, 0 unchanged, 10 postings sent")
	first := r.postings()
	if len(first) != 10 {
		t.Fatalf("%d postings sent, want 10", len(first))
	}
	p := first[0]
	if p.ID != talent.PostingID("board", p.Key) || p.Source != "board" || p.Grain != talent.Week || p.Employer == "" || p.Location != "兰州" ||
		p.PostedAt.IsZero() || p.FirstSeen.IsZero() || !p.FirstSeen.Equal(p.Fetched) || !strings.Contains(p.Text, "PyTorch") {
		t.Errorf("posting %+v", p)
	}
	b.requests()

	b.text("/jobs/3.html", "text/html", jobPage(3, "Staff engineer"))
	b.handle("/jobs/4.html", func(w http.ResponseWriter, _ *http.Request) { // the same content without a validator
		_, _ = w.Write([]byte(jobPage(4, "Machine learning engineer") + "<!-- rendered again -->"))
	})
	b.handle("/jobs/5.html", http.NotFound)
	run := r.crawl("board")
	r.want(run, talent.RunComplete, "1 page gone")
	if run.Postings != 1 || run.NotModified != 8 || run.Fetched != 1 || run.Listed != 10 {
		t.Errorf("second run %+v", run)
	}
	conditional := 0
	for _, q := range b.requests() {
		if strings.HasPrefix(q.path, "/jobs/") && q.conditional {
			conditional++
		}
		if q.agent != "Gapwatch/dev (+https://example.org/crawler)" {
			t.Errorf("User-Agent %q", q.agent)
		}
	}
	if conditional != 10 {
		t.Errorf("%d conditional requests, want 10", conditional)
	}
	all := r.postings()
	if len(all) != 11 || distinct(all) != 10 {
		t.Errorf("%d postings sent, %d distinct; want 11 and 10", len(all), distinct(all))
	}
	for _, p := range all {
		if strings.HasPrefix(p.Title, "Staff") && (!p.FirstSeen.Before(p.Fetched) || p.FirstSeen.IsZero()) {
			t.Errorf("changed posting was first seen %s, fetched %s", p.FirstSeen, p.Fetched)
		}
	}
	// Back again: not taken for unchanged although its content is what it was before it went.
	b.text("/jobs/5.html", "text/html", jobPage(5, "Machine learning engineer"))
	if run := r.crawl("board"); run.Postings != 1 {
		t.Errorf("third run %+v", run)
	}
}

func TestLastModifiedIsSentBack(t *testing.T) {
	b := newBoard(t)
	b.sitemap("/jobs/1.html")
	var since []string
	b.handle("/jobs/1.html", func(w http.ResponseWriter, r *http.Request) {
		since = append(since, r.Header.Get("If-Modified-Since"))
		w.Header().Set("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT")
		if r.Header.Get("If-Modified-Since") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(jobPage(1, "Engineer")))
	})
	r := newRig(t, fastConfig(), b, site(b))
	r.crawl("board")
	r.want(r.crawl("board"), talent.RunComplete, "1 unchanged, 0 postings sent")
	if fmt.Sprint(since) != "[ Mon, 02 Nov 2026 10:00:00 GMT]" {
		t.Errorf("If-Modified-Since: %q", since)
	}
}

func TestChangedSettingsReadAgain(t *testing.T) {
	b := newBoard(t)
	b.jobs(3)
	store, bus := testenv.Store(t), testenv.Kafka(t)
	s := site(b)
	newRigOn(t, fastConfig(), b, store, bus, nil, s).crawl("board")
	s.Industry = "I65"
	r := newRigOn(t, fastConfig(), b, store, bus, nil, s)
	r.runID = 10
	if run := r.crawl("board"); run.Postings != 3 {
		t.Errorf("after a change of settings: %+v", run)
	}
	if p := r.postings(); p[len(p)-1].Industry == "" && p[0].Industry == "" {
		t.Errorf("default industry is missing")
	}
}

func TestPoliteness(t *testing.T) {
	b := newBoard(t)
	b.jobs(12)
	s := site(b)
	s.Rate = 25
	r := newRig(t, fastConfig(), b, s)
	begin := time.Now()
	r.want(r.crawl("board"), talent.RunComplete, "")
	asked := b.requests()
	if len(asked) != 14 {
		t.Fatalf("%d requests, want robots.txt, the sitemap and 12 pages", len(asked))
	}
	if asked[0].path != "/robots.txt" {
		t.Errorf("first request was for %s", asked[0].path)
	}
	// Sound on any machine: a request cannot arrive before its turn, however long it takes on its way.
	for i, q := range asked {
		if turn := begin.Add(time.Duration(i) * 40 * time.Millisecond); q.at.Before(turn) {
			t.Errorf("request %d came %s before its turn", i, turn.Sub(q.at))
		}
	}
}

func TestCrawlDelayIsHeeded(t *testing.T) {
	b := newBoard(t)
	b.jobs(3)
	b.text("/robots.txt", "text/plain", "User-agent: Gapwatch\nCrawl-delay: 0.2\nSitemap: "+b.URL+"/sitemap.xml")
	r := newRig(t, fastConfig(), b, site(b))
	r.want(r.crawl("board"), talent.RunComplete, "")
	asked := b.requests()
	for i := 1; i < len(asked); i++ { // robots.txt itself is the first request at the new pace
		if turn := asked[0].at.Add(time.Duration(i-1) * 200 * time.Millisecond); asked[i].at.Before(turn) {
			t.Errorf("request %d came %s before its turn", i, turn.Sub(asked[i].at))
		}
	}
	if len(asked) != 5 {
		t.Errorf("%d requests, want 5", len(asked))
	}
}

func TestRobots(t *testing.T) {
	store, bus := testenv.Store(t), testenv.Kafka(t)
	for i, c := range []struct {
		name    string
		robots  func(b *board)
		outcome talent.RunOutcome
		reason  string
		sent    int
	}{
		{"missing: allowed", func(b *board) { b.status("/robots.txt", 404) }, talent.RunComplete, "", 4},
		{"forbidden to read: allowed", func(b *board) { b.status("/robots.txt", 403) }, talent.RunComplete, "", 4},
		{"server error: nothing is fetched", func(b *board) { b.status("/robots.txt", 500) }, talent.RunFailed, "robots.txt cannot be read", 0},
		{"busy: nothing is fetched", func(b *board) { b.status("/robots.txt", 429) }, talent.RunFailed, "robots.txt cannot be read", 0},
		{"html: no rules", func(b *board) { b.text("/robots.txt", "text/html", "<!doctype html><p>User-agent: *\nDisallow: /") }, talent.RunComplete, "", 4},
		{"all forbidden", func(b *board) { b.text("/robots.txt", "text/plain", "User-agent: *\nDisallow: /") }, talent.RunDisallowed, "robots.txt forbids it", 0},
		{"forbidden to us", func(b *board) {
			b.text("/robots.txt", "text/plain", "User-agent: gapwatch\nDisallow: /\n\nUser-agent: *\nAllow: /")
		}, talent.RunDisallowed, "", 0},
		{"sitemap forbidden", func(b *board) { b.text("/robots.txt", "text/plain", "User-agent: *\nDisallow: /sitemap.xml") }, talent.RunDisallowed, "/sitemap.xml", 0},
		{"pages forbidden", func(b *board) { b.text("/robots.txt", "text/plain", "User-agent: *\nDisallow: /jobs/") }, talent.RunDisallowed, "every page", 0},
		{"some pages forbidden", func(b *board) { b.text("/robots.txt", "text/plain", "User-agent: *\nDisallow: /jobs/1.html$") }, talent.RunComplete, "1 page left alone", 3},
		{"moved", func(b *board) {
			b.handle("/robots.txt", func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/real-robots.txt", http.StatusFound)
			})
			b.text("/real-robots.txt", "text/plain", "User-agent: *\nDisallow: /jobs/2.html")
		}, talent.RunComplete, "1 page left alone", 3},
		{"moved in circles: allowed", func(b *board) {
			b.handle("/robots.txt", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/robots.txt", http.StatusFound) })
		}, talent.RunComplete, "", 4},
		{"endless: its beginning counts", func(b *board) {
			b.handle("/robots.txt", func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte("User-agent: *\nDisallow: /jobs/3.html\n"))
				for r.Context().Err() == nil {
					if _, err := w.Write([]byte(strings.Repeat("# a comment\n", 1000))); err != nil {
						return
					}
				}
			})
		}, talent.RunComplete, "1 page left alone", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBoard(t)
			b.jobs(4)
			c.robots(b)
			s := site(b)
			s.Name = fmt.Sprintf("board-%d", i)
			r := newRigOn(t, fastConfig(), b, store, bus, nil, s)
			run := r.crawl(s.Name)
			r.want(run, c.outcome, c.reason)
			if run.Postings != c.sent {
				t.Errorf("%d postings sent, want %d", run.Postings, c.sent)
			}
			if c.sent == 0 {
				for _, q := range b.requests() {
					if strings.HasPrefix(q.path, "/jobs/") {
						t.Errorf("%s was fetched", q.path)
					}
				}
			}
		})
	}
}

func TestRobotsIsFetchedOnce(t *testing.T) {
	b := newBoard(t)
	b.jobs(5)
	r := newRig(t, fastConfig(), b, site(b))
	r.crawl("board")
	r.crawl("board")
	if n := b.count("/robots.txt"); n != 1 {
		t.Errorf("robots.txt was fetched %d times, want once a day", n)
	}
}

func TestUnreachable(t *testing.T) {
	b := newBoard(t)
	b.jobs(1)
	r := newRig(t, fastConfig(), b, site(b))
	b.Close()
	r.want(r.crawl("board"), talent.RunFailed, "robots.txt cannot be read")
}

func TestNoContact(t *testing.T) {
	b := newBoard(t)
	r := newRig(t, fastConfig(), b, Source{Name: "public", Kind: KindFeed, URL: "https://jobs.example/feed.xml"})
	cfg := r.hosts.client.Config()
	cfg.Contact = ""
	err := Source{Name: "public", Kind: KindFeed, URL: "https://jobs.example/feed.xml"}.CheckContact(cfg)
	if err == nil || !strings.Contains(err.Error(), "source public: no contact address: set fetch.contact") {
		t.Errorf("contact: %v", err)
	}
	if err := site(b).CheckContact(cfg); err != nil {
		t.Errorf("loopback: %v", err)
	}
}

func TestBadPages(t *testing.T) {
	b := newBoard(t)
	paths := []string{"/good.html", "/large.html", "/endless.html", "/metadata.html", "/malformed.html", "/half.html", "/broken.html", "/plain.html", "/gone.html"}
	b.sitemap(paths...)
	b.text("/good.html", "text/html", jobPage(1, "Engineer"))
	b.handle("/large.html", func(w http.ResponseWriter, _ *http.Request) {
		for range 200 { // 200 MB
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	})
	b.handle("/endless.html", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte("<p>and so on</p>"))
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	b.handle("/metadata.html", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	})
	b.text("/malformed.html", "text/html", `<script type="application/ld+json">{"@type":"JobPosting","title":</script>`)
	b.text("/half.html", "text/html", `<script type="application/ld+json">{"@type":"JobPosting","title":</script><script type="application/ld+json">`+jobLD(2, "Scientist")+`</script>`)
	b.status("/broken.html", 500)
	b.text("/plain.html", "text/html", "<h1>About us</h1>")
	r := newRig(t, fastConfig(), b, site(b))
	run := r.crawl("board")
	r.want(run, talent.RunPartial, "2 pages not fully readable")
	r.want(run, talent.RunPartial, "1 page gone")
	if run.Postings != 2 || run.Failed != 5 || run.Listed != 9 {
		t.Errorf("run %+v; want 2 postings, 5 failed", run)
	}
	if n := b.count("/broken.html"); n != 4 {
		t.Errorf("a page that answers 500 was asked %d times, want 4", n)
	}
	if n := b.count("/large.html") + b.count("/endless.html") + b.count("/metadata.html"); n != 3 {
		t.Errorf("pages that no retry mends were asked %d times, want 3", n)
	}
	// What is not in order is read again, not taken for unchanged.
	b.requests()
	r.want(r.crawl("board"), talent.RunPartial, "2 pages not fully readable")
	for _, q := range b.requests() {
		if q.path == "/half.html" && q.conditional {
			t.Error("a malformed page was asked for conditionally")
		}
	}
}

func TestRetryAfter(t *testing.T) {
	b := newBoard(t)
	b.jobs(4)
	busy := 1
	b.handle("/jobs/0.html", func(w http.ResponseWriter, _ *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if busy > 0 {
			busy--
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = w.Write([]byte(jobPage(0, "Engineer")))
	})
	cfg := fastConfig()
	cfg.Concurrency = 1
	r := newRig(t, cfg, b, site(b))
	r.want(r.crawl("board"), talent.RunComplete, "4 postings sent")
	asked := b.requests()
	for i := 1; i < len(asked); i++ {
		if asked[i-1].path == "/jobs/0.html" {
			if gap := asked[i].at.Sub(asked[i-1].at); gap < 990*time.Millisecond {
				t.Errorf("asked again after %s, the host wanted 1s", gap)
			}
			return
		}
	}
	t.Error("the page was not asked for again")
}

func TestLongRetryAfterEndsTheRun(t *testing.T) {
	b := newBoard(t)
	b.jobs(6)
	b.handle("/jobs/2.html", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	cfg := fastConfig()
	cfg.Concurrency = 1
	r := newRig(t, cfg, b, site(b))
	r.want(r.crawl("board"), talent.RunPartial, "asks to be left alone until")
	n := len(b.requests())
	r.want(r.crawl("board"), talent.RunFailed, "asks to be left alone until")
	if again := len(b.requests()); again != 0 || n != 5 {
		t.Errorf("%d requests, then %d; want 5 and none", n, again)
	}
}

func TestOutcomes(t *testing.T) {
	store, bus := testenv.Store(t), testenv.Kafka(t)
	for i, c := range []struct {
		name    string
		board   func(b *board)
		outcome talent.RunOutcome
		reason  string
	}{
		{"empty sitemap", func(b *board) { b.sitemap() }, talent.RunEmpty, "there was no posting"},
		{"pages without postings", func(b *board) { b.sitemap("/a.html"); b.text("/a.html", "text/html", "<p>none</p>") }, talent.RunEmpty, "there was no posting"},
		{"no sitemap", func(b *board) { b.status("/robots.txt", 404) }, talent.RunFailed, "/sitemap.xml answered 404"},
		{"sitemap is html", func(b *board) { b.text("/sitemap.xml", "text/html", "<!doctype html><html><p>hi</html>") }, talent.RunFailed, "sitemap"},
		{"all pages fail", func(b *board) { b.sitemap("/a.html", "/b.html"); b.status("/a.html", 500); b.status("/b.html", 403) }, talent.RunFailed, "nothing could be read"},
		{"all pages gone", func(b *board) { b.sitemap("/a.html", "/b.html") }, talent.RunFailed, "2 pages gone"},
		{"only other sites", func(b *board) {
			b.text("/sitemap.xml", "application/xml", "<urlset><url><loc>https://elsewhere.example/a</loc></url></urlset>")
		}, talent.RunEmpty, "1 listed page of other sites"},
		{"one sitemap of two fails", func(b *board) {
			b.jobs(1)
			b.text("/index.xml", "application/xml", "<sitemapindex><sitemap><loc>"+b.URL+"/sitemap.xml</loc></sitemap><sitemap><loc>/missing.xml</loc></sitemap></sitemapindex>")
			b.text("/robots.txt", "text/plain", "Sitemap: /index.xml")
		}, talent.RunPartial, "pages may be missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBoard(t)
			c.board(b)
			s := site(b)
			s.Name = fmt.Sprintf("board-%d", i)
			r := newRigOn(t, fastConfig(), b, store, bus, nil, s)
			run := r.crawl(s.Name)
			r.want(run, c.outcome, c.reason)
			stored, err := r.store.Runs(t.Context(), s.Name, 10)
			if err != nil || len(stored) != 1 || stored[0].Outcome != c.outcome || stored[0].Reason != run.Reason {
				t.Errorf("stored %+v, %v", stored, err)
			}
		})
	}
}

func TestGivesUpOnADeadHost(t *testing.T) {
	b := newBoard(t)
	b.jobs(50)
	for i := 3; i < 50; i++ {
		b.status(fmt.Sprintf("/jobs/%d.html", i), 502)
	}
	cfg := fastConfig()
	cfg.MaxFailures, cfg.Retries, cfg.Concurrency = 5, 0, 1
	r := newRig(t, cfg, b, site(b))
	run := r.crawl("board")
	r.want(run, talent.RunPartial, "given up after 5 failures in a row")
	if n := len(b.requests()); n > 2+3+6 {
		t.Errorf("%d requests to a host that is down", n)
	}
}

func TestMaxPages(t *testing.T) {
	b := newBoard(t)
	b.jobs(10)
	s := site(b)
	s.MaxPages = 6
	r := newRig(t, fastConfig(), b, s)
	r.want(r.crawl("board"), talent.RunPartial, "max_pages was met")
	// The next run begins with what was never seen.
	r.crawl("board")
	if n := distinct(r.postings()); n != 10 {
		t.Errorf("%d postings after two runs of 6 pages, want 10", n)
	}
}

func TestTrustedLastModSparesRequests(t *testing.T) {
	b := newBoard(t)
	b.jobs(3)
	long, soon := "2026-01-02T03:04:05Z", time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	b.text("/sitemap.xml", "application/xml", "<urlset><url><loc>/jobs/0.html</loc><lastmod>"+long+"</lastmod></url><url><loc>/jobs/1.html</loc><lastmod>"+soon+
		"</lastmod></url><url><loc>/jobs/2.html</loc></url><url><loc>/bad.html</loc><lastmod>"+long+"</lastmod></url></urlset>")
	b.text("/bad.html", "text/html", `<script type="application/ld+json">{"@type":"JobPosting","title":</script>`)
	s := site(b)
	s.TrustLastMod = true
	r := newRig(t, fastConfig(), b, s)
	r.want(r.crawl("board"), talent.RunPartial, "3 postings sent")
	b.requests()
	run := r.crawl("board")
	r.want(run, talent.RunPartial, "3 unchanged, 0 postings sent")
	if b.count("/jobs/0.html") != 0 || b.count("/jobs/1.html") != 1 || b.count("/jobs/2.html") != 1 || b.count("/bad.html") != 1 || run.Listed != 4 {
		t.Errorf("asked %+v", b.requests())
	}
}

// failingPages is a store that loses pages as a process does that is killed after Kafka acknowledged.
type failingPages struct {
	PageStore
	fail bool
}

var errKilled = errors.New("killed")

func (f *failingPages) PutPages(ctx context.Context, pages []talent.Page) error {
	if f.fail {
		return errKilled
	}
	return f.PageStore.PutPages(ctx, pages)
}

func TestKilledBetweenKafkaAndMemory(t *testing.T) {
	b := newBoard(t)
	b.jobs(20)
	store, bus := testenv.Store(t), testenv.Kafka(t)
	pages := &failingPages{PageStore: store, fail: true}
	r := newRigOn(t, fastConfig(), b, store, bus, pages, site(b))
	task := r.task("board")
	if _, err := r.RunTask(t.Context(), task); !errors.Is(err, errKilled) {
		t.Fatalf("run: %v", err)
	}
	if n := len(r.postings()); n != 20 {
		t.Fatalf("%d postings were acknowledged, want 20", n)
	}
	if runs, err := store.Runs(t.Context(), "board", 1); err != nil || len(runs) != 0 {
		t.Fatalf("an interrupted run was recorded: %+v, %v", runs, err)
	}
	pages.fail = false
	run, err := r.RunTask(t.Context(), task)
	if err != nil || run.Outcome != talent.RunComplete || run.Postings != 20 {
		t.Fatalf("second attempt: %+v, %v", run, err)
	}
	if all := r.postings(); len(all) != 40 || distinct(all) != 20 {
		t.Errorf("%d postings, %d distinct; want the same 20 twice", len(all), distinct(all))
	}
	// The same task again: the run has ended.
	b.requests()
	if _, err := r.RunTask(t.Context(), task); err != nil || len(b.requests()) != 0 {
		t.Errorf("an ended run was run again: %v", err)
	}
}

func TestInterruptedRunGoesOn(t *testing.T) {
	b := newBoard(t)
	b.jobs(8)
	store, bus := testenv.Store(t), testenv.Kafka(t)
	r := newRigOn(t, fastConfig(), b, store, bus, nil, site(b))
	task := r.task("board")
	// Five of the pages were read and remembered before the process ended.
	var seen []talent.Page
	for i := range 5 {
		seen = append(seen, talent.Page{Source: "board", URL: fmt.Sprintf("%s/jobs/%d.html", b.URL, i), ContentHash: "x:1", FirstSeen: task.Due, LastSeen: task.Due.Add(time.Second), Status: 200})
	}
	if err := store.PutPages(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	run, err := r.RunTask(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	r.want(run, talent.RunComplete, "5 pages had been read")
	if run.Postings != 3 || len(b.requests()) != 2+3 {
		t.Errorf("run %+v", run)
	}
}

func TestGBKPages(t *testing.T) {
	b := newBoard(t)
	b.sitemap("/declared.html", "/undeclared.html")
	page := func(title string) string {
		return `<html><head><title>职位</title><script type="application/ld+json">{"@type":"JobPosting","title":"` + title +
			`","description":"负责机器学习平台的开发","datePosted":"2026-11-02","hiringOrganization":{"name":"陇原智能科技有限公司"}}</script></head><body>招聘信息，欢迎投递简历。</body></html>`
	}
	for path, contentType := range map[string]string{"/declared.html": "text/html; charset=gbk", "/undeclared.html": "text/html"} {
		text, err := simplifiedchinese.GB18030.NewEncoder().String(page("算法工程师" + path))
		if err != nil {
			t.Fatal(err)
		}
		b.text(path, contentType, text)
	}
	r := newRig(t, fastConfig(), b, site(b))
	r.want(r.crawl("board"), talent.RunComplete, "2 postings sent")
	for _, p := range r.postings() {
		if !strings.HasPrefix(p.Title, "算法工程师/") || p.Employer != "陇原智能科技有限公司" || p.Text != "负责机器学习平台的开发" {
			t.Errorf("posting %+v", p)
		}
	}
}
