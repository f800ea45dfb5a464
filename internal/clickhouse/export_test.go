package clickhouse

import (
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Cell is what the roll-up counts of one series in one period.
type Cell struct {
	talent.Point
	Key talent.SeriesKey
}

// Cells counts periods straight from the facts, every cell.
func Cells(t *testing.T, s *Store, grain talent.Grain, periods []time.Time) []Cell {
	t.Helper()
	got, err := rows[seriesRow](t.Context(), s, "cells", "SELECT "+countedColumns+" FROM ("+cellsQuery(grain)+")", cellsArgs(grain, periods)...)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]Cell, len(got))
	for i, r := range got {
		out[i] = Cell{r.point(), cellRow{r, string(grain)}.key()}
	}
	return out
}

// Empty removes all facts.
func Empty(t *testing.T, s *Store) {
	t.Helper()
	for _, table := range []string{"postings", "requests", "programmes", "courses", "crawl_runs"} {
		if err := s.exec(t.Context(), "empty "+table, "TRUNCATE TABLE "+table); err != nil {
			t.Fatal(err)
		}
	}
}

// Provinces asks the engine for the province of each region, in the order of regions.
func Provinces(t *testing.T, s *Store, regions []string) []string {
	t.Helper()
	type row struct {
		Province string `ch:"province"`
	}
	got, err := rows[row](t.Context(), s, "provinces", "SELECT "+province+" AS province FROM (SELECT arrayJoin(arrayEnumerate(a)) AS i, a[i] AS region FROM (SELECT splitByChar(' ', {regions:String}) AS a)) ORDER BY i",
		named("regions", strings.Join(regions, " ")))
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(got))
	for i, r := range got {
		out[i] = r.Province
	}
	return out
}

// MigrationCount is the number of migrations.
func MigrationCount(t *testing.T) int {
	t.Helper()
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// RecordMigration notes a migration as applied.
func RecordMigration(t *testing.T, s *Store, name string) {
	t.Helper()
	if err := s.conn.Exec(t.Context(), "INSERT INTO schema_migrations (name) SELECT {name:String}", named("name", name)); err != nil {
		t.Fatal(err)
	}
}

// MigrateSome applies the first n migrations as an earlier version did; without its last record when it was killed
// in between.
func MigrateSome(t *testing.T, s *Store, n int, killed bool) {
	t.Helper()
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.apply(t.Context(), ledger()); err != nil {
		t.Fatal(err)
	}
	for i, m := range all[:n] {
		if err := s.apply(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if !killed || i+1 < n {
			RecordMigration(t, s, m.name)
		}
	}
}

// Schema is what the engine says of a database's tables, without the database's name.
func Schema(t *testing.T, s *Store) string {
	t.Helper()
	type row struct {
		Query string `ch:"create_table_query"`
	}
	got, err := rows[row](t.Context(), s, "schema", "SELECT create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range got {
		b.WriteString(strings.ReplaceAll(r.Query, s.cfg.Database+".", "") + "\n")
	}
	return b.String()
}

// PublicSeries reads the view for strangers, a line a row; - is null.
func PublicSeries(t *testing.T, s *Store) []string {
	t.Helper()
	type row struct {
		Line string `ch:"line"`
	}
	got, err := rows[row](t.Context(), s, "public series", `SELECT concatWithSeparator('|', grain, skill, toString(period), ifNull(toString(openings), '-'),
		ifNull(toString(vacancies), '-'), ifNull(toString(employers), '-'), ifNull(toString(exposure), '-'), state) AS line FROM public_series ORDER BY line`)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(got))
	for i, r := range got {
		out[i] = r.Line
	}
	return out
}

// Columns is how many columns a table or view has.
func Columns(t *testing.T, s *Store, table string) uint64 {
	t.Helper()
	type row struct {
		N uint64 `ch:"n"`
	}
	got, err := rows[row](t.Context(), s, "columns", "SELECT count() AS n FROM system.columns WHERE database = currentDatabase() AND table = {table:String}", named("table", table))
	if err != nil {
		t.Fatal(err)
	}
	return got[0].N
}

// SyncedTables counts the tables of the MergeTree family, and those that have every durable setting.
func SyncedTables(t *testing.T, s *Store) (all, synced int) {
	t.Helper()
	type row struct {
		Engine string `ch:"engine_full"`
	}
	got, err := rows[row](t.Context(), s, "tables", "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range got {
		if durability(Config{}, "t", r.Engine) == "" {
			synced++
		}
	}
	return len(got), synced
}

// MigrationsBefore is the number of migrations whose names come before name.
func MigrationsBefore(t *testing.T, name string) (n int) {
	t.Helper()
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	for n < len(all) && all[n].name < name {
		n++
	}
	return n
}

// Exec runs a statement, as an earlier version did.
func Exec(t *testing.T, s *Store, statement string) {
	t.Helper()
	if err := s.conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// Count is the first number of a query's answer.
func Count(t *testing.T, s *Store, query string) (n uint64) {
	t.Helper()
	if err := s.conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
