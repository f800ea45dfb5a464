//go:build unix

package normalise_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/gapwatch/gapwatch/aggregate/normalise"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// cpu reports the processor time of an iteration beside the wall time, which other work on the machine
// stretches.
func cpu(b *testing.B, run func()) {
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		run()
	}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		b.Fatal(err)
	}
	used := after.Utime.Nano() - before.Utime.Nano() + after.Stime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(used)/float64(b.N), "cpu-ns/op")
}

func BenchmarkPosting(b *testing.B) {
	zh := long()
	en := zh
	en.Location, en.Experience, en.Education, en.Salary = "San Francisco, CA", "", "", ""
	en.Text = strings.Repeat("We build machine learning systems and want people who ship Kubernetes services at scale. ", 17)
	for name, p := range map[string]talent.Posting{"zh": zh, "en": en} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(p.Text)))
			b.ReportAllocs()
			cpu(b, func() { normalise.Posting(p) })
		})
	}
}
