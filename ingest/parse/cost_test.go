package parse

import (
	"bytes"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/text"
)

// numbered repeats a text with a number in it.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// documents are what a hostile site may serve, of a size that grows with n.
func documents() map[string]func(n int) string {
	ld := func(s string) string { return `<script type="application/ld+json">` + s + `</script>` }
	r := strings.Repeat
	const job = `{"@type":"JobPosting"},`
	return map[string]func(n int) string{
		"html: nested":                 func(n int) string { return r("<div>", n) },
		"html: nested, closed":         func(n int) string { return r("<i>", n/2) + r("</i>", n/2) },
		"html: formatting elements":    func(n int) string { return numbered("<b a=%d>", 400) + r("<p>x", n) },
		"html: attributes of the body": func(n int) string { return numbered("<body a%d>", n) },
		"html: ends of nothing":        func(n int) string { return r("</x>a", n) },
		"html: cells without tables":   func(n int) string { return r("<td>a", n) },
		"html: tables in tables":       func(n int) string { return r("<table><a>", n) },
		"html: select":                 func(n int) string { return "<select>" + r("<x>a", n) },
		"html: siblings":               func(n int) string { return r("<li>a</li>", n) },
		"html: items in items":         func(n int) string { return r("<li class=job>"+r("<b>", 20), n/20) },
		"html: a long attribute":       func(n int) string { return `<a href="` + r("x", 5*n) + `">` },
		"html: attributes":             func(n int) string { return "<a" + numbered(" a%d", n) + ">" },
		"html: comments":               func(n int) string { return r("<!--", n) },
		"html: entities":               func(n int) string { return r("&amp;&#x41;&nosuch;", n/4) },
		"html: scripts in capitals":    func(n int) string { return r("<SCRIPT>", n) },
		"html: scripts":                func(n int) string { return r("<script>", n) + r("</SCRIPT>", n) },
		"html: scripts in comments":    func(n int) string { return "<!--" + r("<script>", n) },
		"html: links":                  func(n int) string { return numbered("<a class=job href=/%d>x</a>", n) },
		"json-ld: postings":            func(n int) string { return ld("[" + r(job, n) + "{}]") },
		"json-ld: postings of one address": func(n int) string {
			return ld("[" + r(`{"@type":"JobPosting","url":"https://a.example/"},`, n) + "{}]")
		},
		"json-ld: lists in lists":   func(n int) string { return ld(`["JobPosting",` + r("[", n) + r("]", n) + "]") },
		"json-ld: graphs in graphs": func(n int) string { return ld(r(`{"@graph":`, n) + `"JobPosting"` + r("}", n)) },
		"json-ld: many places": func(n int) string {
			return ld(`{"@type":"JobPosting","jobLocation":[` + numbered(`"p%d",`, n) + `""]}`)
		},
		"json-ld: many industries":   func(n int) string { return ld(`{"@type":"JobPosting","industry":[` + numbered(`"i%d",`, n) + `""]}`) },
		"json-ld: many types":        func(n int) string { return ld(`{"@type":[` + r(`"x",`, n) + `"JobPosting"]}`) },
		"json-ld: raw control signs": func(n int) string { return ld(`{"@type":"JobPosting","title":"` + r("\n", 5*n) + `"}`) },
		"json-ld: a long text":       func(n int) string { return ld(`{"@type":"JobPosting","description":"` + r("<p>a b</p>", n) + `"}`) },
		"json-ld: blocks":            func(n int) string { return r(ld(job+"x"), n/20) },
		"json: a board of nothing":   func(n int) string { return `{"jobs":[` + r("{},", n) + "{}]}" },
		"json: a list of nothing":    func(n int) string { return `[` + r("{},", n) + "{}]" },
		"json: lists in a board":     func(n int) string { return `{"jobs":[{"x":` + r("[", n) },
		"json: places":               func(n int) string { return `[{"categories":{"allLocations":[` + numbered(`"p%d",`, n) + `""]}}]` },
		"json: a feed of nothing": func(n int) string {
			return `{"version":"https://jsonfeed.org/version/1","items":[` + r("{},", n) + "{}]}"
		},
		"feed: items of nothing":   func(n int) string { return "<rss><channel>" + r("<item/>", n) + "</channel></rss>" },
		"feed: entries of nothing": func(n int) string { return "<feed>" + r("<entry/>", n) + "</feed>" },
		"feed: nested":             func(n int) string { return "<rss><channel><item>" + r("<a:b>", n) },
		"feed: nested text":        func(n int) string { return "<feed><entry><content>" + r("<b>", n) },
		"feed: entities of its own": func(n int) string {
			return `<!DOCTYPE x [<!ENTITY a "` + r("x", n) + `">]><rss><channel><item><title>` + r("&a;", n)
		},
		"feed: attributes":        func(n int) string { return "<rss " + numbered(`a%d="" `, n) + ">" },
		"feed: namespaces":        func(n int) string { return "<rss>" + numbered(`<a xmlns:n%d="x">`, n/4) },
		"feed: jobs":              func(n int) string { return "<source>" + r("<job><title>x</title></job>", n/4) + "</source>" },
		"feed: jobs in jobs":      func(n int) string { return "<source><job>" + r("<a>", n) },
		"feed: fields":            func(n int) string { return "<source><job>" + numbered("<f%d>x</f>", n/2) + "</job></source>" },
		"sitemap: nested":         func(n int) string { return "<urlset>" + r("<url>", n) },
		"sitemap: pages":          func(n int) string { return "<urlset>" + r("<url><loc>/a</loc></url>", n/4) + "</urlset>" },
		"sitemap: a long address": func(n int) string { return "<urlset><url><loc>" + r("x", 5*n) },
		"sitemap: comments":       func(n int) string { return "<urlset>" + r("<!---->", n) },
		"text: broken charsets":   func(n int) string { return r("\xff\xfe\x81\x20", n) },
		"text: GB18030":           func(n int) string { return r("\xc4\xe3\xba\xc3", n) },
		"text: UTF-16":            func(n int) string { return "\xff\xfe" + r("\x00\xd8", n) },
		"text: declarations":      func(n int) string { return r("<meta ", n) + "\xff" },
	}
}

// readers are the parsers that a crawled document meets.
func readers() map[string]func(body []byte) []talent.Posting {
	base := &url.URL{Scheme: "https", Host: "board.example", Path: "/"}
	selectors := Selectors{Item: "li, .job, p", Title: "b, a, i, span", Text: "div", Link: "a", Next: "a.next"}
	list := func(postings []talent.Posting, _ error) []talent.Posting { return postings }
	return map[string]func([]byte) []talent.Posting{
		"JSONLD": func(b []byte) []talent.Posting { return list(JSONLD(text.UTF8(b, ""), base)) },
		"HTML": func(b []byte) []talent.Posting {
			postings, _, _, _ := HTML(text.UTF8(b, ""), selectors, base)
			return postings
		},
		"Feed":       func(b []byte) []talent.Posting { return list(Feed(text.UTF8(b, ""), base)) },
		"Greenhouse": func(b []byte) []talent.Posting { return list(Greenhouse(b)) },
		"Lever":      func(b []byte) []talent.Posting { return list(Lever(b)) },
		"Ashby":      func(b []byte) []talent.Posting { return list(Ashby(b)) },
		"Sitemap": func(b []byte) []talent.Posting {
			_, _, _ = Sitemap(bytes.NewReader(text.UTF8(b, "")), 100_000)
			return nil
		},
		"PlainText": func(b []byte) []talent.Posting { return []talent.Posting{{Text: text.PlainText(string(b))}} },
		"text.Of":   func(b []byte) []talent.Posting { return []talent.Posting{{Text: text.Of(string(b))}} },
	}
}

// Twice the document costs at most two and a half times as much, and no document costs more than so many times its
// size in memory: every document meets every parser.
func TestCostOfHostileDocuments(t *testing.T) {
	const small = 40_000
	type cost struct {
		bytes uint64
		took  time.Duration
	}
	measure := func(read func([]byte) []talent.Posting, body []byte) (best cost) {
		for i := range 3 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := testenv.CPU(t)
			got := read(body)
			c := cost{took: testenv.CPU(t) - began}
			runtime.ReadMemStats(&after)
			c.bytes = after.TotalAlloc - before.TotalAlloc
			if len(got) > mostPostings {
				t.Errorf("%d postings", len(got))
			}
			if i == 0 || c.took < best.took {
				best.took = c.took
			}
			if i == 0 || c.bytes < best.bytes {
				best.bytes = c.bytes
			}
			if best.took < 20*time.Millisecond { // too little to be superlinear
				break
			}
		}
		return best
	}
	for name, document := range documents() {
		one, two := []byte(document(small)), []byte(document(2*small))
		for parser, read := range readers() {
			a, b := measure(read, one), measure(read, two)
			// Below a second nothing of this size is quadratic, and the collector's work would tip the scales.
			if b.took > time.Second && float64(b.took) > 3*float64(a.took) {
				t.Errorf("%s, %s: %s, and %s for a document twice as large", parser, name, a.took, b.took)
			}
			if b.bytes > 4<<20 && float64(b.bytes) > 2.5*float64(max(a.bytes, 2<<20)) {
				t.Errorf("%s, %s: %d bytes of memory, and %d for a document twice as large", parser, name, a.bytes, b.bytes)
			}
			if most := uint64(16<<20 + 300*len(two)); b.bytes > most {
				t.Errorf("%s, %s: %d bytes of memory for %d", parser, name, b.bytes, len(two))
			}
		}
	}
}

// The tree of an ordinary page is what a browser makes of it, as far as selectors can tell.
func TestTreeOfAPage(t *testing.T) {
	for page, want := range map[string]string{
		"<title>a</title><p>b<p>c":                       "<html><head><title>a</title></head><body><p>b</p><p>c</p></body></html>",
		"<ul><li>a<li>b<ul><li>c</ul></ul>d":             "<html><head></head><body><ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>d</body></html>",
		"<table><tr><td>a<td>b<tr><td>c</table>":         "<html><head></head><body><table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table></body></html>",
		"<table><tr><td><table><td>x</table>y</table>":   "<html><head></head><body><table><tbody><tr><td><table><tbody><tr><td>x</td></tr></tbody></table>y</td></tr></tbody></table></body></html>",
		"<dl><dt>a<dd>b<dt>c</dl>":                       "<html><head></head><body><dl><dt>a</dt><dd>b</dd><dt>c</dt></dl></body></html>",
		"<body class=x><div><br>a<img src=b>c</div></b>": `<html><head></head><body class="x"><div><br/>a<img src="b"/>c</div></body></html>`,
		"<svg><path/><g>a</g></svg><div/>b":              "<html><head></head><body><svg><path></path><g>a</g></svg><div>b</div></body></html>",
		"<a href=1>x<a href=2>y</a>":                     `<html><head></head><body><a href="1">x</a><a href="2">y</a></body></html>`,
		"<head><script>a<b</script></head><p>c":          "<html><head><script>a<b</script></head><body><p>c</p></body></html>",
		"<textarea><b></textarea>&lt;":                   "<html><head></head><body><textarea>&lt;b&gt;</textarea>&lt;</body></html>",
	} {
		root, err := parseHTML([]byte(page))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := html.Render(&b, root); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%s\n got %s\nwant %s", page, b.String(), want)
		}
		std, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		b.Reset()
		if err := html.Render(&b, std); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%s: the standard says %s", page, b.String())
		}
	}
}
