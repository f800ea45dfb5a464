package integrity

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func newChecker(t *testing.T, store *clickhouse.Store, bus *kafka.Client) *Checker {
	t.Helper()
	c, err := New(DefaultConfig(), "aggregate", store, bus, testenv.Logger(t), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCommittedButNotStored: a commit that no batch tells of, and rows of a batch that are not there, are losses; the
// roll-up refuses to work until a repair has read the messages again.
func TestCommittedButNotStored(t *testing.T) {
	store, bus, ctx := testenv.Store(t), testenv.Kafka(t), t.Context()
	c := newChecker(t, store, bus)
	find := func(depth Depth, kinds ...Kind) {
		t.Helper()
		found, err := c.Check(ctx, depth)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != len(kinds) {
			t.Fatalf("found %v, want %v", found, kinds)
		}
		for i, k := range kinds {
			if found[i].Kind != k {
				t.Errorf("found %v, want %v", found, kinds)
			}
		}
		if err := store.Intact(ctx); errors.Is(err, talent.ErrLost) != (len(kinds) > 0) {
			t.Errorf("intact: %v with %v", err, kinds)
		}
	}
	find(Full)
	now := time.Now()
	request := talent.Request{ID: talent.NewID("r"), Org: "o", Skill: "pytorch", Heads: 1, CreatedAt: now, Version: 7}
	m, err := kafka.JSON("k", request)
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Write(ctx, talent.TopicRequests, m); err != nil {
		t.Fatal(err)
	}
	var record kafka.Record
	at, err := bus.Scan(ctx, "", talent.TopicRequests, func(r kafka.Record) error { record = r; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Commit(ctx, "aggregate", talent.TopicRequests, at); err != nil {
		t.Fatal(err)
	}
	find(Quick, Unrecorded)
	if err := store.MarkPeriods(ctx, talent.PeriodMark{Grain: talent.Week, Period: talent.Week.Start(now)}); err != nil {
		t.Fatal(err)
	}
	dirty, err := store.DirtyPeriods(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.RollUp(ctx, talent.Week, dirty); !errors.Is(err, talent.ErrLost) {
		t.Errorf("the roll-up publishes a loss: %v", err)
	}
	// a batch that names a row which is not there, then one whose row is there in an older version
	batch := talent.Batch{Topic: talent.TopicRequests, Partition: record.Partition, First: record.Offset, Last: record.Offset, Fact: "requests", Rows: map[string]uint64{request.ID: 7}}
	if err := store.PutBatches(ctx, batch); err != nil {
		t.Fatal(err)
	}
	find(Quick, RowsMissing)
	older := request
	older.Version = 6
	if err := store.PutRequests(ctx, "", []talent.Request{older}); err != nil {
		t.Fatal(err)
	}
	find(Quick, RowsMissing)
	var out strings.Builder
	replay := func(_ context.Context, records []kafka.Record) error {
		if len(records) != 1 || records[0].Offset != record.Offset {
			t.Errorf("replayed %+v", records)
		}
		return store.PutRequests(ctx, "", []talent.Request{request})
	}
	lost, err := c.Repair(ctx, RepairOptions{BatchRecords: 100}, replay, &out)
	if err != nil || len(lost) != 0 || !strings.Contains(out.String(), "everything was recovered") {
		t.Fatalf("%v %v\n%s", lost, err, &out)
	}
	find(Full)
}

// TestNotRecovered: what a replay does not bring back stays a loss until it is accepted.
func TestNotRecovered(t *testing.T) {
	store, bus, ctx := testenv.Store(t), testenv.Kafka(t), t.Context()
	c := newChecker(t, store, bus)
	if err := store.PutBatches(ctx, talent.Batch{Topic: talent.TopicPostings, First: 0, Last: 9, Fact: "postings", Rows: map[string]uint64{"a": 1, "b": 1},
		Sources: []string{"board"}, Days: [2]time.Time{time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 7, 0, 0, 0, 0, time.UTC)}}); err != nil {
		t.Fatal(err)
	}
	nothing := func(context.Context, []kafka.Record) error { return nil }
	lost, err := c.Repair(ctx, RepairOptions{BatchRecords: 100}, nothing, io.Discard)
	if err != nil || len(lost) != 1 || !strings.Contains(lost[0], "2 rows of postings.v1/0 0-9 are missing (sources board, of 2026-10-01 to 2026-10-07)") {
		t.Fatalf("%q %v", lost, err)
	}
	if err := store.Intact(ctx); !errors.Is(err, talent.ErrLost) {
		t.Errorf("after a repair in vain: %v", err)
	}
	if _, err := c.Repair(ctx, RepairOptions{BatchRecords: 100, AcceptLoss: true}, nothing, io.Discard); err != nil {
		t.Fatal(err)
	}
	if found, err := c.Check(ctx, Full); err != nil || len(found) != 0 {
		t.Errorf("accepted, and still %v %v", found, err)
	}
}

// TestCovered: a part counts as there when every one of its blocks is in a part in use, however they were merged.
func TestCovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		there := rapid.SliceOfN(rapid.Bool(), 1, 20).Draw(t, "blocks")
		var active []clickhouse.Part
		for i := 0; i < len(there); i++ { // neighbours are merged at will, but never over a block that is gone
			if !there[i] {
				continue
			}
			p := clickhouse.Part{From: int64(i), To: int64(i)}
			for i+1 < len(there) && there[i+1] && rapid.Bool().Draw(t, "merge") {
				i++
				p.To++
			}
			active = append(active, p)
		}
		from := rapid.IntRange(0, len(there)-1).Draw(t, "from")
		to := rapid.IntRange(from, len(there)-1).Draw(t, "to")
		want := true
		for _, b := range there[from : to+1] {
			want = want && b
		}
		if got := covered(clickhouse.Part{From: int64(from), To: int64(to)}, active); got != want {
			t.Fatalf("covered %d-%d of %v: %v", from, to, active, got)
		}
	})
}
