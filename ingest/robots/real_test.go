package robots_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gapwatch/gapwatch/ingest/robots"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// Thousands of files as they are met: all are read, and the numbers show that rules were found in them.
func TestRealFiles(t *testing.T) {
	var files, forbidRoot, forbidUs, delays, sitemaps int
	for _, file := range testenv.Archive(t, "data/fixtures/robots/real-4231.tar.gz") {
		body, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		r := robots.Parse(body)
		files++
		if !r.Allowed("gapwatch", "/") {
			forbidRoot++
		}
		if !r.Allowed("gapwatch", "/jobs/1?utm_source=x&page=2") {
			forbidUs++
		}
		if r.CrawlDelay("gapwatch") > 0 {
			delays++
		}
		if len(r.Sitemaps()) > 0 {
			sitemaps++
		}
	}
	t.Logf("%d files: %d forbid the root, %d a page with a query, %d ask for a delay, %d name sitemaps", files, forbidRoot, forbidUs, delays, sitemaps)
	if files != 4231 || forbidRoot < 50 || forbidRoot > files/5 || delays < 100 || sitemaps < 1000 {
		t.Error("the numbers are not those of real files")
	}
}

func TestRealJobBoards(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testenv.Shared(t, "data/fixtures/robots/real"), "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r := robots.Parse(body)
		t.Logf("%s: %d bytes, root %v, /jobs/ %v, %d sitemaps", filepath.Base(name), len(body), r.Allowed("gapwatch", "/"), r.Allowed("gapwatch", "/jobs/"), len(r.Sitemaps()))
		if !r.Allowed("gapwatch", "/robots.txt") {
			t.Errorf("%s forbids itself", name)
		}
	}
}
