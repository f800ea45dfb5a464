package embedded

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Some tests need a process of their own, because a process has one engine, or because it is killed.
// They run this test program again with the name of a helper and a directory in its environment.

func runHelper(name string) error {
	dir := os.Getenv("GAPWATCH_TEST_DIR")
	switch name {
	case "write":
		return helpWrite(dir)
	case "count":
		return helpCount(dir)
	case "reopen":
		return helpReopen(dir)
	case "close":
		return helpClose(dir)
	case "full":
		return helpFull(dir)
	case "share":
		return helpShare(dir)
	case "start":
		e, err := Start(context.Background(), testConfig(dir), quiet())
		if err != nil {
			return err
		}
		return e.Close()
	}
	return fmt.Errorf("no helper %q", name)
}

func helper(t *testing.T, name, dir string) *exec.Cmd {
	t.Helper()
	start(t) // skips without the library
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), "GAPWATCH_TEST_HELPER="+name, "GAPWATCH_TEST_DIR="+dir)
	return cmd
}

func runHelperProcess(t *testing.T, name, dir string) (string, error) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := helper(t, name, dir)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("%w: %s", err, stderr.String())
	}
	return string(out), nil
}
