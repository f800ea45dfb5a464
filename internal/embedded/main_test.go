package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

const (
	testUser     = "stage"
	testPassword = "s3cret & long"
)

// shared is the one engine of the test process: booting it once is what the program does too. Tests
// that need an engine of their own run in a process of their own, see helper_test.go.
var shared *Embedded

func TestMain(m *testing.M) {
	if name := os.Getenv("GAPWATCH_TEST_HELPER"); name != "" {
		if err := runHelper(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (int, error) {
	if _, err := FindLibrary(""); err == nil {
		dir, err := os.MkdirTemp("", "embedded")
		if err != nil {
			return 1, err
		}
		defer os.RemoveAll(dir)
		if shared, err = Start(context.Background(), testConfig(dir), quiet()); err != nil {
			return 1, err
		}
	}
	code := m.Run()
	if shared == nil {
		return code, nil
	}
	return code, shared.Close()
}

func testConfig(dir string) Config {
	cfg := DefaultConfig()
	cfg.Dir = dir
	cfg.ClickHouse.Listen = "127.0.0.1:0"
	cfg.ClickHouse.User, cfg.ClickHouse.Password = testUser, testPassword
	cfg.ClickHouse.Database, cfg.ClickHouse.Public = "public_data", []string{"t", "s", "z", "series"}
	cfg.ClickHouse.MaxMemory = 2 << 30
	cfg.Kafka.Listen = "127.0.0.1:0"
	return cfg
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start returns the shared engine, or skips the test when there is no library; where tests are meant
// to be complete its absence is a failure.
func start(t testing.TB) *Embedded {
	t.Helper()
	if shared == nil {
		_, err := FindLibrary("")
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("run 'npm ci' to test against the engine:", err)
	}
	return shared
}

// open connects a real client to the engine inside the process.
func open(t testing.TB, e *Embedded, change ...func(*clickhouse.Options)) driver.Conn {
	t.Helper()
	conn, err := connect(e, change...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func connect(e *Embedded, change ...func(*clickhouse.Options)) (driver.Conn, error) {
	return connectBy(e.DialClickHouse, change...)
}

func connectBy(dial func(context.Context, string) (net.Conn, error), change ...func(*clickhouse.Options)) (driver.Conn, error) {
	options := &clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{ClickHouseName}, DialContext: dial,
		MaxOpenConns: 16, MaxIdleConns: 16, DialTimeout: 10 * time.Second,
	}
	for _, f := range change {
		f(options)
	}
	return clickhouse.Open(options)
}

// database makes a database of the test's own.
func database(t testing.TB, e *Embedded) (string, driver.Conn) {
	t.Helper()
	name := fmt.Sprintf("test_%d", time.Now().UnixNano())
	root := open(t, e)
	mustExec(t, root, "CREATE DATABASE "+name)
	t.Cleanup(func() { mustExec(t, root, "DROP DATABASE "+name) })
	return name, open(t, e, func(o *clickhouse.Options) { o.Auth.Database = name })
}

// publicDatabase makes the database that the test engine's public tables are in.
func publicDatabase(t testing.TB, e *Embedded) (string, driver.Conn) {
	t.Helper()
	root := open(t, e)
	mustExec(t, root, "CREATE DATABASE public_data")
	t.Cleanup(func() { mustExec(t, root, "DROP DATABASE public_data") })
	return "public_data", open(t, e, func(o *clickhouse.Options) { o.Auth.Database = "public_data" })
}

func mustExec(t testing.TB, conn driver.Conn, sql string, args ...any) {
	t.Helper()
	if err := conn.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func count(t testing.TB, conn driver.Conn, sql string, args ...any) uint64 {
	t.Helper()
	var n uint64
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func exceptionCode(err error) int32 {
	if e, ok := errors.AsType[*clickhouse.Exception](err); ok {
		return e.Code
	}
	return 0
}
