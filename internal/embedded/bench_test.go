package embedded

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkInsert sends batches of the size the aggregator uses, about 1.8 kB a row.
func BenchmarkInsert(b *testing.B) {
	_, conn := database(b, start(b))
	mustExec(b, conn, "CREATE TABLE b (id UInt64, text String) ENGINE = MergeTree ORDER BY id")
	text := strings.Repeat("人工智能 posting ", 85)
	const rows = 5000
	b.SetBytes(rows * int64(len(text)))
	for b.Loop() {
		batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO b")
		if err != nil {
			b.Fatal(err)
		}
		for i := range rows {
			if err := batch.Append(uint64(i), fmt.Sprint(i, text)); err != nil {
				b.Fatal(err)
			}
		}
		if err := batch.Send(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkSelectOne(b *testing.B) {
	conn := open(b, start(b))
	for b.Loop() {
		var n uint8
		if err := conn.QueryRow(context.Background(), "SELECT 1").Scan(&n); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSelectStream(b *testing.B) {
	conn := open(b, start(b))
	const rows = 200000
	for b.Loop() {
		rs, err := conn.Query(context.Background(), "SELECT number, toString(number) FROM numbers(200000)")
		if err != nil {
			b.Fatal(err)
		}
		for rs.Next() {
			var n uint64
			var s string
			if err := rs.Scan(&n, &s); err != nil {
				b.Fatal(err)
			}
		}
		if err := rs.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
