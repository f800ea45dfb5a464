package crawl

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

func TestValidateNamesSourceAndField(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{`{name: a, kind: site, url: "https://jobs.example/"}`, ""},
		{`{name: a, kind: greenhouse, board: acme}`, ""},
		{`{name: 招聘, kind: lever, board: acme, schedule: "30 3 * * 1", grain: month, rate: 2}`, ""},
		{`{name: a, kind: site, url: "http://127.0.0.1:8080/", rate: 100000}`, ""},
		{`{name: a, kind: site, url: "https://jobs.example/", rate: 100000, host_map: {jobs.example: "127.0.0.1:8080"}}`, ""},
		{`{kind: site, url: "https://jobs.example/"}`, "source without a name: name:"},
		{`{name: a/b, kind: site, url: "https://jobs.example/"}`, "source a/b: name:"},
		{`{name: a, kind: sitemap, url: "https://jobs.example/"}`, `source a: kind: "sitemap" is none of site, html`},
		{`{name: a, kind: site}`, "source a: url:"},
		{`{name: a, kind: site, url: "ftp://jobs.example/"}`, "source a: url:"},
		{`{name: a, kind: site, url: "https://u:p@jobs.example/"}`, "source a: url:"},
		{`{name: a, kind: site, board: acme}`, "source a: url: board is for"},
		{`{name: a, kind: lever, board: acme, url: "https://api.lever.co/"}`, "source a: url:"},
		{`{name: a, kind: lever, board: "../x"}`, "source a: url: board"},
		{`{name: a, kind: site, url: "https://jobs.example/", schedule: "TZ="}`, "source a: schedule: times are UTC"},
		{`{name: a, kind: site, url: "https://jobs.example/", schedule: "CRON_TZ=Asia/Shanghai 0 3 * * *"}`, "source a: schedule: times are UTC"},
		{`{name: a, kind: site, url: "https://jobs.example/", schedule: "daily"}`, "source a: schedule:"},
		{`{name: a, kind: site, url: "https://jobs.example/", schedule: "@every 10ms"}`, "source a: schedule:"},
		{`{name: a, kind: site, url: "https://jobs.example/", schedule: "0 0 30 2 *"}`, "source a: schedule:"},
		{`{name: a, kind: site, url: "https://jobs.example/", grain: day}`, "source a: grain:"},
		{`{name: a, kind: site, url: "https://jobs.example/", include: "("}`, "source a: include:"},
		{`{name: a, kind: site, url: "https://jobs.example/", max_pages: -1}`, "source a: max_pages:"},
		{`{name: a, kind: site, url: "https://jobs.example/", rate: -1}`, "source a: rate:"},
		{`{name: a, kind: site, url: "https://jobs.example/", rate: .nan}`, "source a: rate:"},
		{`{name: a, kind: site, url: "https://jobs.example/", rate: 11}`, "source a: rate: 11: jobs.example may be asked"},
		{`{name: a, kind: site, url: "http://127.0.0.1/", rate: 11, host_map: {x.example: y.example}}`, "source a: rate:"},
		{`{name: a, kind: site, url: "https://jobs.example/", host_map: {jobs.example: "127.0.0.1:80/x"}}`, "source a: host_map:"},
		{`{name: a, kind: html, url: "https://jobs.example/"}`, "source a: selectors:"},
		{`{name: a, kind: html, url: "https://jobs.example/", selectors: {item: li, title: h2}, detail: {title: h1}}`, "source a: detail:"},
	} {
		var s Source
		if err := yaml.Unmarshal([]byte(c.yaml), &s); err != nil {
			t.Fatal(err)
		}
		err := s.Validate()
		if (c.want == "") != (err == nil) || (err != nil && !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.yaml, err, c.want)
		}
	}
	if _, err := NewScheduler([]Source{{Name: "a", Kind: KindLever, Board: "x"}, {Name: "a", Kind: KindLever, Board: "y"}}, nil, nil, nil); err == nil {
		t.Error("two sources of one name were accepted")
	}
}

func TestBoardURLs(t *testing.T) {
	for kind, want := range map[string]string{
		KindGreenhouse: "https://boards-api.greenhouse.io/v1/boards/acme/jobs?content=true",
		KindLever:      "https://api.lever.co/v0/postings/acme?mode=json",
		KindAshby:      "https://api.ashbyhq.com/posting-api/job-board/acme?includeCompensation=true",
	} {
		p, err := prepare(Source{Name: "a", Kind: kind, Board: "acme"})
		if err != nil || p.url.String() != want || p.Employer != "acme" {
			t.Errorf("%s: %v, %v", kind, p, err)
		}
	}
}

func TestHosts(t *testing.T) {
	p, err := prepare(Source{Name: "a", Kind: KindSite, URL: "https://www.jobs.example.co.uk/", HostMap: map[string]string{"Mirror.example": "127.0.0.1:8080", "far.example": "https://near.example"}})
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{
		"https://mirror.example/x?y=1":   "http://127.0.0.1:8080/x?y=1",
		"http://far.example/x":           "https://near.example/x",
		"https://www.jobs.example.co.uk": "https://www.jobs.example.co.uk",
	} {
		if got := p.served(mustURL(t, raw)).String(); got != want {
			t.Errorf("%s is served by %s, want %s", raw, got, want)
		}
	}
	for raw, want := range map[string]bool{
		"https://mirror.example/": true, "https://jobs.example.co.uk/": true, "https://other.example.co.uk/": true,
		"https://other.co.uk/": false, "https://evil.example/": false, "mailto:a@jobs.example.co.uk": false, "http://127.0.0.1/": false,
	} {
		if got := p.sameSite(mustURL(t, raw)); got != want {
			t.Errorf("sameSite(%s) = %v", raw, got)
		}
	}
	local, err := prepare(Source{Name: "a", Kind: KindSite, URL: "http://127.0.0.1:8080/"})
	if err != nil || !local.sameSite(mustURL(t, "http://127.0.0.1:8080/x")) || local.sameSite(mustURL(t, "http://10.0.0.1:8080/")) || local.sameSite(mustURL(t, "http://127.0.0.1:9/")) {
		t.Errorf("addresses in digits are sites of their own: %v", err)
	}
	for raw, want := range map[string]string{"http://A.example:80/": "a.example", "https://a.example:443": "a.example", "http://a.example:443": "a.example:443", "http://[::1]:8080/": "[::1]:8080"} {
		if got := hostKey(mustURL(t, raw)); got != want {
			t.Errorf("hostKey(%s) = %s, want %s", raw, got, want)
		}
	}
}

func TestConclude(t *testing.T) {
	u, _ := url.Parse("https://jobs.example/")
	for _, c := range []struct {
		name  string
		tally tally
		want  talent.RunOutcome
	}{
		{"all read", tally{listed: 2, fetched: 1, notModified: 1, holding: 2}, talent.RunComplete},
		{"nothing changed", tally{listed: 2, notModified: 2, holding: 2}, talent.RunComplete},
		{"nothing listed", tally{}, talent.RunEmpty},
		{"pages without postings", tally{listed: 2, fetched: 2}, talent.RunEmpty},
		{"empty pages and one failure", tally{listed: 2, fetched: 1, failed: 1}, talent.RunPartial},
		{"one failure", tally{listed: 2, fetched: 1, failed: 1, holding: 1}, talent.RunPartial},
		{"capped", tally{listed: 2, fetched: 1, holding: 1, capped: true}, talent.RunPartial},
		{"malformed", tally{listed: 1, fetched: 1, holding: 1, malformed: 1}, talent.RunPartial},
		{"sitemap missing", tally{listed: 1, fetched: 1, holding: 1, unlisted: 1}, talent.RunPartial},
		{"all failed", tally{listed: 2, failed: 2}, talent.RunFailed},
		{"failed and disallowed", tally{listed: 2, failed: 1, disallowed: 1}, talent.RunFailed},
		{"told to wait at once", tally{listed: 2, stopped: "later"}, talent.RunFailed},
		{"all gone", tally{listed: 2, gone: 2}, talent.RunFailed},
		{"some gone", tally{listed: 2, fetched: 1, holding: 1, gone: 1}, talent.RunComplete},
		{"no way in", tally{entry: errors.New("404")}, talent.RunFailed},
		{"all forbidden", tally{listed: 2, disallowed: 2}, talent.RunDisallowed},
		{"some forbidden", tally{listed: 2, disallowed: 1, fetched: 1, holding: 1}, talent.RunComplete},
	} {
		c.tally.failure(u, errors.New("boom"))
		got, notes := conclude(c.tally, false)
		if got != c.want || len(notes) == 0 {
			t.Errorf("%s: %s (%v), want %s", c.name, got, notes, c.want)
		}
	}
	if got, _ := conclude(tally{entry: errDisallowed}, true); got != talent.RunDisallowed {
		t.Errorf("forbidden entry: %s", got)
	}
}

// TestRunsAreSaidInBothLanguages: whatever a run has to say, both languages say it, and Chinese in Chinese.
func TestRunsAreSaidInBothLanguages(t *testing.T) {
	all := tally{Report: outbox.Report{Sent: 1, Masked: 2, Cut: 3, Refused: 1, First: "详情"}, listed: 9, fetched: 1, notModified: 2, failed: 3, disallowed: 1, holding: 1, gone: 2,
		malformed: 1, offSite: 2, resumed: 1, unlisted: 2, capped: true, stopped: "详情", firstFailure: "详情", firstMalformed: "详情"}
	english := regexp.MustCompile(`[A-Za-z]{3,}`)
	said := map[string]bool{}
	for _, c := range []struct {
		tally tally
		entry bool
	}{{all, false}, {tally{entry: errors.New("详情")}, false}, {tally{entry: errors.New("详情")}, true}, {tally{disallowed: 1}, false}, {tally{failed: 1, firstFailure: "详情"}, false}, {tally{}, false}} {
		outcome, notes := conclude(c.tally, c.entry)
		for lang, text := range mustTexts(t) {
			words := text.RunReason(talent.CrawlRun{Outcome: outcome, Notes: notes})
			if strings.Contains(words, "⟦") || lang == "zh" && english.MatchString(strings.NewReplacer("robots.txt", "", "KiB", "", "host_map", "", "max_pages", "").Replace(words)) {
				t.Errorf("%s: %s", lang, words)
			}
		}
		for _, n := range notes {
			said[n.Code] = true
		}
	}
	for key := range mustTexts(t)["zh"] {
		if code, ok := strings.CutPrefix(key, "run.note."); ok && code != "joint" && !said[code] {
			t.Errorf("no run says %s", code)
		}
	}
}

func mustTexts(t *testing.T) map[string]words.Messages {
	t.Helper()
	all, err := words.LoadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
