package parse

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/text"
)

func base() *url.URL { return &url.URL{Scheme: "https", Host: "board.example", Path: "/"} }

// Whatever a page is, its tree has no loops, its postings have keys and its links are absolute addresses of the web.
func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"<ul><li class=job><a href=/1>a</a><b>b</b><time datetime=2026-01-02>x</time></ul><a class=next href=?p=2>",
		"<table><tr><td>a<td><table><td>b</table></table>", "<p><b><p></b>x<select><x>a", "<svg><a/><![CDATA[x]]></svg>", "<base href=//evil.example><a href=x>",
		"<title></p></title><body a><body b><html c>", "<!DOCTYPE html><!-- <script> --></br></p>", "<dl><dt>a<dd>b<dt>c", "<textarea><li>",
	} {
		f.Add([]byte(s))
	}
	selectors := Selectors{Item: "li, tr, p", Title: "b, td, a", Text: "p", Link: "a", Date: "time", Next: "a.next"}
	f.Fuzz(func(t *testing.T, page []byte) {
		postings, links, next, err := HTML(text.UTF8(page, ""), selectors, base())
		if err != nil {
			return
		}
		for _, p := range postings {
			if p.Key == "" || p.Title == "" || !utf8.ValidString(p.Text) {
				t.Errorf("%+v", p)
			}
		}
		for _, l := range append(links, next) {
			if l != "" && !strings.HasPrefix(l, "http://") && !strings.HasPrefix(l, "https://") {
				t.Errorf("link %q", l)
			}
		}
	})
}

// A board's answer gives postings or an error, and each posting has a key.
func FuzzBoards(f *testing.F) {
	for _, s := range []string{
		`{"jobs":[{"id":1,"absolute_url":"https://a.example/1","title":"a","location":{"name":"x"},"content":"&lt;p&gt;b","first_published":"2026-01-02T03:04:05Z"}]}`,
		`[{"id":"a","text":"b","createdAt":1767225600000,"lists":[{"text":"c","content":"<li>d"}],"categories":{"allLocations":["x","y"]},"salaryRange":{"min":1e9,"max":-0}}]`,
		`{"jobs":[{"id":"a","isListed":false},{"id":"b","secondaryLocations":[{"location":"z"}],"compensation":null}],"jobs":[]}`, `{"JOBS":null}`, `[`, `{"jobs":[{}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for parser, read := range readers() {
			if parser != "Greenhouse" && parser != "Lever" && parser != "Ashby" {
				continue
			}
			for _, p := range read(body) {
				if p.Key == "" {
					t.Errorf("%s: %+v", parser, p)
				}
			}
		}
	})
}
