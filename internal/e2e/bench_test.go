package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/aggregate/skills"
	"github.com/gapwatch/gapwatch/ingest/dump"
	dumptable "github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// BenchmarkWholeWay takes 54,727 real posts from their files through Kafka and the aggregator to published gap
// series; postings/s and CPU µs per posting are of the whole way, engine and broker included.
func BenchmarkWholeWay(b *testing.B) {
	path := testenv.Shared(b, "data/postings/hn-who-is-hiring")
	for range b.N {
		b.StopTimer()
		store, client := testenv.Store(b), testenv.Kafka(b)
		extractor, err := skills.New()
		if err != nil {
			b.Fatal(err)
		}
		agg, err := aggregate.New(aggregate.DefaultConfig(), store, client, extractor, testenv.Logger(b), prometheus.NewRegistry())
		if err != nil {
			b.Fatal(err)
		}
		mapping, err := dumptable.Preset("hn")
		if err != nil {
			b.Fatal(err)
		}
		cfg := dump.DefaultConfig()
		cfg.Source, cfg.Grain, cfg.Mapping, cfg.At = "hn", talent.Month, mapping, time.Now().UTC()
		importer, err := dump.New(cfg, outbox.New(client, testenv.Logger(b), prometheus.NewRegistry()), testenv.Logger(b))
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		done := make(chan error, 1)
		go func() { done <- agg.Run(ctx) }()
		started, cpu := time.Now(), testenv.CPU(b)
		b.StartTimer()
		stats, err := importer.Run(ctx, []string{path}, nil)
		if err != nil {
			b.Fatal(err)
		}
		sent := time.Since(started)
		if err := agg.Drain(ctx); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		took, used := time.Since(started), testenv.CPU(b)-cpu
		n, err := store.CountPostings(ctx, "")
		if err != nil {
			b.Fatal(err)
		}
		if int(n) != stats.Sent || n == 0 {
			b.Fatalf("sent %d postings, stored %d", stats.Sent, n)
		}
		b.ReportMetric(float64(n)/took.Seconds(), "postings/s")
		b.ReportMetric(float64(used.Microseconds())/float64(n), "cpu-µs/posting")
		b.ReportMetric(sent.Seconds(), "s-to-kafka")
		b.ReportMetric(float64(peakMemory(b))/(1<<20), "MiB-peak")
		cancel()
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		b.Logf("%d postings in %s", n, took)
	}
}
