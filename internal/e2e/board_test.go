//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/testenv"
)

const boardPages = 875

// board serves the unpacked real job board and counts what it is asked.
type board struct {
	*httptest.Server
	mu              sync.Mutex
	first           string // path asked first
	full, unchanged int    // job pages answered with 200 and with 304
	conditional     int    // job pages asked with If-Modified-Since or If-None-Match
}

func serveBoard(t *testing.T) *board {
	t.Helper()
	dir := t.TempDir()
	unpack(t, "data/postings/rebase-board-zh/site.tar.gz", dir)
	files := http.FileServer(http.Dir(filepath.Join(dir, "site")))
	b := &board{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &statusRecorder{ResponseWriter: w, code: http.StatusOK}
		files.ServeHTTP(rec, r)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.first == "" {
			b.first = r.URL.Path
		}
		if !strings.HasPrefix(r.URL.Path, "/jobs/") {
			return
		}
		if r.Header.Get("If-Modified-Since") != "" || r.Header.Get("If-None-Match") != "" {
			b.conditional++
		}
		switch rec.code {
		case http.StatusOK:
			b.full++
		case http.StatusNotModified:
			b.unchanged++
		}
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *board) addr() string { return strings.TrimPrefix(b.URL, "http://") }

// source is the board as an entry of the configuration: its sitemap names its public host.
func (b *board) source() string {
	return fmt.Sprintf("fetch: {allow_private: [%q]}\nsources:\n  - {name: rebase, kind: site, url: %q, host_map: {hire.rebase.network: %q}, include: '/jobs/\\d+\\.html$', rate: 2000, schedule: '@every 24h'}\n",
		b.addr(), b.URL+"/", b.addr())
}

type statusRecorder struct {
	http.ResponseWriter
	code int
}

func (r *statusRecorder) WriteHeader(code int) { r.code = code; r.ResponseWriter.WriteHeader(code) }

// unpack writes the files of a packed folder of the real data into dir.
func unpack(t *testing.T, name, dir string) {
	t.Helper()
	for h, content := range testenv.Archive(t, name) {
		path := filepath.Join(dir, filepath.Clean("/"+h.Name))
		body, err := io.ReadAll(content)
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, body, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// crawlBoard: a real Chinese board is crawled politely; a second crawl adds nothing and asks conditionally.
func crawlBoard(t *testing.T, p program, out *table) {
	const step = "1 real board"
	b := serveBoard(t)
	dir, cfg := t.TempDir(), writeConfig(t, b.source())
	began := time.Now()
	up := p.start(t, "up", "--config", cfg, "--data", dir, "--listen", "127.0.0.1:0")
	up.ready(t, "Gapwatch is ready: ")
	out.add(step, "start to ready, empty data directory", "%.1f s", time.Since(began).Seconds())
	began = time.Now()
	count := func() string { return query(t, dir, "SELECT count() FROM postings FINAL")[0][0] }
	up.until(t, "875 postings", func() bool { return count() == fmt.Sprint(boardPages) })
	// a crawl in another process would take a run over that has sent its postings but not ended yet
	up.until(t, "the end of the run", func() bool {
		return query(t, dir, "SELECT count() FROM crawl_runs FINAL WHERE outcome = 'complete'")[0][0] == "1"
	})
	out.add(step, "875 pages crawled, postings in ClickHouse", "%.1f s", time.Since(began).Seconds())
	if b.first != "/robots.txt" {
		t.Errorf("the board was first asked for %s, not for robots.txt", b.first)
	}
	row := query(t, dir, `SELECT countIf(title != ''), countIf(employer != ''), countIf(location != ''), countIf(region != ''),
		countIf(date_basis = 'stated'), min(date), max(date), countIf(notEmpty(skills)) FROM postings FINAL`)[0]
	out.add(step, "with title / employer / place / place code", "%s / %s / %s / %s", row[0], row[1], row[2], row[3])
	out.add(step, "with a date of their own; first and last", "%s; %s … %s", row[4], row[5], row[6])
	out.add(step, "with at least one skill", "%s", row[7])
	if row[0] != fmt.Sprint(boardPages) || row[4] != fmt.Sprint(boardPages) {
		t.Errorf("%s of %d postings have a title, %s a date of their own", row[0], boardPages, row[4])
	}
	full := b.full
	stdout, _, _ := p.run(t, 0, "crawl", "--config", cfg, "--data", dir, "--now", "rebase")
	if !strings.Contains(stdout, "complete") {
		t.Errorf("second crawl: %s", stdout)
	}
	if b.full != full || b.unchanged != boardPages || b.conditional != boardPages {
		t.Errorf("second crawl: %d pages in full, %d unchanged, %d asked conditionally; want 0, 875, 875", b.full-full, b.unchanged, b.conditional)
	}
	if n := count(); n != fmt.Sprint(boardPages) {
		t.Errorf("%s postings after the second crawl", n)
	}
	out.add(step, "second crawl: asked conditionally / answered 304 / new postings", "%d / %d / 0", b.conditional, b.unchanged)
	out.add(step, "SIGTERM to exit 0", "%.1f s", up.stop(t).Seconds())
	began = time.Now()
	up = p.start(t, "up", "--config", cfg, "--data", dir, "--listen", "127.0.0.1:0")
	up.ready(t, "Gapwatch is ready: ")
	out.add(step, "start to ready, with its data", "%.1f s", time.Since(began).Seconds())
	up.stop(t)
}
