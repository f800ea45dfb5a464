package crawl

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// A real Chinese job board: 875 pages whose sitemap and links name the public host.
func TestRealBoard(t *testing.T) {
	dir := unpack(t, "data/postings/rebase-board-zh/site.tar.gz")
	b := newBoard(t)
	files := http.FileServer(http.Dir(filepath.Join(dir, "site")))
	b.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.asked = append(b.asked, request{path: r.URL.Path, conditional: r.Header.Get("If-Modified-Since") != ""})
		b.mu.Unlock()
		if r.URL.Path == "/index.html" { // the file server would send it to /
			http.ServeFile(w, r, filepath.Join(dir, "site", "robots.txt"))
			return
		}
		files.ServeHTTP(w, r)
	})
	s := Source{Name: "rebase", Kind: KindSite, URL: "https://hire.rebase.network/", Include: `/jobs/\d+\.html$`, Rate: 1e6,
		HostMap: map[string]string{"hire.rebase.network": b.host()}}
	r := newRig(t, fastConfig(), b, s)
	started := time.Now()
	run := r.crawl("rebase")
	t.Logf("%d pages in %s: %s", run.Listed, time.Since(started).Round(time.Millisecond), run.Reason)
	r.want(run, talent.RunComplete, "875 pages read; 0 unchanged; 875 postings sent")
	all := r.postings()
	if distinct(all) != 875 {
		t.Errorf("%d distinct postings, want 875", distinct(all))
	}
	missing := map[string]int{}
	for _, p := range all {
		for field, ok := range map[string]bool{"title": p.Title != "", "employer": p.Employer != "", "location": p.Location != "", "date": !p.PostedAt.IsZero(), "text": p.Text != "",
			"public url": strings.HasPrefix(p.URL, "https://hire.rebase.network/jobs/")} {
			if !ok {
				missing[field]++
			}
		}
	}
	t.Logf("postings without: %v", missing)
	for _, field := range []string{"title", "date", "text", "public url"} {
		if missing[field] > 0 {
			t.Errorf("%d postings without %s", missing[field], field)
		}
	}
	b.requests()
	again := r.crawl("rebase")
	r.want(again, talent.RunComplete, "875 unchanged; 0 postings sent")
	conditional := 0
	for _, q := range b.requests() {
		if q.conditional && strings.HasPrefix(q.path, "/jobs/") {
			conditional++
		}
	}
	if conditional != 875 {
		t.Errorf("%d conditional requests, want 875", conditional)
	}
}

func unpack(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	for h, r := range testenv.Archive(t, name) {
		if !filepath.IsLocal(h.Name) {
			continue
		}
		to := filepath.Join(dir, h.Name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, body, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(to, h.ModTime, time.Date(2026, 7, 24, 0, 0, 0, 0, time.UTC)); err != nil { // the archive has none
			t.Fatal(err)
		}
	}
	return dir
}

// BenchmarkCrawl crawls 875 job pages over loopback without a rate limit, into the real broker and engine.
func BenchmarkCrawl(b *testing.B) {
	const pages = 875
	board := newBoard(b)
	board.jobs(pages)
	store, bus := testenv.Store(b), testenv.Kafka(b)
	n := 0
	for b.Loop() {
		n++
		s := site(board)
		s.Name = fmt.Sprintf("board-%d", n)
		r := newRigOn(b, fastConfig(), board, store, bus, nil, s)
		if run := r.crawl(s.Name); run.Outcome != talent.RunComplete || run.Postings != pages {
			b.Fatalf("run %+v", run)
		}
		board.requests()
	}
	b.ReportMetric(float64(pages*b.N)/b.Elapsed().Seconds(), "pages/s")
}
