package parse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

const board = `<html><body>
<div class="job"><a class="t" href="/job/1">算法工程师</a><span class="co">示例科技</span><span class="where">成都 <i>高新区</i></span>
  <time datetime="2026-03-01T08:00:00+08:00">昨天</time><b class="pay">20-30k</b><div class="text"><p>熟悉 PyTorch</p><p>五年经验</p></div></div>
<div class="job"><a class="t" href="job/2?x=1#top">Data engineer</a><span class="co">  Sample
  Works </span><time>3天前</time></div>
<div class="job"><a class="t" href="mailto:jobs@board.example"> </a></div>
<div class="job"><span class="t">No link</span></div>
<a rel="next" href="?page=2">next</a><a rel="next" href="?page=9">last</a></body></html>`

func TestHTML(t *testing.T) {
	s := parse.Selectors{Item: "div.job", Title: ".t", Employer: ".co", Location: ".where", Date: "time", Salary: ".pay", Text: ".text",
		Link: "a.t", Next: "a[rel=next]", Reference: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	postings, links, next, err := parse.HTML([]byte(board), s, address(t, "https://board.example/list/?page=1"))
	if err != nil {
		t.Fatal(err)
	}
	want := []talent.Posting{
		{Key: "https://board.example/job/1", URL: "https://board.example/job/1", Title: "算法工程师", Employer: "示例科技", Location: "成都 高新区", Salary: "20-30k",
			Text: "熟悉 PyTorch\n\n五年经验", PostedAt: time.Date(2026, 3, 1, 8, 0, 0, 0, time.FixedZone("", 8*3600))},
		{Key: "https://board.example/list/job/2?x=1#top", URL: "https://board.example/list/job/2?x=1#top", Title: "Data engineer", Employer: "Sample Works",
			PostedAt: time.Date(2026, 2, 27, 0, 0, 0, 0, time.UTC)},
		{Key: postings[len(postings)-1].Key, URL: "https://board.example/list/?page=1", Title: "No link"},
	}
	if d := cmp.Diff(want, postings); d != "" {
		t.Error(d)
	}
	if !strings.HasPrefix(postings[2].Key, "https://board.example/list/?page=1#") {
		t.Errorf("key of an item without link: %q", postings[2].Key)
	}
	if d := cmp.Diff([]string{"https://board.example/job/1", "https://board.example/list/job/2?x=1#top"}, links); d != "" {
		t.Error(d)
	}
	if next != "https://board.example/list/?page=2" {
		t.Errorf("next = %q", next)
	}
	s.Reference = time.Time{}
	postings, _, _, err = parse.HTML([]byte(board), s, nil)
	if err != nil || !postings[1].PostedAt.IsZero() {
		t.Errorf("a relative date was read without a reference: %v, %v", postings[1].PostedAt, err)
	}
}

func TestHTMLForms(t *testing.T) {
	base := address(t, "https://board.example/a/job.html")
	for _, c := range []struct {
		name, html string
		s          parse.Selectors
		check      func(p []talent.Posting, links []string, next string) bool
	}{
		{"page is one posting", `<h1>Cook</h1><meta name="date" content="2026-03-01">`, parse.Selectors{Title: "h1", Date: "meta[name=date]@content"},
			func(p []talent.Posting, _ []string, _ string) bool {
				return len(p) == 1 && p[0].Key == base.String() && p[0].PostedAt.Day() == 1
			}},
		{"links only", `<a class=j href=1>x</a><a class=j href=/2>y</a><a class=j href=1>x</a><a href=3>z</a>`, parse.Selectors{Link: "a.j"},
			func(p []talent.Posting, links []string, _ string) bool {
				return len(p) == 0 && strings.Join(links, " ") == "https://board.example/a/1 https://board.example/2"
			}},
		{"items are links", `<a class=j href=1><b>Cook</b></a><a class=j href=2><b>Baker</b></a>`, parse.Selectors{Item: "a.j", Title: "b", Link: "a.j"},
			func(p []talent.Posting, links []string, _ string) bool {
				return len(p) == 2 && len(links) == 2 && p[1].Key == "https://board.example/a/2"
			}},
		{"base element", `<base href="https://cdn.example/x/"><a class=j href=1>Cook</a>`, parse.Selectors{Title: "a", Link: "a"},
			func(_ []talent.Posting, links []string, _ string) bool {
				return len(links) == 1 && links[0] == "https://cdn.example/x/1"
			}},
		{"link in an attribute", `<div class=j data-href="/7">Cook</div>`, parse.Selectors{Item: ".j", Title: ".j", Link: ".j@data-href"},
			func(p []talent.Posting, _ []string, _ string) bool {
				return len(p) == 1 && p[0].URL == "https://board.example/7"
			}},
		{"no match", `<p>empty board</p>`, parse.Selectors{Item: ".j", Title: "b", Next: ".n"},
			func(p []talent.Posting, links []string, next string) bool {
				return len(p)+len(links) == 0 && next == ""
			}},
		{"relative date in time element without attribute", `<div class=j><b>Cook</b><time>2026/3/1</time></div>`, parse.Selectors{Item: ".j", Title: "b", Date: "time"},
			func(p []talent.Posting, _ []string, _ string) bool { return len(p) == 1 && !p[0].PostedAt.IsZero() }},
	} {
		postings, links, next, err := parse.HTML([]byte(c.html), c.s, base)
		if err != nil || !c.check(postings, links, next) {
			t.Errorf("%s: %+v %q %q %v", c.name, postings, links, next, err)
		}
		for _, p := range postings {
			testenv.CheckPosting(t, p)
		}
	}
}

func TestSelectorsValidate(t *testing.T) {
	for _, c := range []struct {
		s    parse.Selectors
		want string
	}{
		{parse.Selectors{}, "title"},
		{parse.Selectors{Title: "div["}, "selectors.title"},
		{parse.Selectors{Title: "h1", Next: "a:nope("}, "selectors.next"},
		{parse.Selectors{Title: "h1", Link: "a@data-href, "}, "selectors.link"},
	} {
		if err := c.s.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.s, err, c.want)
		}
		if _, _, _, err := parse.HTML([]byte("<p>"), c.s, nil); err == nil {
			t.Errorf("%+v was used", c.s)
		}
	}
	var s parse.Selectors
	if err := yaml.Unmarshal([]byte("item: li.job\ntitle: h2\nemployer: .e\nlocation: .l\ndate: time@datetime\nsalary: .s\ntext: .x\nlink: a\nnext: a.next"), &s); err != nil {
		t.Fatal(err)
	}
	if s != (parse.Selectors{Item: "li.job", Title: "h2", Employer: ".e", Location: ".l", Date: "time@datetime", Salary: ".s", Text: ".x", Link: "a", Next: "a.next"}) {
		t.Errorf("from YAML: %+v", s)
	}
}
