package clickhouse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestCrawlRunsAndSources(t *testing.T) {
	s := testenv.Store(t)
	at := func(h int) time.Time { return time.Date(2026, 11, 24, h, 0, 0, 123e6, time.UTC) }
	first := talent.CrawlRun{ID: "1", Source: "a", Outcome: talent.RunPartial, Reason: "2 pages failed", Started: at(1), Ended: at(2), Listed: 10, Fetched: 5,
		NotModified: 3, Failed: 2, Disallowed: 1, Postings: 8, BytesReceived: 5 << 30}
	second := talent.CrawlRun{ID: "2", Source: "a", Outcome: talent.RunEmpty, Started: at(3), Ended: at(4)}
	other := talent.CrawlRun{ID: "3", Source: "b", Outcome: talent.RunFailed, Reason: "不可达", Started: at(1), Ended: at(1)}
	for range 2 { // writing a run again changes nothing
		if err := s.PutCrawlRuns(t.Context(), second, first, other); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Runs(t.Context(), "a", 10)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]talent.CrawlRun{second, first}, got); d != "" {
		t.Errorf("runs of a: %s", d)
	}
	if got, err := s.Runs(t.Context(), "a", 1); err != nil || len(got) != 1 || got[0].ID != "2" {
		t.Errorf("latest run of a: %+v, %v", got, err)
	}
	last, err := s.LastRuns(t.Context())
	if d := cmp.Diff(map[string]talent.CrawlRun{"a": second, "b": other}, last); d != "" || err != nil {
		t.Errorf("last runs: %s %v", d, err)
	}
	if run, ended, err := s.CrawlRunEnded(t.Context(), "3"); err != nil || !ended || run.Reason != "不可达" {
		t.Errorf("run 3: %+v %v %v", run, ended, err)
	}
	if _, ended, err := s.CrawlRunEnded(t.Context(), "4"); err != nil || ended {
		t.Errorf("run 4 ended: %v %v", ended, err)
	}

	a := talent.SourceInfo{Name: "a", Kind: "site", URL: "https://jobs.example/", Schedule: "@daily", Grain: talent.Week}
	if err := s.PutSources(t.Context(), a, talent.SourceInfo{Name: "b", Kind: "dump", Grain: talent.Month}); err != nil {
		t.Fatal(err)
	}
	a.Note = "terms allow it"
	if err := s.PutSources(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	sources, err := s.Sources(t.Context())
	if err != nil || len(sources) != 2 || sources[0] != a || sources[1].Kind != "dump" {
		t.Errorf("sources: %+v, %v", sources, err)
	}
}

func TestPages(t *testing.T) {
	s := testenv.Store(t)
	seen := time.Date(2026, 11, 24, 1, 2, 3, 456e6, time.UTC)
	const n = 10_005 // more than one insert
	pages := make([]talent.Page, n)
	for i := range pages {
		pages[i] = talent.Page{Source: "a", URL: fmt.Sprintf("https://jobs.example/%d?q=职位", i), ETag: `W/"1"`, LastModified: "x", ContentHash: "h", FirstSeen: seen, LastSeen: seen, Status: 200}
	}
	if err := s.PutPages(t.Context(), pages); err != nil {
		t.Fatal(err)
	}
	changed := pages[7]
	changed.ContentHash, changed.LastSeen, changed.Status = "h2", seen.Add(time.Hour), 304
	if err := s.PutPages(t.Context(), []talent.Page{changed, {Source: "b", URL: "u", FirstSeen: seen, LastSeen: seen}}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Pages(t.Context(), "a")
	if err != nil || len(got) != n {
		t.Fatalf("%d pages, %v", len(got), err)
	}
	if d := cmp.Diff(changed, got[changed.URL]); d != "" {
		t.Errorf("changed page: %s", d)
	}
	if d := cmp.Diff(pages[n-1], got[pages[n-1].URL]); d != "" {
		t.Errorf("last page: %s", d)
	}
	if none, err := s.Pages(t.Context(), "c"); err != nil || len(none) != 0 {
		t.Errorf("unknown source: %v, %v", none, err)
	}
}
