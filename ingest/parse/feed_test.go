package parse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestFeed(t *testing.T) {
	day := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, body string
		want       []talent.Posting
	}{
		{"rss", `<?xml version="1.0"?><rss version="2.0" xmlns:job_listing="https://board.example/ns"><channel><title>Jobs</title>
			<item><title>ML engineer &amp; tutor</title><link>/jobs/1</link><guid isPermaLink="false">j-1</guid><pubDate>Sun, 01 Mar 2026 08:00:00 GMT</pubDate>
			<description>&lt;p&gt;Build models.&lt;/p&gt;</description><job_listing:company>Sample Works</job_listing:company><job_listing:location>Graz</job_listing:location></item>
			<item><title>Cook</title><link>https://board.example/jobs/2</link><company>示例餐饮</company><salary>8-10k</salary></item>
			<item></item></channel></rss>`,
			[]talent.Posting{
				{Key: "j-1", URL: "https://board.example/jobs/1", Title: "ML engineer & tutor", Employer: "Sample Works", Location: "Graz", Text: "Build models.", PostedAt: day},
				{Key: "https://board.example/jobs/2", URL: "https://board.example/jobs/2", Title: "Cook", Employer: "示例餐饮", Salary: "8-10k"},
			}},
		{"labelled lines", `<rss version="2.0"><channel><item><guid>1</guid><title>后端工程师</title><description>公司：示例科技
工作地点：成都
薪资：20-30k
学历要求：本科
介绍：公司：另一家</description></item></channel></rss>`,
			[]talent.Posting{{Key: "1", Title: "后端工程师", Employer: "示例科技", Location: "成都", Salary: "20-30k", Education: "本科",
				Text: "公司：示例科技\n工作地点：成都\n薪资：20-30k\n学历要求：本科\n介绍：公司：另一家"}}},
		{"title confirmed by the text", `<rss version="2.0"><channel><item><guid>1</guid><title>Head of Data — Sample Works</title><description>Sample Works · Oslo, Norway · board</description></item>
			<item><guid>2</guid><title>Head of Data — Europe</title><description>Wanted · now</description></item></channel></rss>`,
			[]talent.Posting{
				{Key: "1", Title: "Head of Data", Employer: "Sample Works", Location: "Oslo, Norway", Text: "Sample Works · Oslo, Norway · board"},
				{Key: "2", Title: "Head of Data — Europe", Text: "Wanted · now"},
			}},
		{"atom", `<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><id>urn:1</id><title>Cook</title><link href="https://board.example/1"/>
			<updated>2026-03-01T08:00:00Z</updated><summary>short</summary><content type="html">&lt;p&gt;long text&lt;/p&gt;</content></entry></feed>`,
			[]talent.Posting{{Key: "urn:1", URL: "https://board.example/1", Title: "Cook", Text: "long text", PostedAt: day}}},
		{"no items", `<rss version="2.0"><channel><title>x</title></channel></rss>`, []talent.Posting{}},
		{"aggregator", `<?xml version="1.0" encoding="utf-8"?><source><publisher>Board</publisher>
			<job><title><![CDATA[Cook & baker]]></title><date><![CDATA[Sun, 01 Mar 2026 08:00:00 GMT]]></date><referencenumber>R1</referencenumber><url>/r1</url>
			<company>Sample Works</company><city>Graz</city><state>Styria</state><country>AT</country><description><![CDATA[<p>Cook <b>well</b>.</p>]]></description>
			<salary>2000 EUR</salary><education>none</education><experience>2 years</experience><expirationdate>2026-04-01</expirationdate><vacancies>2</vacancies></job>
			<job><title>No reference</title><url>https://board.example/2</url><location>Linz<x>!</x></location></job><job></job></source>`,
			[]talent.Posting{
				{Key: "R1", URL: "https://board.example/r1", Title: "Cook & baker", Employer: "Sample Works", Location: "Graz, Styria, AT", Text: "Cook well.", Salary: "2000 EUR",
					Education: "none", Experience: "2 years", Openings: 2, PostedAt: day, ValidThrough: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)},
				{Key: "https://board.example/2", URL: "https://board.example/2", Title: "No reference", Location: "Linz!"},
			}},
	} {
		got, err := parse.Feed([]byte(c.body), address(t, "https://board.example/feed.xml"))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestFeedCharset: a feed is decoded once, whether or not the caller did it before and whatever it declares.
func TestFeedCharset(t *testing.T) {
	feed := `<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel><item><guid>1</guid><title>算法工程师</title></item></channel></rss>`
	for name, body := range map[string][]byte{"raw": testenv.Encode(t, feed, "gbk"), "decoded before": []byte(feed), "with a mark": []byte("\xef\xbb\xbf" + feed)} {
		got, err := parse.Feed(body, nil)
		if err != nil || len(got) != 1 || got[0].Title != "算法工程师" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestFeedRefuses(t *testing.T) {
	for name, body := range map[string]string{"html": "<!DOCTYPE html><html><body>login</body></html>", "empty": "", "text": "hello", "json": `{"a":1}`} {
		if got, err := parse.Feed([]byte(body), nil); err == nil {
			t.Errorf("%s was taken for a feed: %+v", name, got)
		}
	}
	got, err := parse.Feed([]byte(`<source><job><title>Cook</title></job><job><title>Ba`), nil)
	if len(got) != 1 || err == nil || !strings.Contains(err.Error(), "after 1 jobs") {
		t.Errorf("an aggregator's XML that breaks off: %+v, %v", got, err)
	}
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte(`<rss version="2.0"><channel><item><title>a</title><link>/1</link><pubDate>Sun, 01 Mar 2026 08:00:00 GMT</pubDate></item></channel></rss>`))
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>a</title></entry></feed>`))
	f.Add([]byte(`<source><job><title>a</title><city>b</city></job><job><x><y></source>`))
	f.Add([]byte(`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"a"}]}`))
	base := address(f, "https://board.example/feed")
	f.Fuzz(func(t *testing.T, body []byte) {
		postings, _ := parse.Feed(body, base)
		for _, p := range postings {
			testenv.CheckPosting(t, p)
		}
	})
}
