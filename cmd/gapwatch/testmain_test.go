package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// asProgram is the variable that makes this test's binary the program: an engine can be opened once in a process.
const asProgram = "RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if library, err := embedded.FindLibrary(""); err == nil { // tests work in folders of their own, from where it is not found
		if err := os.Setenv("GAPWATCH_LIBCHDB", library); err != nil {
			panic(err)
		}
	}
	testenv.Main(m)
}

// command is the program in a process of its own.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := embedded.FindLibrary(""); err != nil {
		testenv.Embedded(t) // skips the test, or fails it
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// program runs the program, and returns its exit code and output.
func program(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := command(t, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// start runs the program until the test ends, and returns when it has printed its first line.
func start(t *testing.T, args ...string) {
	t.Helper()
	cmd := command(t, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // when the test ends
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	_, err = lines.ReadString('\n')
	t.Cleanup(func() {
		_, _ = io.Copy(io.Discard, lines)
		if err := cmd.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%v: %v: %s", args, err, errs.String())
		}
	})
	if err != nil {
		t.Fatalf("%v did not start: %v", args, err)
	}
}
