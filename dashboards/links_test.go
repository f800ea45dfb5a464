package dashboards

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/gapwatch/gapwatch/internal/testenv"
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
