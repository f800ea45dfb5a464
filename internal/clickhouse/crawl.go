package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// pageBatch bounds one insert of pages: the engine holds a batch in memory.
const pageBatch = 10_000

// PutSources records sources that feed the system, or what they are now; version is the time of the call. Anyone may
// read where they come from, so paths of this machine are cut to names.
func (s *Store) PutSources(ctx context.Context, sources ...talent.SourceInfo) error {
	version := uint64(time.Now().UnixMicro())
	return insert(ctx, s, "sources", "", "INSERT INTO sources (name, kind, url, schedule, grain, note, version)", len(sources),
		func(i int) []any {
			r := sources[i]
			return []any{r.Name, r.Kind, talent.PublicOrigin(r.URL), r.Schedule, string(r.Grain), r.Note, version}
		})
}

// Sources returns every source that feeds or fed the system and was not withdrawn, in order of names.
func (s *Store) Sources(ctx context.Context) ([]talent.SourceInfo, error) {
	type row struct {
		Name     string `ch:"name"`
		Kind     string `ch:"kind"`
		URL      string `ch:"url"`
		Schedule string `ch:"schedule"`
		Grain    string `ch:"grain"`
		Note     string `ch:"note"`
	}
	got, err := rows[row](ctx, s, "sources", "SELECT name, kind, url, schedule, grain, note FROM sources FINAL WHERE kind != '' ORDER BY name")
	if err != nil {
		return nil, err
	}
	out := make([]talent.SourceInfo, len(got))
	for i, r := range got {
		out[i] = talent.SourceInfo{Name: r.Name, Kind: r.Kind, URL: talent.PublicOrigin(r.URL), Schedule: r.Schedule, Grain: talent.Grain(r.Grain), Note: r.Note}
	}
	return out, nil
}

// PutCrawlRuns records runs; writing one again changes nothing.
func (s *Store) PutCrawlRuns(ctx context.Context, runs ...talent.CrawlRun) error {
	return insert(ctx, s, "crawl runs", "", `INSERT INTO crawl_runs (id, source, outcome, reason, started, ended, listed, fetched,
		not_modified, failed, disallowed, postings, bytes_received)`, len(runs),
		func(i int) []any {
			r := runs[i]
			return []any{r.ID, r.Source, string(r.Outcome), talent.Public(r.Reason), r.Started, r.Ended, uint32(r.Listed), uint32(r.Fetched),
				uint32(r.NotModified), uint32(r.Failed), uint32(r.Disallowed), uint32(r.Postings), uint64(r.BytesReceived)}
		})
}

// runRow is a row of crawl_runs.
type runRow struct {
	ID          string    `ch:"id"`
	Source      string    `ch:"source"`
	Outcome     string    `ch:"outcome"`
	Reason      string    `ch:"reason"`
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

const runColumns = "id, source, outcome, reason, started, ended, listed, fetched, not_modified, failed, disallowed, postings, bytes_received"

func (s *Store) runs(ctx context.Context, query string, args ...any) ([]talent.CrawlRun, error) {
	got, err := rows[runRow](ctx, s, "crawl runs", query, args...)
	if err != nil {
		return nil, err
	}
	out := make([]talent.CrawlRun, len(got))
	for i, r := range got {
		out[i] = talent.CrawlRun{ID: r.ID, Source: r.Source, Outcome: talent.RunOutcome(r.Outcome), Reason: talent.Public(r.Reason),
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

// Runs returns the runs of a source, latest first, at most limit.
func (s *Store) Runs(ctx context.Context, source string, limit int) ([]talent.CrawlRun, error) {
	return s.runs(ctx, "SELECT "+runColumns+" FROM crawl_runs FINAL WHERE outcome != '' AND source = {source:String} ORDER BY started DESC, id LIMIT {limit:UInt32}",
		named("source", source), named("limit", uint32(max(limit, 0))))
}

// PutPages remembers what the crawler knows of URLs. It must be called after Kafka acknowledged the postings
// that were read from them: a page that is remembered is not sent again while it stays as it is.
func (s *Store) PutPages(ctx context.Context, pages []talent.Page) error {
	for len(pages) > 0 {
		n := min(len(pages), pageBatch)
		part := pages[:n]
		pages = pages[n:]
		if err := insert(ctx, s, "crawl pages", "", `INSERT INTO crawl_pages (source, url, etag, last_modified, content_hash, first_seen,
			last_seen, status)`, len(part),
			func(i int) []any {
				p := part[i]
				return []any{p.Source, p.URL, p.ETag, p.LastModified, p.ContentHash, p.FirstSeen, p.LastSeen, uint16(p.Status)}
			}); err != nil {
			return err
		}
	}
	return nil
}

// Pages returns all remembered pages of a source by URL.
func (s *Store) Pages(ctx context.Context, source string) (map[string]talent.Page, error) {
	type row struct {
		URL          string    `ch:"url"`
		ETag         string    `ch:"etag"`
		LastModified string    `ch:"last_modified"`
		ContentHash  string    `ch:"content_hash"`
		FirstSeen    time.Time `ch:"first_seen"`
		LastSeen     time.Time `ch:"last_seen"`
		Status       uint16    `ch:"status"`
	}
	got, err := rows[row](ctx, s, "crawl pages", `SELECT url, etag, last_modified, content_hash, first_seen, last_seen, status
		FROM crawl_pages FINAL WHERE source = {source:String} AND status != 0`, named("source", source))
	if err != nil {
		return nil, err
	}
	out := make(map[string]talent.Page, len(got))
	for _, r := range got {
		out[r.URL] = talent.Page{Source: source, URL: r.URL, ETag: r.ETag, LastModified: r.LastModified, ContentHash: r.ContentHash,
			FirstSeen: r.FirstSeen, LastSeen: r.LastSeen, Status: int(r.Status)}
	}
	return out, nil
}
