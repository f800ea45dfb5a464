package crawl

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

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
	cfg := fetch.DefaultConfig() // has none
	err := Source{Name: "public", Kind: KindFeed, URL: "https://jobs.example/feed.xml"}.CheckContact(cfg)
	if err == nil || !strings.Contains(err.Error(), "source public: no contact address: set fetch.contact") {
		t.Errorf("contact: %v", err)
	}
	if err := site(b).CheckContact(cfg); err != nil {
		t.Errorf("loopback: %v", err)
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
