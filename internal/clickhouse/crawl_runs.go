package clickhouse

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutCrawlRuns records runs; writing one again changes nothing.
func (s *Store) PutCrawlRuns(ctx context.Context, runs ...talent.CrawlRun) error {
	return insert(ctx, s, "crawl runs", "", `INSERT INTO crawl_runs (id, source, outcome, reason, notes, started, ended, listed, fetched,
		not_modified, failed, disallowed, postings, bytes_received)`, len(runs),
		func(i int) []any {
			r := runs[i]
			return []any{r.ID, r.Source, string(r.Outcome), talent.Public(r.Reason), encodeNotes(r.Notes), r.Started, r.Ended, uint32(r.Listed), uint32(r.Fetched),
				uint32(r.NotModified), uint32(r.Failed), uint32(r.Disallowed), uint32(r.Postings), uint64(r.BytesReceived)}
		})
}

// runRow is a row of crawl_runs.
type runRow struct {
	ID          string    `ch:"id"`
	Source      string    `ch:"source"`
	Outcome     string    `ch:"outcome"`
	Reason      string    `ch:"reason"`
	Notes       string    `ch:"notes"`
	Started     time.Time `ch:"started"`
	Ended       time.Time `ch:"ended"`
	Listed      uint32    `ch:"listed"`
	Fetched     uint32    `ch:"fetched"`
	NotModified uint32    `ch:"not_modified"`
	Failed      uint32    `ch:"failed"`
	Disallowed  uint32    `ch:"disallowed"`
	Postings    uint32    `ch:"postings"`
	Bytes       uint64    `ch:"bytes_received"`
}

const runColumns = "id, source, outcome, reason, notes, started, ended, listed, fetched, not_modified, failed, disallowed, postings, bytes_received"

func (s *Store) runs(ctx context.Context, query string, args ...any) ([]talent.CrawlRun, error) {
	got, err := rows[runRow](ctx, s, "crawl runs", query, args...)
	if err != nil {
		return nil, err
	}
	out := make([]talent.CrawlRun, len(got))
	for i, r := range got {
		out[i] = talent.CrawlRun{ID: r.ID, Source: r.Source, Outcome: talent.RunOutcome(r.Outcome), Reason: talent.Public(r.Reason), Notes: decodeNotes(r.Notes),
			Started: r.Started, Ended: r.Ended, Listed: int(r.Listed), Fetched: int(r.Fetched), NotModified: int(r.NotModified),
			Failed: int(r.Failed), Disallowed: int(r.Disallowed), Postings: int(r.Postings), BytesReceived: int64(r.Bytes)}
	}
	return out, nil
}

// CrawlRunEnded returns the run with an id when it is recorded as ended.
func (s *Store) CrawlRunEnded(ctx context.Context, id string) (run talent.CrawlRun, ended bool, err error) {
	got, err := s.runs(ctx, "SELECT "+runColumns+" FROM crawl_runs FINAL WHERE outcome != '' AND id = {id:String}", named("id", id))
	if err != nil || len(got) == 0 {
		return talent.CrawlRun{}, false, err
	}
	return got[0], true, nil
}

// LastRuns returns the latest run of each source that ever ran, by the time it started.
func (s *Store) LastRuns(ctx context.Context) (map[string]talent.CrawlRun, error) {
	got, err := s.runs(ctx, "SELECT "+runColumns+" FROM crawl_runs FINAL WHERE outcome != '' ORDER BY source, started DESC, id LIMIT 1 BY source")
	if err != nil {
		return nil, err
	}
	out := make(map[string]talent.CrawlRun, len(got))
	for _, r := range got {
		out[r.Source] = r
	}
	return out, nil
}

// LatestRuns returns the latest n crawl runs of every source; by source, latest first.
func (s *Store) LatestRuns(ctx context.Context, n int) ([]talent.CrawlRun, error) {
	return s.runs(ctx, "SELECT "+runColumns+" FROM crawl_runs FINAL WHERE outcome != '' ORDER BY source, started DESC, id LIMIT {n:UInt32} BY source", named("n", n))
}

// Runs returns the runs of a source, latest first, at most limit.
func (s *Store) Runs(ctx context.Context, source string, limit int) ([]talent.CrawlRun, error) {
	return s.runs(ctx, "SELECT "+runColumns+" FROM crawl_runs FINAL WHERE outcome != '' AND source = {source:String} ORDER BY started DESC, id LIMIT {limit:UInt32}",
		named("source", source), named("limit", uint32(max(limit, 0))))
}

// encodeNotes writes notes as JSON, without paths of this machine.
func encodeNotes(notes []talent.RunNote) string {
	if len(notes) == 0 {
		return ""
	}
	said := slices.Clone(notes)
	for i := range said {
		said[i].Detail = talent.Public(said[i].Detail)
	}
	b, err := json.Marshal(said)
	if err != nil { // texts and numbers
		return ""
	}
	return string(b)
}

// decodeNotes reads what encodeNotes wrote; what it did not write has no notes, and the reason is shown instead.
func decodeNotes(s string) []talent.RunNote {
	var notes []talent.RunNote
	if json.Unmarshal([]byte(s), &notes) != nil {
		return nil
	}
	return notes
}
