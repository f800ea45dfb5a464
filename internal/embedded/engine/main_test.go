package engine

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// TestMain leaves by a way that the engine survives under the race detector.
func TestMain(m *testing.M) {
	code := m.Run()
	if dir := os.Getenv(testDir); dir != "" {
		_ = os.RemoveAll(dir)
	}
	syscall.Exit(code)
}

const testDir = "GAPWATCH_TEST_ENGINE_DIR" // set by the test process for itself

// findLibrary looks where embedded.FindLibrary does; that package imports this one.
func findLibrary() string {
	for dir, _ := os.Getwd(); dir != "/"; dir = filepath.Dir(dir) {
		if all, _ := filepath.Glob(filepath.Join(dir, "node_modules", "@chdb", "*", "libchdb.so")); len(all) > 0 {
			return all[0]
		}
	}
	return os.Getenv("GAPWATCH_LIBCHDB")
}

// canary stands where no stranger may read: in private tables, in a file, and in the name of the data directory.
const canary = "CANARY7f3a"

var boot = sync.OnceValues(func() (*Engine, error) {
	dir, err := os.MkdirTemp("", "engine-test-")
	if err != nil {
		return nil, err
	}
	if err := os.Setenv(testDir, dir); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "secret.txt"), []byte(canary+"\n"), 0o600); err != nil {
		return nil, err
	}
	e, err := Open(Config{
		Dir: filepath.Join(dir, canary), Library: findLibrary(), MaxMemory: 2 << 30,
		Database: "g", Public: []string{"series", "alerts", "shown"},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{
		"CREATE DATABASE g", "CREATE DATABASE other",
		"CREATE TABLE g.series (n UInt64, s String, a Array(UInt8), d Date, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY (n, s)",
		"INSERT INTO g.series SELECT number, concat('技能', toString(number)), [1, 2], toDate('2024-01-01') + number, 1 FROM numbers(20)",
		"CREATE TABLE g.alerts (id String, n UInt64, s String) ENGINE = MergeTree ORDER BY id",
		"INSERT INTO g.alerts SELECT toString(number), number, 's' FROM numbers(5)",
		"CREATE TABLE g.api_keys (n UInt64, s String, hash String) ENGINE = MergeTree ORDER BY s",
		"INSERT INTO g.api_keys SELECT number, 'x', '" + canary + "' FROM numbers(3)",
		"CREATE TABLE g.requests (n UInt64, s String) ENGINE = MergeTree ORDER BY n",
		"INSERT INTO g.requests VALUES (1, '" + canary + "')",
		"CREATE TABLE other.things (n UInt64, s String) ENGINE = MergeTree ORDER BY n",
		"INSERT INTO other.things VALUES (1, '" + canary + "')",
		"CREATE VIEW g.hidden AS SELECT * FROM g.api_keys",
		"CREATE VIEW g.shown DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT n, if(n > 1, 'masked', hash) = '' AS masked, 's' AS s FROM g.api_keys WHERE n != 2",
	} {
		if err := e.root.Exec(sql); err != nil {
			return nil, err
		}
	}
	return e, nil
})

// testEngine is the one engine of the test process.
func testEngine(t testing.TB) *Engine {
	t.Helper()
	if findLibrary() == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("libchdb is missing")
		}
		t.Skip("run 'npm ci' to test against the engine")
	}
	e, err := boot()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// withoutRole opens a stranger's connection that the engine's grants do not hold back, so that the gate stands alone.
func withoutRole(t testing.TB, e *Engine) *chdb.Conn {
	t.Helper()
	conn, err := e.lib.Connect(e.cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	conn, err = prepare(conn, []string{"SET " + limitsOf(e.cfg), "USE g", "SET readonly = 1"})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
