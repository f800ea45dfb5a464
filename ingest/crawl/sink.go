package crawl

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// The bounds of what is sent and remembered at once.
const (
	sinkBatch = 256             // pages
	sinkWait  = 5 * time.Second // that a page waits at most for the batch to fill
)

// read is one page that was read: the postings to send, and what to remember once they are safe.
type read struct {
	postings []talent.Posting
	pages    []talent.Page
}

// sink writes postings to Kafka and then remembers their pages, in this order: a crawl that is killed in
// between reads and sends them again under the same ids, and loses nothing.
type sink struct {
	out   *outbox.Outbox
	pages PageStore
	in    chan read
	sent  func(outbox.Report) // told what became of the postings of a batch
}

func newSink(out *outbox.Outbox, pages PageStore, sent func(outbox.Report)) *sink {
	return &sink{out: out, pages: pages, in: make(chan read, 2*sinkBatch), sent: sent}
}

// put hands a page over; it returns the context's error when the sink has ended.
func (s *sink) put(ctx context.Context, r read) error {
	select {
	case s.in <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run flushes until the input is closed, and then once more.
func (s *sink) run(ctx context.Context) error {
	tick := time.NewTicker(sinkWait)
	defer tick.Stop()
	var batch []read
	flush := func() error {
		err := s.flush(ctx, batch)
		batch = batch[:0]
		return err
	}
	for {
		select {
		case r, open := <-s.in:
			if !open {
				return flush()
			}
			batch = append(batch, r)
			if len(batch) < sinkBatch {
				continue
			}
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := flush(); err != nil {
			return err
		}
	}
}

func (s *sink) flush(ctx context.Context, batch []read) error {
	var (
		postings []talent.Posting
		pages    []talent.Page
	)
	for _, r := range batch {
		postings, pages = append(postings, r.postings...), append(pages, r.pages...)
	}
	report, err := s.out.Write(ctx, postings)
	s.sent(report)
	if err != nil {
		return err
	}
	if len(pages) == 0 {
		return nil
	}
	return s.pages.PutPages(ctx, pages)
}
