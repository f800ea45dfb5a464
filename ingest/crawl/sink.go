package crawl

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/textnorm"
)

// The bounds of what is sent and remembered at once.
const (
	sinkBatch = 256             // pages
	sinkWait  = 5 * time.Second // that a page waits at most for the batch to fill
	maxText   = 256 << 10       // of a posting; a message may carry 1 MiB
)

// read is one page that was read: the postings to send, and what to remember once they are safe.
type read struct {
	postings []talent.Posting
	pages    []talent.Page
}

// sink writes postings to Kafka and then remembers their pages, in this order: a crawl that is killed in
// between reads and sends them again under the same ids, and loses nothing.
type sink struct {
	bus   Bus
	pages PageStore
	in    chan read
	sent  func(n int) // told after the postings were acknowledged
}

func newSink(bus Bus, pages PageStore, sent func(int)) *sink {
	return &sink{bus: bus, pages: pages, in: make(chan read, 2*sinkBatch), sent: sent}
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
		messages []kafka.Message
		pages    []talent.Page
	)
	for _, r := range batch {
		for _, p := range r.postings {
			key := textnorm.Employer(p.Employer)
			if key == "" {
				key = p.ID // no copy of it can be told by its employer, so any partition will do
			}
			m, err := kafka.JSON(key, p)
			if err != nil {
				return fmt.Errorf("posting %s: %w", p.ID, err)
			}
			messages = append(messages, m)
		}
		pages = append(pages, r.pages...)
	}
	if len(messages) > 0 {
		if err := s.bus.Write(ctx, talent.TopicPostings, messages...); err != nil {
			return err
		}
		s.sent(len(messages))
	}
	if len(pages) == 0 {
		return nil
	}
	return s.pages.PutPages(ctx, pages)
}

// cutText shortens s to at most limit bytes at a character's border.
func cutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
