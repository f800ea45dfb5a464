package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
)

// bounds are the first offset and the one after the last of every partition of a topic.
func (c *Client) bounds(ctx context.Context, topic string) (map[int][2]int64, error) {
	meta, err := c.api().Metadata(ctx, &kafka.MetadataRequest{Topics: []string{c.name(topic)}})
	if err != nil {
		return nil, fmt.Errorf("read metadata of %s: %w", topic, err)
	}
	var asks []kafka.OffsetRequest
	for _, t := range meta.Topics {
		for _, p := range t.Partitions {
			asks = append(asks, kafka.FirstOffsetOf(p.ID), kafka.LastOffsetOf(p.ID))
		}
	}
	res, err := c.api().ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{c.name(topic): asks}})
	if err != nil {
		return nil, fmt.Errorf("list offsets of %s: %w", topic, err)
	}
	out := map[int][2]int64{}
	for _, p := range res.Topics[c.name(topic)] {
		if p.Error != nil {
			return nil, fmt.Errorf("list offsets of %s/%d: %w", topic, p.Partition, p.Error)
		}
		out[p.Partition] = [2]int64{p.FirstOffset, p.LastOffset}
	}
	return out, nil
}

// Lag counts the messages of topics that group has not committed yet.
func (c *Client) Lag(ctx context.Context, group string, topics ...string) (int64, error) {
	var lag int64
	for _, topic := range topics {
		bounds, err := c.bounds(ctx, topic)
		if err != nil {
			return 0, err
		}
		done, err := c.committed(ctx, group, topic, bounds)
		if err != nil {
			return 0, err
		}
		for p, b := range bounds {
			lag += b[1] - max(done[p], b[0])
		}
	}
	return lag, nil
}

// Scan reads what group has not committed of a topic, up to its present end, and hands every record to each,
// partition by partition. An empty group reads all. It commits nothing itself: Commit does, with the offsets
// that Scan returns.
func (c *Client) Scan(ctx context.Context, group, topic string, each func(Record) error) (Offsets, error) {
	bounds, err := c.bounds(ctx, topic)
	if err != nil {
		return nil, err
	}
	done, err := c.committed(ctx, group, topic, bounds)
	if err != nil {
		return nil, err
	}
	read := Offsets{}
	for p := range len(bounds) {
		from := max(done[p], bounds[p][0])
		if err := c.scanPartition(ctx, topic, p, [2]int64{from, bounds[p][1]}, each); err != nil {
			return nil, err
		}
		read[p] = bounds[p][1]
	}
	return read, nil
}

// Offsets are next offsets by partition.
type Offsets map[int]int64

// Commit records for a group without members how far it has come.
func (c *Client) Commit(ctx context.Context, group, topic string, offsets Offsets) error {
	var commits []kafka.OffsetCommit
	for p, o := range offsets {
		commits = append(commits, kafka.OffsetCommit{Partition: p, Offset: o})
	}
	res, err := c.api().OffsetCommit(ctx, &kafka.OffsetCommitRequest{GroupID: c.name(group), GenerationID: -1,
		Topics: map[string][]kafka.OffsetCommit{c.name(topic): commits}})
	if err != nil {
		return fmt.Errorf("commit %s: %w", group, err)
	}
	for _, p := range res.Topics[c.name(topic)] {
		if p.Error != nil {
			return fmt.Errorf("commit %s at %s/%d: %w", group, topic, p.Partition, p.Error)
		}
	}
	return nil
}

// committed are the next offsets of a group; −1 where it has none.
func (c *Client) committed(ctx context.Context, group, topic string, bounds map[int][2]int64) (Offsets, error) {
	out := Offsets{}
	if group == "" {
		return out, nil
	}
	var parts []int
	for p := range bounds {
		parts = append(parts, p)
	}
	res, err := c.api().OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: c.name(group), Topics: map[string][]int{c.name(topic): parts}})
	if err != nil {
		return nil, fmt.Errorf("read commits of %s: %w", group, err)
	}
	for _, p := range res.Topics[c.name(topic)] {
		out[p.Partition] = p.CommittedOffset
	}
	return out, nil
}

func (c *Client) scanPartition(ctx context.Context, topic string, p int, bounds [2]int64, each func(Record) error) (err error) {
	if bounds[0] >= bounds[1] {
		return nil
	}
	reader, end := c.reader(ctx, c.name(topic), p, kafka.ReaderConfig{MaxBytes: 1 << 20})
	defer func() { err = errors.Join(err, end()) }()
	if err := reader.SetOffset(bounds[0]); err != nil {
		return fmt.Errorf("seek %s/%d: %w", topic, p, err)
	}
	for {
		m, err := reader.ReadMessage(ctx)
		if err != nil {
			return fmt.Errorf("read %s/%d: %w", topic, p, err)
		}
		if err := each(Record{Topic: topic, Partition: p, Offset: m.Offset, Key: m.Key, Value: m.Value, Time: m.Time}); err != nil {
			return err
		}
		if m.Offset+1 >= bounds[1] {
			return nil
		}
	}
}
