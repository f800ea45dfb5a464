package kafka_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// TestWatch: whatever is told reaches everyone who waits for it, and nobody else.
func TestWatch(t *testing.T) {
	c := testenv.Kafka(t)
	facts, series := c.Watch(t.Context(), talent.ChangeFacts), c.Watch(t.Context(), talent.ChangeSeries, talent.ChangeAlerts)
	<-facts  // at once: something may have changed before
	<-series // likewise
	const rounds = 20
	for i := range rounds {
		c.Tell([]talent.Change{talent.ChangeSeries, talent.ChangeAlerts}[i%2])
		select {
		case <-series:
		case <-time.After(time.Minute):
			t.Fatalf("round %d: nothing was heard", i)
		}
	}
	woken := 0
	for done := false; !done; {
		select {
		case <-facts:
			woken++
		default:
			done = true
		}
	}
	if woken > 1 { // once when it began to read
		t.Errorf("woken %d times by what it does not wait for", woken)
	}
}

// TestCloseSendsNews: a command that ends right after a change has told of it.
func TestCloseSendsNews(t *testing.T) {
	cfg := kafka.DefaultConfig()
	cfg.Brokers, cfg.TopicPrefix = []string{embedded.KafkaName}, "close-"
	open := func() *kafka.Client {
		c, err := kafka.New(cfg, testenv.Embedded(t).DialKafka, testenv.Logger(t))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := open()
	if err := c.EnsureTopics(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Tell(talent.ChangeReceivers)
	c.Tell(talent.ChangeFacts, talent.ChangeReceivers)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c.Tell(talent.ChangeSeries) // too late, and harmless
	c = open()
	defer c.Close()
	var told []talent.Change
	if _, err := c.Scan(t.Context(), "", talent.TopicChanges, func(r kafka.Record) error {
		var n talent.News
		err := json.Unmarshal(r.Value, &n)
		told = append(told, n.Changes...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(told, talent.ChangeFacts) || !slices.Contains(told, talent.ChangeReceivers) || slices.Contains(told, talent.ChangeSeries) {
		t.Errorf("told %v", told)
	}
}

// TestReaderEndsAtOnce: a consumer that waits for messages is not waited for.
func TestReaderEndsAtOnce(t *testing.T) {
	c := testenv.Kafka(t)
	write(t, c, 0, 1)
	read := make(chan struct{})
	stop := consume(t, c, func(context.Context, []kafka.Record) error { close(read); return nil })
	<-read
	began := time.Now()
	stop()
	if took := time.Since(began); took > 4*time.Second { // a long poll takes five
		t.Errorf("took %s", took)
	}
}
