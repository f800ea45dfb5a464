package dump_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/ingest/dump"
	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// BenchmarkImport reports postings a second from gzipped files to acknowledged messages of the embedded broker, and
// the CPU time that importer and broker together take for one.
func BenchmarkImport(b *testing.B) {
	dir := testenv.Shared(b, "data/postings/hn-who-is-hiring")
	c := testenv.Kafka(b)
	cfg := config("hn")
	cfg.Grain = talent.Month
	var err error
	if cfg.Mapping, err = table.Preset("hn"); err != nil {
		b.Fatal(err)
	}
	im, err := dump.New(cfg, through(b, c), testenv.Logger(b))
	if err != nil {
		b.Fatal(err)
	}
	sent := 0
	before := cpu(b)
	for b.Loop() {
		stats, err := im.Run(b.Context(), []string{dir}, nil)
		if err != nil {
			b.Fatal(err)
		}
		sent += stats.Sent
	}
	b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "postings/s")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(sent), "cpu-µs/posting")
}

// cpu is the time that this process has spent computing.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
