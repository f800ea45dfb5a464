package kafka

import (
	"context"
	"fmt"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Progress is how far a group has come in one partition.
type Progress struct {
	Partition int
	Start     int64 // the first message that Kafka still has
	Committed int64 // the next one that the group will read; −1: it has not begun
	End       int64 // the one after the last
}

// Waiting is how many messages the group has not read yet.
func (p Progress) Waiting() int64 { return p.End - max(p.Committed, p.Start) }

// Progress tells how far a group has come in every partition of a topic, in their order.
func (c *Client) Progress(ctx context.Context, group, topic string) ([]Progress, error) {
	bounds, err := c.bounds(ctx, topic)
	if err != nil {
		return nil, err
	}
	done, err := c.committed(ctx, group, topic, bounds)
	if err != nil {
		return nil, err
	}
	out := make([]Progress, 0, len(bounds))
	for p := range len(bounds) {
		b, ok := bounds[p]
		if !ok {
			return nil, fmt.Errorf("read progress of %s: partition %d is missing", topic, p)
		}
		out = append(out, Progress{p, b[0], done[p], b[1]})
	}
	return out, nil
}

// Read hands the messages of one partition from first up to next, which is not included, to each in their order.
// It belongs to no group and commits nothing.
func (c *Client) Read(ctx context.Context, topic string, partition int, first, next int64, each func(Record) error) error {
	return c.scanPartition(ctx, topic, partition, [2]int64{first, next}, each)
}

// Ready asks a broker, over a connection of its own, for the topics of the system, and reports the first that has a
// partition without a leader. Nothing of the answer is kept: a broker that died a moment ago is noticed.
func (c *Client) Ready(ctx context.Context) error {
	names := make([]string, 0, len(talent.Topics()))
	for _, t := range talent.Topics() {
		names = append(names, c.name(t))
	}
	var last error
	for _, broker := range c.cfg.Brokers {
		if last = c.leaders(ctx, broker, names); last == nil {
			return nil
		}
	}
	return last
}

// leaders asks one broker whether every partition of topics has a leader.
func (c *Client) leaders(ctx context.Context, broker string, topics []string) error {
	conn, err := c.dialer.DialContext(ctx, "tcp", broker)
	if err != nil {
		return fmt.Errorf("connect to kafka: %w", err)
	}
	defer func() { _ = conn.Close() }() // nothing was written
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return fmt.Errorf("ask kafka: %w", err)
		}
	}
	partitions, err := conn.ReadPartitions(topics...)
	if err != nil {
		return fmt.Errorf("read metadata of kafka: %w", err)
	}
	led := map[string]bool{}
	for _, p := range partitions {
		if p.Error != nil {
			return fmt.Errorf("topic %s partition %d: %w", p.Topic, p.ID, p.Error)
		}
		if p.Leader.Host == "" {
			return fmt.Errorf("topic %s partition %d has no leader", p.Topic, p.ID)
		}
		led[p.Topic] = true
	}
	for _, t := range topics {
		if !led[t] {
			return fmt.Errorf("topic %s does not exist", t)
		}
	}
	return nil
}
