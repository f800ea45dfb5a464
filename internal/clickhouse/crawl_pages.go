package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// crawlPageBatch bounds one insert of pages: the engine holds a batch in memory.
const crawlPageBatch = 10_000

// PutPages remembers what the crawler knows of URLs. It must be called after Kafka acknowledged the postings
// that were read from them: a page that is remembered is not sent again while it stays as it is.
func (s *Store) PutPages(ctx context.Context, pages []talent.Page) error {
	for len(pages) > 0 {
		n := min(len(pages), crawlPageBatch)
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
