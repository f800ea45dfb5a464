package health

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
)

// Store answers that it is migrated and answers at all.
func Store(store *clickhouse.Store) Check {
	return Check{Name: "clickhouse", Hint: "the store does not answer, or was never migrated: check clickhouse.addr and that it runs, then run gapwatch migrate",
		Ask: func(ctx context.Context) error {
			missing, err := store.Unapplied(ctx)
			if err == nil && len(missing) > 0 {
				return because("the store lacks migrations of this version: run gapwatch migrate", nil)
			}
			return err
		}}
}

// Kafka answers, and every topic has leaders.
func Kafka(bus *kafka.Client) Check {
	return Check{Name: "kafka", Ask: bus.Ready, Hint: "Kafka does not answer, or a topic has no leader: check kafka.brokers and that it runs"}
}

// Disk can be written to: one row is.
func Disk(store *clickhouse.Store) Check {
	return Check{Name: "disk", Hint: "the store takes no row: see the log",
		Ask: func(ctx context.Context) error {
			err := store.Probe(ctx)
			if clickhouse.NoSpace(err) {
				return because("the disk of the store is full, nothing is written: free some space (embedded.clickhouse.min_free is the floor)", err)
			}
			return err
		}}
}

// RollUp has no period that waits for longer than late.
func RollUp(store *clickhouse.Store, late time.Duration) Check {
	return Check{Name: "rollup", Hint: "it cannot be told which periods wait for their roll-up: the store does not answer",
		Ask: func(ctx context.Context) error {
			dirty, err := store.DirtyPeriods(ctx)
			if err != nil {
				return err
			}
			var oldest time.Duration
			for _, d := range dirty {
				oldest = max(oldest, time.Since(time.UnixMicro(int64(d.Version))))
			}
			if oldest > late {
				return because(fmt.Sprintf("%d periods wait for their roll-up, the longest for %s: check that gapwatch aggregate (or up) runs, and its log",
					len(dirty), oldest.Round(time.Second)), nil)
			}
			return nil
		}}
}

// Lag moves: messages do not wait for longer than stuck while nothing is committed.
func Lag(bus *kafka.Client, group string, stuck time.Duration, topics ...string) Check {
	l := &lag{bus: bus, group: group, stuck: stuck, topics: topics, seen: map[string]waiting{}}
	return Check{Name: "aggregate", Ask: l.ask, Hint: "it cannot be told how many messages wait: Kafka does not answer"}
}

type lag struct {
	bus    *kafka.Client
	group  string
	stuck  time.Duration
	topics []string

	mu   sync.Mutex
	seen map[string]waiting // by topic and partition
}

// waiting is since when the message at an offset was seen to wait.
type waiting struct {
	offset int64
	since  time.Time
}

func (l *lag) ask(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	var messages int64
	var longest time.Duration
	for _, topic := range l.topics {
		progress, err := l.bus.Progress(ctx, l.group, topic)
		if err != nil {
			return err
		}
		for _, p := range progress {
			key := fmt.Sprintf("%s/%d", topic, p.Partition)
			if p.Waiting() <= 0 {
				delete(l.seen, key)
				continue
			}
			w, ok := l.seen[key]
			if !ok || w.offset != p.Committed {
				w = waiting{p.Committed, now}
				l.seen[key] = w
			}
			messages += p.Waiting()
			longest = max(longest, now.Sub(w.since))
		}
	}
	if longest > l.stuck {
		return because(fmt.Sprintf("%d messages wait to be aggregated, and none was for %s: check that gapwatch aggregate (or up) runs, and its log",
			messages, longest.Round(time.Second)), nil)
	}
	return nil
}

// Intact is the result of the last check of the stored data.
func Intact(store *clickhouse.Store) Check {
	return Check{Name: "integrity", Hint: "it cannot be told whether stored data was lost: the record of the checks cannot be read; run gapwatch check",
		Ask: func(ctx context.Context) error {
			c, known, err := store.LastCheck(ctx)
			switch {
			case err != nil:
				return err
			case !known:
				return because("the stored data has not been checked yet: check that gapwatch aggregate (or up) runs", nil)
			case !c.OK:
				first := "something is missing"
				if len(c.Findings) > 0 {
					first = c.Findings[0]
				}
				return because(fmt.Sprintf("stored data was lost, roll-up and alerts are stopped (%d findings, first: %s): run gapwatch check, then gapwatch repair", len(c.Findings), first),
					errors.New("integrity check failed at "+c.At.Format(time.RFC3339)))
			}
			return nil
		}}
}
