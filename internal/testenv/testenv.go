// Package testenv gives tests the real broker and the real ClickHouse engine, started once per test process.
package testenv

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/kafka"
)

// The engine allows one data path a process, so all tests of a package share one, each with its own database
// and topic prefix.
var (
	boot    = sync.OnceValues(start)
	bootDir = sync.OnceValue(func() string { return filepath.Join(os.TempDir(), fmt.Sprintf("%s%d-data", dirPrefix, os.Getpid())) })
	share   = sync.OnceValue(func() error {
		e, err := boot()
		if err != nil {
			return err
		}
		return e.Share(context.Background())
	})
	counter atomic.Int64
)

// Embedded returns the process's broker and engine. Where the engine's library is not installed the test is
// skipped, and fails in CI.
func Embedded(t testing.TB) *embedded.Embedded {
	t.Helper()
	if _, err := embedded.FindLibrary(""); err != nil {
		missing(t, err.Error())
	}
	e, err := boot()
	if err != nil {
		t.Fatalf("start embedded broker and engine: %v", err)
	}
	return e
}

// Data returns the data directory of the process's broker and engine, which answer there as those of a running gapwatch
// do, and the settings that keep a test's tables and topics its own.
func Data(t testing.TB) (dir, settings string) {
	t.Helper()
	Embedded(t)
	if err := share(); err != nil {
		t.Fatal(err)
	}
	n := counter.Add(1)
	return bootDir(), fmt.Sprintf("clickhouse: {database: test_%d}\nkafka: {topic_prefix: test-%d-}\n", n, n)
}

// Store returns a migrated database of the test's own.
func Store(t testing.TB) *clickhouse.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s := Open(t, StoreConfig(t))
	if _, err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// Open returns the database of a StoreConfig, which is empty unless the test has migrated it.
func Open(t testing.TB, cfg clickhouse.Config) *clickhouse.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := clickhouse.Open(ctx, cfg, Embedded(t).DialClickHouse)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.Inform(newsOf(t))
	return s
}

// StoreConfig names a database of the test's own that is not made yet.
func StoreConfig(t testing.TB) clickhouse.Config {
	t.Helper()
	cfg := clickhouse.DefaultConfig()
	cfg.Embedded = true
	cfg.Database = fmt.Sprintf("test_%d", counter.Add(1))
	return cfg
}

// Kafka returns a client with topics of the test's own.
func Kafka(t testing.TB) *kafka.Client {
	t.Helper()
	cfg := kafka.DefaultConfig()
	cfg.Brokers = []string{embedded.KafkaName}
	cfg.TopicPrefix = fmt.Sprintf("test-%d-", counter.Add(1))
	c, err := kafka.New(cfg, Embedded(t).DialKafka, Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	newsOf(t).add(c)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.EnsureTopics(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

// Logger writes warnings and errors to the test's output.
func Logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// Shared returns the path of real data beside the checkout (../shared from its root). Where it is absent the
// test is skipped, and fails in CI.
func Shared(t testing.TB, path string) string {
	t.Helper()
	p := filepath.Join(Root(t), "..", "shared", path)
	if _, err := os.Stat(p); err != nil {
		missing(t, fmt.Sprintf("real data %s is not beside the checkout", path))
	}
	return p
}

// Root returns the checkout's root folder.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}

// missing skips the test, or fails it in CI, where nothing may be absent.
func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

const dirPrefix = "gapwatch-test-"

func start() (*embedded.Embedded, error) {
	sweep()
	cfg := embedded.DefaultConfig()
	cfg.Dir, cfg.LoseSecondsOnPowerCut = bootDir(), true // no test of the packages cuts the power
	return embedded.Start(context.Background(), cfg, slog.New(slog.DiscardHandler))
}

// sweep removes the data of test processes that are gone: a test process has no moment at its end to do so.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*"))
	for _, d := range dirs {
		pid, err := strconv.Atoi(strings.SplitN(strings.TrimPrefix(filepath.Base(d), dirPrefix), "-", 2)[0])
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(d)
		}
	}
}
