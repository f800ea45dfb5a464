package broker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

const (
	// unreadFactor is how far beyond RetentionBytes a partition may grow that no group reads yet.
	unreadFactor = 4
	// abandonedAfter is when a group without members no longer holds messages back.
	abandonedAfter = 7 * 24 * time.Hour
)

// ApplyRetention cuts each partition that is larger than RetentionBytes from its old end. It differs
// from Kafka's in two ways: messages stay until every group that reads the topic has committed them,
// because the log is small and a slow consumer must not lose any; and the last message stays, because
// an empty partition would count from 0 again after a crash.
func (b *Broker) ApplyRetention(ctx context.Context) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return nil
	}
	topics, err := b.topics(ctx)
	if err != nil {
		return err
	}
	groups, err := b.groups(ctx)
	if err != nil {
		return err
	}
	for _, topic := range topics {
		for _, partition := range b.cluster.PartitionInfos(topic) {
			read, known := consumed(groups, topic, partition.Partition, partition.LogStartOffset, time.Now())
			to, held := cut(*partition, b.cfg.RetentionBytes, read, known)
			if held {
				b.logger.Warn("log is larger than its retention, because a consumer group is behind", "topic", topic,
					"partition", partition.Partition, "bytes", partition.NumBytes, "committed", read, "end", partition.HighWatermark)
			}
			if to <= partition.LogStartOffset {
				continue
			}
			if err := b.cluster.DeleteRecords(topic, partition.Partition, to); err != nil {
				return fmt.Errorf("cut the log of %s/%d: %w", topic, partition.Partition, err)
			}
		}
	}
	return nil
}

// cut is the offset that a partition should begin at, from the mean size of its messages. held tells
// that it would have been a later one but for a reader that is behind by as much again.
func cut(p kfake.PartitionInfo, limit, read int64, known bool) (to int64, held bool) {
	if !known {
		limit *= unreadFactor
	}
	count := p.HighWatermark - p.LogStartOffset
	if p.NumBytes <= limit || count < 2 {
		return p.LogStartOffset, false
	}
	excess := float64(p.NumBytes-limit) / float64(p.NumBytes)
	want := min(p.LogStartOffset+int64(excess*float64(count)), p.HighWatermark-1)
	if !known {
		return want, false
	}
	return max(min(want, read), p.LogStartOffset), read < want && p.NumBytes > 2*limit
}

// consumed is the offset up to which all groups that read a partition have read it; known is false when
// there is no such group. A member that has not committed yet counts as one at the start.
func consumed(groups []*kfake.GroupInfo, topic string, partition int32, start int64, now time.Time) (read int64, known bool) {
	for _, group := range groups {
		commit, committed := group.Commits[topic][partition]
		member := slices.ContainsFunc(group.Members, func(m kfake.GroupMember) bool { return slices.Contains(m.SubscribedTopics, topic) })
		switch {
		case !committed && !member:
			continue
		case !committed:
			commit.Offset = start
		case len(group.Members) == 0 && now.Sub(commit.At) > abandonedAfter:
			continue
		}
		if !known || commit.Offset < read {
			read, known = commit.Offset, true
		}
	}
	return read, known
}
