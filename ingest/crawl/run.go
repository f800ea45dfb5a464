package crawl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// run is one visit of one source.
type run struct {
	hosts  *hosts
	src    *source
	due    time.Time
	cfg    Config
	took   func(time.Duration)    // told how long a page took
	memory map[string]talent.Page // what was known at the start; read only
	sink   *sink

	mu      sync.Mutex
	tally   tally
	streak  int             // failures in a row
	handled map[string]bool // keys of postings that this run has met
}

// reader turns a document into postings; at is its public URL.
type reader func(body []byte, contentType string, at *url.URL) ([]talent.Posting, error)

// do visits the source. The error is that of the broker, the store or the context: what goes wrong with the
// source is part of the tally.
func (r *run) do(ctx context.Context) (disallowed bool, err error) {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.sink.run(gctx) })
	g.Go(func() error {
		defer close(r.sink.in)
		var err error
		switch r.src.Kind {
		case KindSite:
			err = r.site(gctx)
		case KindHTML:
			err = r.lists(gctx)
		default:
			err = r.document(gctx)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return false, err
	}
	return errors.Is(r.tally.entry, errDisallowed), nil
}

// fetchAll reads pages with bounded concurrency; it stops early when the run has given up.
func (r *run) fetchAll(ctx context.Context, urls []*url.URL, read func(ctx context.Context, u *url.URL) error) error {
	g, gctx := errgroup.WithContext(ctx)
	next := make(chan *url.URL)
	g.Go(func() error {
		defer close(next)
		for _, u := range urls {
			if r.gaveUp() {
				return nil
			}
			select {
			case next <- u:
			case <-gctx.Done():
				return gctx.Err()
			}
		}
		return nil
	})
	for range r.cfg.Concurrency {
		g.Go(func() error {
			for u := range next {
				if err := read(gctx, u); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func (r *run) gaveUp() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tally.stopped != ""
}

// page fetches one page of postings, reads it and hands what is new to the sink.
func (r *run) page(ctx context.Context, u *url.URL, read reader) error {
	started := time.Now()
	known := r.memory[r.name(u)]
	if r.resumed(known) {
		return nil
	}
	resp, at, err := r.hosts.visit(ctx, r.src, u, r.conditional(known))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.took(time.Since(started))
	if err != nil {
		return r.missed(ctx, u, known, err)
	}
	r.received(resp)
	if resp.NotModified {
		known.LastSeen, known.Status = time.Now(), resp.Status
		r.count(func(t *tally) { t.notModified++; t.holding += holds(known) })
		return r.sink.put(ctx, keep(known))
	}
	postings, err := read(resp.Body, resp.ContentType, at)
	return r.take(ctx, u, known, resp, postings, err, len(postings) == 1)
}

// resumed counts a page that an earlier attempt of this run had read, and reports whether it was one.
func (r *run) resumed(known talent.Page) bool {
	if !known.LastSeen.After(r.due) {
		return false
	}
	r.count(func(t *tally) {
		t.resumed++
		switch known.Status {
		case http.StatusNotFound:
			t.gone++
			return
		case http.StatusUnprocessableEntity:
			t.malformed++
			t.firstMalformed = cmp.Or(t.firstMalformed, known.URL)
		}
		t.fetched++
		t.holding += holds(known)
	})
	return true
}

// conditional is what may be asked conditionally of a known page: nothing, when it was read under other
// settings and has to be read again.
func (r *run) conditional(known talent.Page) talent.Page {
	if !strings.HasPrefix(known.ContentHash, r.src.fingerprint) {
		return talent.Page{}
	}
	return known
}

// missed counts a page that was not read. What is gone is remembered, so that it is not taken for unchanged.
func (r *run) missed(ctx context.Context, u *url.URL, known talent.Page, err error) error {
	var paused *pausedError
	switch {
	case errors.Is(err, errDisallowed):
		r.count(func(t *tally) { t.disallowed++ })
	case gone(err):
		r.count(func(t *tally) { t.gone++ })
		if known.URL != "" {
			known.ETag, known.LastModified, known.ContentHash, known.LastSeen, known.Status = "", "", "", time.Now(), http.StatusNotFound
			return r.sink.put(ctx, keep(known))
		}
	case errors.As(err, &paused):
		r.count(func(t *tally) { t.stopped = paused.Error() + ", the rest waits for the next run" })
	default:
		r.count(func(t *tally) { t.failed++; t.failure(u, err) })
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.streak++; r.streak >= r.cfg.MaxFailures && r.tally.stopped == "" {
			r.tally.stopped = fmt.Sprintf("given up after %d failures in a row", r.streak)
		}
	}
	return nil
}

func (t *tally) failure(u *url.URL, err error) {
	if t.firstFailure == "" {
		t.firstFailure = err.Error()
		if !strings.Contains(t.firstFailure, u.Host) {
			t.firstFailure = u.Redacted() + ": " + t.firstFailure
		}
	}
}

func (r *run) received(resp *fetch.Response) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.streak = 0
	r.tally.bytes += resp.Received
}

func (r *run) count(change func(*tally)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.tally)
}
