package clickhouse

import (
	"context"
	"fmt"
	"strings"
)

// durableSettings make a table of the MergeTree family sync each part, and the directory that names it, before the
// part is acknowledged or takes the place of others.
var durableSettings = [...]string{"fsync_after_insert", "fsync_part_directory", "min_rows_to_fsync_after_merge", "min_compressed_bytes_to_fsync_after_fetch"}

// syncTables makes every table of the database durable, or leaves all of them to the server. It asks the server
// which tables there are, so that none can be forgotten. The embedded engine has the settings for all it has.
func (s *Store) syncTables(ctx context.Context) error {
	if s.cfg.Embedded {
		return nil
	}
	type row struct {
		Name   string `ch:"name"`
		Engine string `ch:"engine_full"`
	}
	tables, err := rows[row](ctx, s, "tables", "SELECT name, engine_full FROM system.tables WHERE database = {db:String} AND engine LIKE '%MergeTree' ORDER BY name",
		named("db", s.cfg.Database))
	if err != nil {
		return err
	}
	for _, t := range tables {
		statement := durability(s.cfg, t.Name, t.Engine)
		if statement == "" {
			continue
		}
		if err := s.conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make table %s durable: %w", t.Name, err)
		}
	}
	return nil
}

// durability is the statement that brings a table to what cfg asks for, "" when it is there. engine is the engine's
// clause of the table as the server writes it, settings included.
func durability(cfg Config, table, engine string) string {
	var change []string
	for _, name := range durableSettings {
		has := strings.Contains(engine, name+" = 1")
		switch {
		case !has && !cfg.LoseSecondsOnPowerCut:
			change = append(change, name+" = 1")
		case has && cfg.LoseSecondsOnPowerCut:
			change = append(change, name)
		}
	}
	if len(change) == 0 {
		return ""
	}
	verb := "MODIFY"
	if cfg.LoseSecondsOnPowerCut {
		verb = "RESET"
	}
	onCluster := ""
	if cfg.Cluster != "" {
		onCluster = " ON CLUSTER " + cfg.Cluster
	}
	return fmt.Sprintf("ALTER TABLE %s.%s%s %s SETTING %s", cfg.Database, table, onCluster, verb, strings.Join(change, ", "))
}
