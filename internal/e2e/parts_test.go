package e2e

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/aggregate/dedup"
	"github.com/gapwatch/gapwatch/aggregate/normalise"
	"github.com/gapwatch/gapwatch/aggregate/skills"
	"github.com/gapwatch/gapwatch/ingest/dump"
	dumptable "github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// BenchmarkParts takes the same real postings through each part of the way alone, and then through the whole of it:
// CPU µs a posting by part, engine and broker included. "rest" is what the whole takes beyond the sum of its parts:
// the garbage collector and the engine's merges while the parts run beside each other, and waiting.
func BenchmarkParts(b *testing.B) {
	for range b.N {
		measureParts(b, archive(b))
	}
}

// archive is the path of the nine-year archive, or of its last months where time is short.
func archive(b *testing.B) []string {
	path := testenv.Shared(b, "data/postings/hn-who-is-hiring")
	if !testing.Short() {
		return []string{path}
	}
	return []string{path + "/2011-05.jsonl.gz", path + "/2015-05.jsonl.gz", path + "/2019-05.jsonl.gz"}
}

// meter measures parts one after the other.
type meter struct {
	b     *testing.B
	names []string
	used  map[string]time.Duration
}

// part adds what f uses of the processors, in all threads of the process, to the part called name.
func (m *meter) part(name string, f func() error) {
	m.b.Helper()
	runtime.GC() // the garbage of the part before is not this one's
	before := testenv.CPU(m.b)
	if err := f(); err != nil {
		m.b.Fatalf("%s: %v", name, err)
	}
	m.settle()
	if _, known := m.used[name]; !known {
		m.names = append(m.names, name)
	}
	m.used[name] += testenv.CPU(m.b) - before
}

// settle waits until the engine's merges are over, so that the part that caused them pays for them.
func (m *meter) settle() {
	for before := testenv.CPU(m.b); ; {
		time.Sleep(100 * time.Millisecond)
		now := testenv.CPU(m.b)
		if now-before < 5*time.Millisecond {
			return
		}
		before = now
	}
}

func measureParts(b *testing.B, paths []string) {
	ctx := b.Context()
	store, client := testenv.Store(b), testenv.Kafka(b)
	extractor, err := skills.New()
	if err != nil {
		b.Fatal(err)
	}
	m := &meter{b: b, used: map[string]time.Duration{}}

	var sink kept
	m.part("parse", func() error { return importInto(ctx, b, &sink, paths) })
	n := len(sink.postings)
	var bus busSink
	out := outbox.New(&bus, testenv.Logger(b), prometheus.NewRegistry())
	m.part("encode", func() error {
		for batch := range slices.Chunk(sink.postings, dump.DefaultConfig().BatchSize) {
			if _, err := out.Write(ctx, batch); err != nil {
				return err
			}
		}
		return nil
	})
	cfg := aggregate.DefaultConfig()
	var batches [][]kafka.Record
	m.part("broker", func() error {
		for chunk := range slices.Chunk(bus.messages, dump.DefaultConfig().BatchSize) {
			if err := client.Write(ctx, talent.TopicPostings, chunk...); err != nil {
				return err
			}
		}
		batches, err = consumed(ctx, client, cfg, n)
		return err
	})
	var postings []talent.Posting
	m.part("decode", func() error {
		for _, batch := range batches {
			for _, r := range batch {
				p, err := talent.DecodePosting(r.Value)
				if err != nil {
					return err
				}
				postings = append(postings, p)
			}
		}
		return nil
	})
	facts := make([]talent.PostingFact, n)
	m.part("normalise", func() error {
		for i, p := range postings {
			facts[i] = normalise.Posting(p)
		}
		return nil
	})
	m.part("extract", func() error {
		for i := range facts {
			aggregate.Extract(&facts[i], extractor)
		}
		return nil
	})
	m.part("dedup", func() error {
		for i := range facts {
			facts[i].VacancyID = dedup.VacancyID(facts[i])
		}
		return nil
	})
	// What the aggregator asks of the store for these batches, taken down and then asked of the real one.
	calls := &callLog{}
	logged, err := aggregate.New(cfg, calls, client, extractor, testenv.Logger(b), prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	for _, batch := range batches {
		if err := logged.Flush(ctx, batch); err != nil {
			b.Fatal(err)
		}
	}
	m.part("insert", func() error {
		for _, call := range calls.calls {
			if err := call(store); err != nil {
				return err
			}
		}
		return nil
	})
	agg, err := aggregate.New(cfg, store, client, extractor, testenv.Logger(b), prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	m.part("roll-up", func() error {
		return agg.RollUpAll(ctx)
	})
	m.names = append(m.names, "") // the parts end here
	sink, bus, batches, postings, facts, calls = kept{}, busSink{}, nil, nil, nil, nil

	whole := 0.0
	perPosting := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(n) }
	m.part("whole", func() error { return wholeWay(ctx, b, extractor, paths) })
	sum := 0.0
	for _, name := range m.names {
		if name == "" {
			break
		}
		sum += perPosting(m.used[name])
		b.ReportMetric(perPosting(m.used[name]), name+"-cpu-µs")
	}
	whole = perPosting(m.used["whole"])
	b.ReportMetric(sum, "sum-cpu-µs")
	b.ReportMetric(whole, "whole-cpu-µs")
	b.ReportMetric(whole-sum, "rest-cpu-µs")
	b.ReportMetric(0, "ns/op")
}

// kept keeps the postings of an import in memory.
type kept struct {
	mu       sync.Mutex
	postings []talent.Posting
}

// Write is of dump.Writer.
func (k *kept) Write(_ context.Context, postings []talent.Posting) (outbox.Report, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.postings = append(k.postings, postings...)
	return outbox.Report{Sent: len(postings)}, nil
}

// busSink keeps messages in memory.
type busSink struct{ messages []kafka.Message }

// Write is of outbox.Bus.
func (s *busSink) Write(_ context.Context, _ string, msgs ...kafka.Message) error {
	s.messages = append(s.messages, msgs...)
	return nil
}

func importInto(ctx context.Context, b *testing.B, out dump.Writer, paths []string) error {
	mapping, err := dumptable.Preset("hn")
	if err != nil {
		return err
	}
	cfg := dump.DefaultConfig()
	cfg.Source, cfg.Grain, cfg.Mapping, cfg.At = "hn", talent.Month, mapping, time.Now().UTC()
	importer, err := dump.New(cfg, out, testenv.Logger(b))
	if err != nil {
		return err
	}
	_, err = importer.Run(ctx, paths, nil)
	return err
}

// consumed reads n postings as the aggregator does, in its batches, commits included.
func consumed(ctx context.Context, client *kafka.Client, cfg aggregate.Config, n int) ([][]kafka.Record, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var batches [][]kafka.Record
	err := client.Consume(ctx, kafka.GroupConfig{Group: "parts", Topics: []string{talent.TopicPostings},
		MaxRecords: cfg.BatchRecords, MaxBytes: cfg.BatchBytes, MaxWait: cfg.BatchWait}, func(_ context.Context, batch []kafka.Record) error {
		mu.Lock()
		defer mu.Unlock()
		batches = append(batches, slices.Clone(batch))
		if n -= len(batch); n <= 0 {
			cancel()
		}
		return nil
	})
	return batches, err
}

// callLog is a store that takes down what is asked of it, as an empty store would be asked.
type callLog struct {
	aggregate.Store
	calls []func(*clickhouse.Store) error
}

func (c *callLog) add(call func(*clickhouse.Store) error) error {
	c.calls = append(c.calls, call)
	return nil
}

// KnownPostings is of aggregate.Store.
func (c *callLog) KnownPostings(ctx context.Context, ids []string) (map[string]talent.KnownPosting, error) {
	return nil, c.add(func(s *clickhouse.Store) error { _, err := s.KnownPostings(ctx, ids); return err })
}

// PutPostings is of aggregate.Store.
func (c *callLog) PutPostings(ctx context.Context, token string, facts []talent.PostingFact) error {
	return c.add(func(s *clickhouse.Store) error { return s.PutPostings(ctx, token, facts) })
}

// PutBatches is of aggregate.Store.
func (c *callLog) PutBatches(ctx context.Context, batches ...talent.Batch) error {
	return c.add(func(s *clickhouse.Store) error { return s.PutBatches(ctx, batches...) })
}

// MarkPeriods is of aggregate.Store.
func (c *callLog) MarkPeriods(ctx context.Context, marks ...talent.PeriodMark) error {
	return c.add(func(s *clickhouse.Store) error { return s.MarkPeriods(ctx, marks...) })
}

// wholeWay takes the postings of paths from their files to published series in a store and topics of their own.
func wholeWay(ctx context.Context, b *testing.B, extractor *skills.Extractor, paths []string) error {
	store, client := testenv.Store(b), testenv.Kafka(b)
	agg, err := aggregate.New(aggregate.DefaultConfig(), store, client, extractor, testenv.Logger(b), prometheus.NewRegistry())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- agg.Run(ctx) }()
	if err := importInto(ctx, b, outbox.New(client, testenv.Logger(b), prometheus.NewRegistry()), paths); err != nil {
		return err
	}
	if err := agg.Drain(ctx); err != nil {
		return err
	}
	cancel()
	return <-done
}
