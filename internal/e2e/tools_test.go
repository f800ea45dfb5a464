//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/embedded"
)

// A tool that is run while the system starts waits for it, and answers from it.
func TestToolsWaitForTheStart(t *testing.T) {
	p := newProgram(t)
	dir := filepath.Join(t.TempDir(), "data")
	up := p.start(t, "up", "--sample", "--data", dir, "--listen", "127.0.0.1:0")
	up.until(t, "the process holds the directory", func() bool { return embedded.IsData(dir) })
	_, stderr, _ := p.run(t, 2, "explain", "--data", dir, "0000")
	if !strings.Contains(stderr, "no such alert: 0000") {
		t.Errorf("explain at the start: %s", stderr)
	}
	up.ready(t, "Gapwatch is ready: ")
	up.stop(t)
}
