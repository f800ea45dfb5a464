//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// BenchmarkDurability is what syncing costs, the same program with and without it in one run: requests over HTTP,
// messages into Kafka in batches as an import writes them, rows one by one into the engine, and the whole way of
// 20,000 postings from Kafka to the tables. Run it with -benchtime 1x.
func BenchmarkDurability(b *testing.B) {
	for _, c := range []struct{ name, setting string }{{"synced", "false"}, {"lose_seconds_on_power_cut", "true"}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				measureDurability(b, c.setting)
			}
		})
	}
}

func measureDurability(b *testing.B, lose string) {
	p := newProgram(b)
	dir := filepath.Join(b.TempDir(), "data")
	cfg := writeConfig(b, "http: {listen: '127.0.0.1:0'}\nembedded: {lose_seconds_on_power_cut: "+lose+"}\n")
	up := p.start(b, "up", "--config", cfg, "--data", dir)
	base := up.ready(b, "Gapwatch is ready: ")
	key := enterpriseKey(b, p, dir)
	tables := engine(dir)
	defer tables.CloseIdleConnections()

	const clients, lasting = 16, 3 * time.Second
	var requests atomic.Int64
	repeatFor(b.Context(), clients, lasting, func(ctx context.Context, n int) bool {
		_, err := postRequest(ctx, base, key, n)
		if err == nil {
			requests.Add(1)
		}
		return err == nil
	})
	b.ReportMetric(float64(requests.Load())/lasting.Seconds(), "requests/s")

	var rows atomic.Int64
	for _, sql := range []string{"CREATE DATABASE bench", "CREATE TABLE bench.t (n UInt64) ENGINE = MergeTree ORDER BY n"} {
		if err := execute(b.Context(), tables, sql); err != nil {
			b.Fatal(err)
		}
	}
	repeatFor(b.Context(), 1, lasting, func(ctx context.Context, n int) bool {
		err := execute(ctx, tables, fmt.Sprintf("INSERT INTO bench.t VALUES (%d)", n))
		if err == nil {
			rows.Add(1)
		}
		return err == nil
	})
	b.ReportMetric(float64(rows.Load())/lasting.Seconds(), "inserts/s")

	const postings, batch = 20_000, 1000
	client := bus(b, dir)
	var numbers ledger
	began := time.Now()
	for range postings / batch {
		messages, _ := somePostings(&numbers, batch)
		if err := client.Write(b.Context(), talent.TopicPostings, messages...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(postings/time.Since(began).Seconds(), "messages/s")
	up.until(b, "all postings", func() bool {
		n, _ := strconv.Atoi(query(b, dir, "SELECT toString(count()) FROM postings FINAL")[0][0])
		return n == postings
	})
	b.ReportMetric(postings/time.Since(began).Seconds(), "postings/s-whole-way")
	up.stop(b)
}

// repeatFor repeats do in n goroutines for a while, each until it says no.
func repeatFor(ctx context.Context, n int, lasting time.Duration, do func(ctx context.Context, number int) bool) {
	ctx, cancel := context.WithTimeout(ctx, lasting)
	defer cancel()
	var number atomic.Int64
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			for ctx.Err() == nil && do(ctx, int(number.Add(1))) {
			}
		})
	}
	group.Wait()
}
