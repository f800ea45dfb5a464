package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

// Record is a message as it was read, with its place.
type Record struct {
	Topic      string // without the prefix
	Partition  int
	Offset     int64
	Key, Value []byte
	Time       time.Time
}

// GroupConfig says what a consumer group reads, and how large its batches are.
type GroupConfig struct {
	Group      string
	Topics     []string
	MaxRecords int           // a batch also ends before an offset that is a multiple of it, so that a replay cuts alike
	MaxBytes   int           // of keys and values
	MaxWait    time.Duration // a batch that is not full is flushed this long after its first record
}

// Flush makes a batch durable: consecutive records of one partition.
type Flush func(ctx context.Context, batch []Record) error

// Consume reads as a member of a group until ctx ends. A batch is committed after flush returned nil. When
// flush fails, or partitions move to another member, the buffers of this generation are dropped with nothing
// committed, and reading goes on from the last commit; a group without a commit begins at the first offset.
func (c *Client) Consume(ctx context.Context, cfg GroupConfig, flush Flush) error {
	return c.generations(ctx, cfg.Group, cfg.Topics, func(gen *kafka.Generation) {
		for topic, parts := range gen.Assignments {
			for _, p := range parts {
				gen.Start(func(ctx context.Context) {
					err := c.consumePartition(ctx, gen, cfg, topic, p, flush)
					if err != nil && ctx.Err() == nil {
						c.logger.Error("batch not committed, reading again from the last commit",
							"topic", topic, "partition", p.ID, "error", err)
						sleep(ctx, time.Second) // a store that is down is not hammered
					}
				})
			}
		}
	})
}

// Lead runs run while this process owns partition 0 of topic in group, so that of several processes one does
// the work. When run returns before its context ended, the ownership is asked for again after a second.
func (c *Client) Lead(ctx context.Context, group, topic string, run func(ctx context.Context) error) error {
	return c.generations(ctx, group, []string{topic}, func(gen *kafka.Generation) {
		for _, p := range gen.Assignments[c.name(topic)] {
			if p.ID != 0 {
				continue
			}
			gen.Start(func(ctx context.Context) {
				if err := run(ctx); err != nil && ctx.Err() == nil {
					c.logger.Error("leader's work ended", "group", group, "error", err)
				}
				sleep(ctx, time.Second)
			})
		}
	})
}

// generations joins the group again and again until ctx ends, and hands each generation to start.
func (c *Client) generations(ctx context.Context, group string, topics []string, start func(*kafka.Generation)) error {
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = c.name(t)
	}
	cg, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: c.name(group), Brokers: c.cfg.Brokers, Dialer: c.dialer, Topics: names,
		StartOffset:       kafka.FirstOffset, // kafka-go's zero value would skip what is already there
		HeartbeatInterval: 500 * time.Millisecond,
		SessionTimeout:    15 * time.Second,
		RebalanceTimeout:  10 * time.Second,
		JoinGroupBackoff:  time.Second,
	})
	if err != nil {
		return fmt.Errorf("join group %s: %w", group, err)
	}
	defer cg.Close()
	for {
		gen, err := cg.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, kafka.ErrGroupClosed):
			return fmt.Errorf("group %s: %w", group, err)
		case err != nil:
			c.logger.Warn("group not joined, trying again", "group", group, "error", err)
			sleep(ctx, time.Second)
			continue
		}
		start(gen)
	}
}

func (c *Client) consumePartition(ctx context.Context, gen *kafka.Generation, cfg GroupConfig, topic string, p kafka.PartitionAssignment, flush Flush) error {
	reader, end := c.reader(ctx, topic, p.ID, kafka.ReaderConfig{
		// small answers: the embedded broker makes them one at a time, and large ones would starve its other clients
		MaxBytes: 1 << 20, QueueCapacity: 2000, ReadBackoffMin: 20 * time.Millisecond, ReadBackoffMax: 500 * time.Millisecond,
	})
	defer func() { _ = end() }() // nothing was written
	if err := reader.SetOffset(p.Offset); err != nil {
		return fmt.Errorf("seek %s/%d to %d: %w", topic, p.ID, p.Offset, err)
	}
	plain := strings.TrimPrefix(topic, c.cfg.TopicPrefix)
	for {
		batch, err := readBatch(ctx, reader, cfg, plain)
		if err != nil {
			return err
		}
		if err := flush(ctx, batch); err != nil {
			return fmt.Errorf("flush %s/%d %d-%d: %w", plain, p.ID, batch[0].Offset, batch[len(batch)-1].Offset, err)
		}
		next := batch[len(batch)-1].Offset + 1
		if err := gen.CommitOffsets(map[string]map[int]int64{topic: {p.ID: next}}); err != nil {
			return fmt.Errorf("commit %s/%d at %d: %w", plain, p.ID, next, err)
		}
	}
}

// readBatch waits for a first record and then takes what follows until the batch is full or MaxWait is over.
func readBatch(ctx context.Context, reader *kafka.Reader, cfg GroupConfig, topic string) ([]Record, error) {
	var batch []Record
	bytes := 0
	wait := ctx
	for {
		m, err := reader.ReadMessage(wait)
		if err != nil {
			if len(batch) > 0 && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
				return batch, nil
			}
			return nil, fmt.Errorf("read %s: %w", topic, err)
		}
		batch = append(batch, Record{Topic: topic, Partition: m.Partition, Offset: m.Offset, Key: m.Key, Value: m.Value, Time: m.Time})
		bytes += len(m.Key) + len(m.Value)
		if len(batch) >= cfg.MaxRecords || bytes >= cfg.MaxBytes || (m.Offset+1)%int64(cfg.MaxRecords) == 0 {
			return batch, nil
		}
		if len(batch) == 1 {
			timed, cancel := context.WithTimeout(ctx, cfg.MaxWait)
			defer cancel()
			wait = timed
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
