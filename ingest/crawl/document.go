package crawl

import (
	"context"
	"net/url"
	"time"

	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// document visits a source that is one document with many postings: a feed or a board's API.
func (r *run) document(ctx context.Context) error {
	started := time.Now()
	known := r.memory[r.name(r.src.url)]
	if r.resumed(known) {
		r.tally.listed = 1
		return nil
	}
	resp, at, err := r.hosts.visit(ctx, r.src, r.src.url, r.conditional(known))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.took(time.Since(started))
	if err != nil {
		r.tally.entry = err
		return nil
	}
	r.received(resp)
	if resp.NotModified {
		known.LastSeen, known.Status = time.Now(), resp.Status
		r.tally.listed, r.tally.notModified, r.tally.holding = 1, 1, holds(known)
		return r.sink.put(ctx, keep(known))
	}
	postings, err := r.readDocument(resp.Body, resp.ContentType, at)
	if err != nil && len(postings) == 0 {
		r.tally.entry = err
		return nil
	}
	r.tally.listed = len(postings)
	return r.take(ctx, r.src.url, known, resp, postings, err, false)
}

func (r *run) readDocument(body []byte, contentType string, at *url.URL) ([]talent.Posting, error) {
	switch r.src.Kind {
	case KindGreenhouse:
		return parse.Greenhouse(body)
	case KindLever:
		return parse.Lever(body)
	case KindAshby:
		return parse.Ashby(body)
	}
	return parse.Feed(text.UTF8(body, contentType), at)
}
