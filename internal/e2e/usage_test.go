package e2e

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// peakMemory is the most resident memory that this process ever had, bytes.
func peakMemory(tb testing.TB) int64 {
	tb.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Skip("peak memory is read from /proc")
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kib, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				tb.Fatal(err)
			}
			return kib << 10
		}
	}
	tb.Fatal("no VmHWM in /proc/self/status")
	return 0
}
