package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

const topic = talent.TopicPostings

func write(t *testing.T, c *kafka.Client, from, n int) {
	t.Helper()
	var msgs []kafka.Message
	for i := from; i < from+n; i++ {
		msgs = append(msgs, kafka.Message{Key: fmt.Append(nil, "k", i), Value: fmt.Append(nil, i)})
	}
	if err := c.Write(t.Context(), topic, msgs...); err != nil {
		t.Fatal(err)
	}
}

// consume runs a member of the group in the background and returns its stop.
func consume(t *testing.T, c *kafka.Client, flush kafka.Flush) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- c.Consume(ctx, kafka.GroupConfig{Group: "g", Topics: []string{topic}, MaxRecords: 100, MaxBytes: 1 << 20, MaxWait: 50 * time.Millisecond}, flush)
	}()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("consume: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

func lag(t *testing.T, c *kafka.Client) int64 {
	t.Helper()
	n, err := c.Lag(t.Context(), "g", topic)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// seen counts how often each record was flushed.
type seen struct {
	mu sync.Mutex
	n  map[string]int
}

func (s *seen) add(batch []kafka.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n == nil {
		s.n = map[string]int{}
	}
	for _, r := range batch {
		s.n[fmt.Sprintf("%d/%d", r.Partition, r.Offset)]++
	}
}

func (s *seen) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.n)
}

// TestFailedFlushCommitsNothing: what a failed flush held is read again, from the last commit.
func TestFailedFlushCommitsNothing(t *testing.T) {
	c := testenv.Kafka(t)
	write(t, c, 0, 1000) // written before the group exists: it begins at the first offset
	var got seen
	var calls atomic.Int64
	stop := consume(t, c, func(_ context.Context, batch []kafka.Record) error {
		for i := 1; i < len(batch); i++ {
			if batch[i].Partition != batch[0].Partition || batch[i].Offset != batch[i-1].Offset+1 {
				t.Errorf("batch is not consecutive: %d/%d after %d/%d", batch[i].Partition, batch[i].Offset, batch[i-1].Partition, batch[i-1].Offset)
			}
		}
		if (batch[len(batch)-1].Offset+1)%100 != 0 && len(batch) == 100 {
			t.Errorf("full batch ends at %d, not before a multiple of 100", batch[len(batch)-1].Offset)
		}
		if calls.Add(1) == 3 {
			return errors.New("store is down")
		}
		got.add(batch)
		return nil
	})
	waitFor(t, "all records", func() bool { return got.count() == 1000 && lag(t, c) == 0 })
	stop()
	write(t, c, 1000, 10)
	if n := lag(t, c); n != 10 {
		t.Errorf("lag after 10 more = %d", n)
	}
	var again seen
	consume(t, c, func(_ context.Context, batch []kafka.Record) error { again.add(batch); return nil })
	waitFor(t, "the ten new records", func() bool { return lag(t, c) == 0 })
	if n := again.count(); n != 10 {
		t.Errorf("a member that came later read %d records, want the 10 new ones", n)
	}
}

// TestRebalanceLosesNothing: partitions move while records flow, and every record is flushed.
func TestRebalanceLosesNothing(t *testing.T) {
	c := testenv.Kafka(t)
	var got seen
	flush := func(_ context.Context, batch []kafka.Record) error { got.add(batch); return nil }
	stop := consume(t, c, flush)
	for i := range 10 {
		write(t, c, i*200, 200)
		if i == 3 {
			consume(t, c, flush)
		}
		if i == 7 {
			stop()
		}
	}
	waitFor(t, "all records", func() bool { return got.count() == 2000 })
}

// TestLead: of two processes one leads, and when it stops the other takes over.
func TestLead(t *testing.T) {
	c := testenv.Kafka(t)
	var leading atomic.Int64
	lead := func() (stop func(), led *atomic.Bool) {
		ctx, cancel := context.WithCancel(t.Context())
		led = &atomic.Bool{}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := c.Lead(ctx, "leader", topic, func(ctx context.Context) error {
				if n := leading.Add(1); n != 1 {
					t.Errorf("%d lead at once", n)
				}
				led.Store(true)
				<-ctx.Done()
				leading.Add(-1)
				return nil
			}); err != nil {
				t.Errorf("lead: %v", err)
			}
		}()
		var once sync.Once
		stop = func() { once.Do(func() { cancel(); <-done }) }
		t.Cleanup(stop)
		return stop, led
	}
	stopA, ledA := lead()
	waitFor(t, "the first to lead", ledA.Load)
	_, ledB := lead()
	time.Sleep(200 * time.Millisecond)
	stopA()
	waitFor(t, "the second to take over", ledB.Load)
}

// TestScanAndCommit: what a group has committed is not scanned again.
func TestScanAndCommit(t *testing.T) {
	c := testenv.Kafka(t)
	write(t, c, 0, 25)
	scan := func() (n int, at kafka.Offsets) {
		at, err := c.Scan(t.Context(), "replay", topic, func(kafka.Record) error { n++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return n, at
	}
	n, at := scan()
	if n != 25 {
		t.Fatalf("scanned %d of 25", n)
	}
	if err := c.Commit(t.Context(), "replay", topic, at); err != nil {
		t.Fatal(err)
	}
	write(t, c, 25, 3)
	if n, _ := scan(); n != 3 {
		t.Errorf("scanned %d after the commit, want the 3 new ones", n)
	}
}
