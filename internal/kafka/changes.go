package kafka

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// newsWithin bounds the sending of news. What is not sent by then is dropped: whoever waits looks by itself from time
// to time as well.
const newsWithin = 10 * time.Second

// news are changes on their way to the topic.
type news struct {
	mu      sync.Mutex
	pending []talent.Change
	sending bool
	closed  bool
	done    sync.WaitGroup
}

// Tell lets everyone who waits for changes know of some, in this process and in others. It must be called after they
// were stored. It returns at once; changes that come while others are being sent go together.
func (c *Client) Tell(changes ...talent.Change) {
	n := &c.news
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, change := range changes {
		if !slices.Contains(n.pending, change) {
			n.pending = append(n.pending, change)
		}
	}
	if n.closed || n.sending || len(n.pending) == 0 {
		return
	}
	n.sending = true
	n.done.Go(c.sendNews)
}

// sendNews sends until nothing is pending.
func (c *Client) sendNews() {
	n := &c.news
	for {
		n.mu.Lock()
		changes := n.pending
		n.pending, n.sending = nil, len(changes) > 0
		n.mu.Unlock()
		if len(changes) == 0 {
			return
		}
		if err := c.sendOne(changes); err != nil {
			c.logger.Debug("news of changes not sent, they will be seen later", "changes", changes, "error", err)
		}
	}
}

func (c *Client) sendOne(changes []talent.Change) error {
	ctx, cancel := context.WithTimeout(context.Background(), newsWithin)
	defer cancel()
	m, err := JSON("changes", talent.News{Changes: changes})
	if err != nil {
		return err
	}
	return c.Write(ctx, talent.TopicChanges, m)
}

// close takes no more news and waits for those on their way.
func (n *news) close() {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.done.Wait()
}

// Watch returns a channel that has a value whenever one of changes may have happened anywhere: at once, because it may
// have before, after each news of it, and after the broker was away. Several that nobody took are one. It watches until
// ctx ends. News can get lost, so a watcher looks by itself as well, but seldom.
func (c *Client) Watch(ctx context.Context, changes ...talent.Change) <-chan struct{} {
	woken := make(chan struct{}, 1)
	wake := func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
	wake() // the broker may be away, which is no reason to wait with what is known already
	go func() {
		for ctx.Err() == nil {
			err := c.follow(ctx, wake, changes)
			if ctx.Err() != nil {
				return
			}
			c.logger.Debug("news of changes not read, trying again", "error", err)
			sleep(ctx, time.Second)
		}
	}()
	return woken
}

// follow wakes for changes until it cannot read. It begins at the end: what was told before is seen by looking.
func (c *Client) follow(ctx context.Context, wake func(), changes []talent.Change) error {
	bounds, err := c.bounds(ctx, talent.TopicChanges)
	if err != nil {
		return err
	}
	if _, ok := bounds[0]; !ok {
		return fmt.Errorf("topic %s does not exist", talent.TopicChanges)
	}
	reader, end := c.reader(ctx, c.name(talent.TopicChanges), 0, kafka.ReaderConfig{MaxBytes: 64 << 10, OffsetOutOfRangeError: true})
	defer func() { _ = end() }() // nothing was written
	if err := reader.SetOffset(bounds[0][1]); err != nil {
		return fmt.Errorf("seek %s: %w", talent.TopicChanges, err)
	}
	wake()
	for {
		m, err := reader.ReadMessage(ctx)
		if err != nil {
			wake()
			return fmt.Errorf("read %s: %w", talent.TopicChanges, err)
		}
		var told talent.News
		if json.Unmarshal(m.Value, &told) != nil || slices.ContainsFunc(told.Changes, func(t talent.Change) bool { return slices.Contains(changes, t) }) {
			wake() // what cannot be read is of a newer version, and may be about anything
		}
	}
}
