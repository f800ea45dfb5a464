package parse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/ingest/parse"
)

func TestSitemap(t *testing.T) {
	const ns = ` xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"`
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, xml string
		urls      []parse.SitemapURL
		sitemaps  []string
		err       string
	}{
		{"urls", `<?xml version="1.0" encoding="UTF-8"?><urlset` + ns + `>
			<url><loc> https://board.example/jobs/1 </loc><lastmod>2026-03-02</lastmod><priority>0.5</priority></url>
			<url><image:image><image:loc>https://board.example/logo.png</image:loc></image:image><loc>https://board.example/jobs/2</loc></url>
			<url><lastmod>2026-03-02</lastmod></url>
			<url><loc>https://board.example/jobs?a=1&amp;b=2</loc><lastmod>yesterday-ish</lastmod></url></urlset>`,
			[]parse.SitemapURL{{"https://board.example/jobs/1", day}, {Loc: "https://board.example/jobs/2"}, {Loc: "https://board.example/jobs?a=1&b=2"}}, nil, ""},
		{"bare ampersand", `<urlset><url><loc>https://board.example/?a=1&b=2</loc></url></urlset>`, []parse.SitemapURL{{Loc: "https://board.example/?a=1&b=2"}}, nil, ""},
		{"index", `<sitemapindex` + ns + `><sitemap><loc>https://board.example/a.xml.gz</loc></sitemap><sitemap><loc>https://board.example/b.xml</loc></sitemap></sitemapindex>`,
			nil, []string{"https://board.example/a.xml.gz", "https://board.example/b.xml"}, ""},
		{"declared as another charset", `<?xml version="1.0" encoding="gb2312"?><urlset><url><loc>https://board.example/招聘</loc></url></urlset>`,
			[]parse.SitemapURL{{Loc: "https://board.example/招聘"}}, nil, ""},
		{"breaks off", `<urlset><url><loc>https://board.example/1</loc></url><url><lo`, []parse.SitemapURL{{Loc: "https://board.example/1"}}, nil, "read sitemap"},
		{"html", `<!DOCTYPE html><html><body>Not found</body></html>`, nil, nil, "<html>"},
		{"empty", ``, nil, nil, "no element"},
		{"no entries", `<urlset></urlset>`, nil, nil, ""},
	} {
		urls, sitemaps, err := parse.Sitemap(strings.NewReader(c.xml), 100)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
		if d := cmp.Diff(c.urls, urls); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if d := cmp.Diff(c.sitemaps, sitemaps); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// endless is a sitemap that never ends.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	s := fmt.Sprintf("<url><loc>https://board.example/%d</loc></url>", e.n)
	if e.n == 0 {
		s = "<urlset>" + s
	}
	e.n++
	return copy(p, s), nil
}

func TestSitemapIsCapped(t *testing.T) {
	urls, _, err := parse.Sitemap(&endless{}, 1000)
	if err != nil || len(urls) != 1000 {
		t.Errorf("%d addresses, %v", len(urls), err)
	}
}

func FuzzSitemap(f *testing.F) {
	f.Add(`<urlset><url><loc>https://board.example/1</loc><lastmod>2026-03-02</lastmod></url></urlset>`)
	f.Add(`<sitemapindex><sitemap><loc>x</loc></sitemap></sitemapindex>`)
	f.Add(`<urlset></url></urlset><url><loc>a</loc></url>`)
	f.Fuzz(func(t *testing.T, xml string) {
		urls, sitemaps, _ := parse.Sitemap(strings.NewReader(xml), 5)
		if len(urls)+len(sitemaps) > 5 {
			t.Fatal("more entries than asked for")
		}
		for _, u := range urls {
			if u.Loc == "" || u.Loc != strings.TrimSpace(u.Loc) {
				t.Fatalf("address %q", u.Loc)
			}
		}
	})
}
