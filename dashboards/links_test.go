package dashboards

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/words"
)

// A visitor chooses path and query of an address; whatever they are, no link, form or redirect of the answer leads to
// another host.
func TestNoAddressFromOutsideLeadsElsewhere(t *testing.T) {
	base := site(t, testenv.Store(t), nil)
	here, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	links := 0
	for _, path := range []string{
		"/%2F%2Fevil.example", "/%2Fevil.example", "/%2F%2Fevil.example/%2e%2e", "/%5C%5Cevil.example", "/%5Cevil.example", "//evil.example", "//evil.example/..",
		"/%09/evil.example", "/.//evil.example", "/..%2F%2Fevil.example", "/skills/%2F%2Fevil.example", "/skills/..%2F..%2F%2Fevil.example", "/skills//evil.example",
		"/alerts/%2F%2Fevil.example", "/sources/%2F%2Fevil.example", "/javascript:alert(1)", "/@evil.example", "/?lang=%2F%2Fevil.example", "/?sort=//evil.example",
		"/?region=//evil.example", "/skills?q=//evil.example", "/skills?q=javascript:alert(1)", "/alerts?status=//evil.example&severity=//evil.example",
		"/?a=%22%3E%3Ca%20href=//evil.example%3E", "/assets//evil.example", "/export//evil.example", "/api//evil.example", "/about?//evil.example",
	} {
		for _, lang := range []string{"zh", "en"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept-Language", lang)
			req.Header.Set("Referer", "//evil.example")
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			own := func(what, ref string) {
				links++
				// Browsers take a backslash for a slash and pass over tabs and line breaks.
				ref = strings.NewReplacer("\\", "/", "\t", "", "\n", "", "\r", "").Replace(ref)
				to, err := req.URL.Parse(ref)
				if err != nil || to.Host != here.Host || to.Scheme != "http" || strings.HasPrefix(to.EscapedPath(), "//") && !strings.HasPrefix(ref, "?") {
					t.Errorf("%s: %s leads to %q", path, what, ref)
				}
			}
			if to := res.Header.Get("Location"); to != "" {
				own("the redirect", to)
			}
			if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
				continue
			}
			page, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			for _, attr := range []string{"href", "src", "action", "formaction", "data", "poster"} {
				page.Find("[" + attr + "]").Each(func(_ int, e *goquery.Selection) { own(attr, e.AttrOr(attr, "")) })
			}
		}
	}
	if links < 500 {
		t.Errorf("only %d addresses were looked at", links)
	}
}

// filtered are the pages and files that answer for a filter.
var filtered = regexp.MustCompile(`^(/|/skills|/skills/[^/]+|/alerts|/export/(gaps|series|alerts)\.csv)$`)

// testEveryLink follows every link of every page, in both languages, from several filters: it answers, it answers for
// the filter that its address names, and that is the filter of the page it stands on, unless the link is there to leave
// it.
func testEveryLink(t *testing.T, base string) {
	for _, from := range []string{"?", "?region=110000", "?industry=I", "?tier=backbone", "?grain=week&region=310000&industry=I&sort=demand", "alerts?status=all&severity=red&region=110000"} {
		for _, lang := range words.Languages() {
			t.Run(lang+from, func(t *testing.T) {
				c := crawl{t: t, base: base, lang: lang, seen: map[string]bool{}, todo: []string{"/" + from}}
				for len(c.todo) > 0 {
					next := c.todo[0]
					c.todo = c.todo[1:]
					c.visit(next)
				}
				if c.pages < 8 || c.links < 150 {
					t.Errorf("only %d pages with %d links were met", c.pages, c.links)
				}
			})
		}
	}
}

// crawl follows links. Of pages that differ only in their skill, alert or source it opens a few.
type crawl struct {
	t            *testing.T
	base, lang   string
	seen         map[string]bool
	todo         []string
	pages, links int
	skills       int
	alerts       int
}

func (c *crawl) visit(path string) {
	res, err := http.Get(c.base + path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "lang=" + c.lang) //nolint:noctx // a test's own server
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		c.t.Errorf("%s answers %s", path, res.Status)
		return
	}
	at, err := url.Parse(path)
	if err != nil {
		c.t.Fatal(err)
	}
	asked := at.Query()
	switch kind := res.Header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "text/csv"):
		c.rows(path, res.Body, asked)
	case strings.HasPrefix(kind, "text/html"):
		page, err := goquery.NewDocumentFromReader(res.Body)
		if err != nil {
			c.t.Fatal(err)
		}
		c.pages++
		main := page.Find("main")
		if filtered.MatchString(at.Path) {
			for _, p := range []string{"region", "industry", "tier", "grain"} {
				if shown := main.AttrOr("data-"+p, "missing"); shown != asked.Get(p) && (p != "grain" || asked.Has("grain")) {
					c.t.Errorf("%s shows %s %q", path, p, shown)
				}
			}
		}
		page.Find("a[href]").Each(func(_ int, a *goquery.Selection) { c.link(at, asked, a) })
	}
}

// link checks one link of a page, and follows it.
func (c *crawl) link(at *url.URL, asked url.Values, a *goquery.Selection) {
	to, err := at.Parse(a.AttrOr("href", ""))
	if err != nil {
		c.t.Errorf("%s links to %q: %v", at, a.AttrOr("href", ""), err)
		return
	}
	if to.Host != "" || strings.HasPrefix(a.AttrOr("href", ""), "#") {
		return
	}
	c.links++
	leaves := a.HasClass("clear") || a.Closest(".bars").Length() > 0
	if filtered.MatchString(at.Path) && filtered.MatchString(to.Path) && !leaves {
		for _, p := range []string{"region", "industry", "tier", "grain"} {
			if got := to.Query().Get(p); got != asked.Get(p) {
				c.t.Errorf("%s: the link %q to %s has %s %q, the page %q", at, strings.TrimSpace(a.Text()), to, p, got, asked.Get(p))
			}
		}
	}
	q := to.Query()
	q.Del("lang")
	path := to.EscapedPath()
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	few := func(n *int) bool { *n++; return *n > 4 }
	if c.seen[path] || path == "" || strings.HasPrefix(to.Path, "/subscribe") || strings.HasPrefix(to.Path, "/assets/") || strings.HasPrefix(to.Path, "/api/") ||
		strings.HasPrefix(to.Path, "/skills/") && few(&c.skills) || strings.HasPrefix(to.Path, "/alerts/") && few(&c.alerts) || len(c.seen) > 120 {
		return
	}
	c.seen[path] = true
	c.todo = append(c.todo, path)
}

// rows checks that every row of a file is of the cell that was asked for.
func (c *crawl) rows(path string, body io.Reader, asked url.Values) {
	lines, err := csv.NewReader(body).ReadAll()
	if err != nil || len(lines) < 1 {
		c.t.Errorf("%s: %d lines, %v", path, len(lines), err)
		return
	}
	header := map[string]string{"region": "地区代码", "industry": "行业代码", "tier": "层次代码"}
	for p, zh := range header {
		column := slices.Index(lines[0], map[string]string{"zh": zh, "en": p + "_code"}[c.lang])
		if column < 0 {
			c.t.Errorf("%s has no column of %s: %v", path, p, lines[0])
			return
		}
		for _, l := range lines[1:] {
			if l[column] != asked.Get(p) && (asked.Has(p) || !strings.Contains(path, "alerts.csv")) {
				c.t.Errorf("%s has a row of %s %q", path, p, l[column])
				return
			}
		}
	}
}
