package parse_test

import (
	"io"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testenv.Shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// site unpacks the files of a real board.
func site(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for h, r := range testenv.Archive(t, "data/postings/rebase-board-zh/site.tar.gz") {
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(path.Clean(h.Name), "site/")] = b
	}
	return files
}

// TestRealBoard reads a whole board in three ways that must agree: its pages, its sitemap and its feed.
func TestRealBoard(t *testing.T) {
	files := site(t)
	host, err := url.Parse("https://hire.rebase.network/")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]talent.Posting{}
	employers, places := 0, 0
	for name, html := range files {
		if !strings.HasPrefix(name, "jobs/") || !strings.HasSuffix(name, ".html") {
			continue
		}
		base := host.JoinPath(name)
		postings, err := parse.JSONLD(html, base)
		if err != nil || len(postings) != 1 {
			t.Fatalf("%s: %d postings, %v", name, len(postings), err)
		}
		p := postings[0]
		if p.Title == "" || p.Text == "" || p.PostedAt.IsZero() || p.Key != base.String() {
			t.Errorf("%s: title, text, date or key is missing: %+v", name, p)
		}
		// The page shows what its data say; counting the data's own properties is the other way to the figure.
		if got := strings.Contains(string(html), `"hiringOrganization"`); got != (p.Employer != "") {
			t.Errorf("%s: employer %q, stated %v", name, p.Employer, got)
		}
		remote := strings.Contains(string(html), `"TELECOMMUTE"`)
		if got := strings.Contains(string(html), `"jobLocation":`); (got || remote) != (p.Location != "") {
			t.Errorf("%s: place %q, stated %v", name, p.Location, got)
		}
		if p.Employer != "" {
			employers++
		}
		if p.Location != "" {
			places++
		}
		pages[p.Key] = p
	}
	if len(pages) != 875 || employers != 785 || places < 821 {
		t.Errorf("%d postings, %d employers, %d places; want 875, 785, at least 821", len(pages), employers, places)
	}

	urls, indexes, err := parse.Sitemap(strings.NewReader(string(files["sitemap.xml"])), 50_000)
	if err != nil || len(indexes) != 0 {
		t.Fatal(indexes, err)
	}
	listed := 0
	for _, u := range urls {
		if _, ok := pages[u.Loc]; ok {
			listed++
			if u.LastMod.IsZero() {
				t.Errorf("%s: no date of change", u.Loc)
			}
		}
	}
	if listed != 875 {
		t.Errorf("the sitemap lists %d of the pages", listed)
	}

	feed, err := parse.Feed(files["feed.xml"], host)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range feed {
		p, ok := pages[f.Key]
		if !ok {
			t.Errorf("%s: in the feed, no page", f.Key)
			continue
		}
		if f.Title != p.Title || f.Employer != p.Employer || f.PostedAt.Unix() < p.PostedAt.Unix() { // the feed is dated by the last change
			t.Errorf("feed and page differ: %q %q %s / %q %q %s", f.Title, f.Employer, f.PostedAt, p.Title, p.Employer, p.PostedAt)
		}
	}
	if len(feed) != 875 {
		t.Errorf("%d postings in the feed", len(feed))
	}
}

func TestRealFeedOfATS(t *testing.T) {
	postings, err := parse.Feed(read(t, "data/fixtures/rss/open-jobs-data_new-jobs.xml"), nil)
	if err != nil || len(postings) != 833 {
		t.Fatal(len(postings), err)
	}
	for _, p := range postings {
		if p.Title == "" || p.Employer == "" || strings.Contains(p.Title, " — "+p.Employer) || p.PostedAt.IsZero() {
			t.Errorf("posting = %+v", p)
		}
	}
}

func TestRealATS(t *testing.T) {
	for name, c := range map[string]struct {
		read     func([]byte) ([]talent.Posting, error)
		employer bool
	}{
		"greenhouse": {parse.Greenhouse, true}, "lever": {parse.Lever, false}, "ashby": {parse.Ashby, false},
	} {
		postings, err := c.read(read(t, "data/fixtures/ats/"+name+".json"))
		if err != nil || len(postings) != 2 {
			t.Fatalf("%s: %d, %v", name, len(postings), err)
		}
		for _, p := range postings {
			if p.Key == "" || p.URL == "" || p.Title == "" || p.Location == "" || p.PostedAt.IsZero() || len(p.Text) < 1000 || (p.Employer != "") != c.employer {
				t.Errorf("%s: %+v", name, p)
			}
			if regexp.MustCompile(`</?(p|div|li|ul|span|strong)\b|&(amp|lt|gt|nbsp|quot);`).MatchString(p.Text) {
				t.Errorf("%s: markup is left in the text", name)
			}
		}
	}
}

// TestRealThread reads a nested discussion page by selectors.
func TestRealThread(t *testing.T) {
	base, err := url.Parse("https://news.example/item?id=18807017")
	if err != nil {
		t.Fatal(err)
	}
	s := parse.Selectors{Item: "tr.athing.comtr", Title: "span.commtext", Text: "span.commtext", Link: "span.age a", Employer: "a.hnuser"}
	html := read(t, "data/fixtures/hn-threads/hn_who_is_hiring_2019-Jan.html")
	postings, links, _, err := parse.HTML(html, s, base)
	if err != nil {
		t.Fatal(err)
	}
	comments := strings.Count(string(html), `class="commtext`)
	if len(postings) != comments || len(links) < comments {
		t.Errorf("%d postings and %d links of %d comments", len(postings), len(links), comments)
	}
	keys := map[string]bool{}
	for _, p := range postings {
		if !strings.HasPrefix(p.URL, "https://news.example/item?id=") && !strings.HasPrefix(p.URL, "https://news.ycombinator.com/item?id=") {
			t.Errorf("address %q", p.URL)
		}
		keys[p.Key] = true
	}
	if len(keys) != len(postings) {
		t.Errorf("%d keys of %d postings", len(keys), len(postings))
	}
}

// BenchmarkJSONLD reports pages a second on one core over a real board.
func BenchmarkJSONLD(b *testing.B) {
	base, err := url.Parse("https://board.example/jobs/1.html")
	if err != nil {
		b.Fatal(err)
	}
	var pages [][]byte
	size := 0
	for name, html := range site(b) {
		if strings.HasPrefix(name, "jobs/") && strings.HasSuffix(name, ".html") {
			pages = append(pages, html)
			size += len(html)
		}
	}
	b.SetBytes(int64(size / len(pages)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := parse.JSONLD(pages[n%len(pages)], base); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "pages/s")
}
