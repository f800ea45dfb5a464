package crawl

import (
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
	r.want(r.crawl("board"), talent.RunComplete, "10 pages read; 0 unchanged; 10 postings sent")
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
	r.want(r.crawl("board"), talent.RunComplete, "1 unchanged; 0 postings sent")
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
	r.want(run, talent.RunPartial, "3 unchanged; 0 postings sent")
	if b.count("/jobs/0.html") != 0 || b.count("/jobs/1.html") != 1 || b.count("/jobs/2.html") != 1 || b.count("/bad.html") != 1 || run.Listed != 4 {
		t.Errorf("asked %+v", b.requests())
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
