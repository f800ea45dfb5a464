package embedded

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func TestConcurrentUse(t *testing.T) {
	_, conn := database(t, start(t))
	mustExec(t, conn, "CREATE TABLE c (worker UInt32, id UInt64, text String) ENGINE = MergeTree ORDER BY (worker, id)")
	const workers, rounds, rows = 8, 10, 500
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for round := range rounds {
				batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO c")
				if err != nil {
					t.Error(err)
					return
				}
				for i := range rows {
					if err := batch.Append(uint32(worker), uint64(round*rows+i), strings.Repeat("文", i%50)); err != nil {
						t.Error(err)
						return
					}
				}
				if err := batch.Send(); err != nil {
					t.Error(err)
					return
				}
				var n uint64
				if err := conn.QueryRow(context.Background(), "SELECT count() FROM c WHERE worker = {w:UInt32}", clickhouse.Named("w", uint32(worker))).Scan(&n); err != nil || n != uint64((round+1)*rows) {
					t.Errorf("worker %d sees %d rows after round %d: %v", worker, n, round, err)
				}
			}
		})
	}
	wg.Wait()
	if n := count(t, conn, "SELECT count() FROM c"); n != workers*rounds*rows {
		t.Errorf("%d rows", n)
	}
}

func TestCancel(t *testing.T) {
	e := start(t)
	conn := open(t, e)
	for name, sql := range map[string]string{
		"whole":  "INSERT INTO FUNCTION null('n UInt64') SELECT number FROM numbers_mt(1000000000000) WHERE NOT ignore(sipHash64(number))",
		"stream": "SELECT count() FROM numbers_mt(1000000000000) WHERE NOT ignore(sipHash64(number))",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			if err := conn.Exec(ctx, sql); err == nil {
				t.Fatal("no error from a cancelled statement")
			}
			deadline := time.Now().Add(5 * time.Second)
			for count(t, conn, "SELECT count() FROM system.processes WHERE query LIKE '%numbers_mt(10000%' AND query NOT LIKE '%system.processes%'") > 0 {
				if time.Now().After(deadline) {
					t.Fatal("the statement still runs")
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
}

func TestBigBatch(t *testing.T) {
	_, conn := database(t, start(t))
	mustExec(t, conn, "CREATE TABLE b (id UInt64, text String) ENGINE = MergeTree ORDER BY id")
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO b")
	if err != nil {
		t.Fatal(err)
	}
	const rows = 4000
	for i := range rows {
		if err := batch.Append(uint64(i), fmt.Sprintf("%d %s", i, strings.Repeat("数据", 300))); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows of 1.8 kB in %s", rows, time.Since(began))
	if n := count(t, conn, "SELECT count() FROM b WHERE length(text) > 1800"); n != rows {
		t.Errorf("%d rows", n)
	}
}

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
