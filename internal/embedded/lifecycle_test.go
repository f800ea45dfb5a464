package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestSecondProcessIsRefused(t *testing.T) {
	e := start(t)
	_, err := runHelperProcess(t, "start", e.directory.path)
	if err == nil || !strings.Contains(err.Error(), ErrInUse.Error()) || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", os.Getpid())) {
		t.Errorf("a second process: %v", err)
	}
	if _, err := Start(t.Context(), testConfig(e.directory.path), quiet()); !errors.Is(err, ErrInUse) {
		t.Errorf("the same process: %v", err)
	}
	if _, err := Start(t.Context(), testConfig(t.TempDir()), quiet()); err == nil {
		t.Error("a second engine in the same process")
	} else {
		t.Log(err)
	}
}

// TestFullDiskIsCalledFull: it says where, and how much is needed, before anything is written.
func TestFullDiskIsCalledFull(t *testing.T) {
	cfg := testConfig(filepath.Join(t.TempDir(), "data"))
	cfg.ClickHouse.MinFree = 1 << 60
	if err := CheckRoom(testConfig(t.TempDir())); err != nil {
		t.Errorf("with room: %v", err)
	}
	err := CheckRoom(cfg)
	if !errors.Is(err, ErrDiskFull) || errors.Is(err, ErrInUse) {
		t.Fatalf("a full disk: %v", err)
	}
	for _, word := range []string{cfg.Dir, fmt.Sprint(int64(1) << 40), "min_free"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("it does not say %q: %v", word, err)
		}
	}
}

// helpReopen starts, closes and starts again in one process, on the same directory and on another.
func helpReopen(dir string) error {
	ctx := context.Background()
	for round, sub := range []string{"a", "a", "b", "a"} {
		cfg := testConfig(filepath.Join(dir, sub))
		e, err := Start(ctx, cfg, quiet())
		if err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		conn, err := connect(e)
		if err != nil {
			return err
		}
		for _, sql := range []string{"CREATE DATABASE IF NOT EXISTS k", "CREATE TABLE IF NOT EXISTS k.t (x UInt64) ENGINE = MergeTree ORDER BY x", "INSERT INTO k.t VALUES (1)"} {
			if err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
		}
		var n uint64
		if err := conn.QueryRow(ctx, "SELECT count() FROM k.t").Scan(&n); err != nil {
			return err
		}
		fmt.Print(sub, n, " ")
		if err := errors.Join(conn.Close(), e.Close()); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
	}
	if err := checkSignals(); err != nil {
		return err
	}
	return goleak.Find(goleak.IgnoreTopFunction("os/signal.loop"))
}

// checkSignals holds that the library leaves the Go runtime's signal handlers alone: a SIGTERM is
// delivered, and a nil pointer is a panic that can be recovered.
func checkSignals() (err error) {
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGTERM)
	defer signal.Stop(got)
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-got:
	case <-time.After(5 * time.Second):
		return errors.New("SIGTERM did not arrive")
	}
	defer func() {
		if recover() == nil {
			err = errors.New("a nil pointer did not panic")
		}
	}()
	var nothing *Config
	_ = nothing.Dir
	return nil
}

// helpClose closes while a statement runs and a client is connected to everything.
func helpClose(dir string) error {
	ctx := context.Background()
	e, err := Start(ctx, testConfig(dir), quiet())
	if err != nil {
		return err
	}
	runCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	running := make(chan error, 1)
	go func() { running <- e.Run(runCtx) }()
	conn, err := connect(e)
	if err != nil {
		return err
	}
	if err := conn.Ping(ctx); err != nil {
		return err
	}
	failed := make(chan error, 2)
	for _, sql := range []string{
		"SELECT count() FROM numbers_mt(1000000000000) WHERE NOT ignore(sipHash64(number))",
		"INSERT INTO FUNCTION null('n UInt64') SELECT number FROM numbers(1000000000000)",
	} {
		go func() { failed <- conn.Exec(ctx, sql) }()
	}
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	if err := e.Close(); err != nil {
		return err
	}
	if took := time.Since(began); took > 8*time.Second {
		return fmt.Errorf("closing took %s", took)
	}
	for range 2 {
		if err := <-failed; err == nil {
			return errors.New("a statement that was cut off has no error")
		}
	}
	if err := conn.Ping(ctx); err == nil {
		return errors.New("ping after close")
	}
	if err := e.broker.ApplyRetention(ctx); err != nil {
		return err
	}
	cancel()
	return errors.Join(<-running, conn.Close())
}

func TestCloseWhileBusy(t *testing.T) {
	if _, err := runHelperProcess(t, "close", t.TempDir()); err != nil {
		t.Error(err)
	}
}

func TestReopenInOneProcess(t *testing.T) {
	out, err := runHelperProcess(t, "reopen", t.TempDir())
	if err != nil || out != "a1 a2 b1 a3 " {
		t.Errorf("%q %v", out, err)
	}
}
