package clickhouse_test

import (
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestMigrateTwiceDoesNothing(t *testing.T) {
	s := testenv.Open(t, testenv.StoreConfig(t))
	first, err := s.Migrate(t.Context())
	if err != nil || len(first) == 0 {
		t.Fatalf("first migration applied %v: %v", first, err)
	}
	second, err := s.Migrate(t.Context())
	if err != nil || len(second) != 0 {
		t.Errorf("second migration applied %v: %v", second, err)
	}
}

// TestMigrateFromEveryState: a database that stopped after any migration, or lost the record of its last one, comes
// to the same schema.
func TestMigrateFromEveryState(t *testing.T) {
	whole := testenv.Store(t)
	want := clickhouse.Schema(t, whole)
	step := 1
	if testing.Short() { // the race detector is not after the states
		step = 9
	}
	for n := 0; n < clickhouse.MigrationCount(t); n += step {
		s := testenv.Open(t, testenv.StoreConfig(t))
		clickhouse.MigrateSome(t, s, n, n%2 == 0)
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Errorf("from state %d: %v", n, err)
		}
		if got := clickhouse.Schema(t, s); got != want {
			t.Errorf("from state %d another schema:\n%s", n, got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	s := testenv.Store(t)
	clickhouse.RecordMigration(t, s, "9999_from_the_future")
	if _, err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "newer gapwatch") {
		t.Errorf("a database of a newer version: %v", err)
	}
}

// TestEveryTableSyncs: on a server of its own every table gets the settings, the ledger of migrations too, and a
// second migration finds nothing to do; who wants it otherwise gets rid of them.
func TestEveryTableSyncs(t *testing.T) {
	cfg := testenv.StoreConfig(t)
	cfg.Embedded = false
	for _, lose := range []bool{false, true, false} {
		cfg.LoseSecondsOnPowerCut = lose
		s := testenv.Open(t, cfg)
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		tables, synced := clickhouse.SyncedTables(t, s)
		if want := map[bool]int{false: tables, true: 0}[lose]; tables < 19 || synced != want {
			t.Errorf("lose seconds %t: %d of %d tables sync what they acknowledge, want %d", lose, synced, tables, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
