package clickhouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Table is a table as the engine knows it.
type Table struct {
	Name       string `ch:"name"`
	UUID       string `ch:"uuid"`
	Definition string `ch:"create_table_query"` // the statement that made it, with its uuid
	Path       string `ch:"path"`               // of its data, on the server's machine
}

// Part is a piece of a table on the disk.
type Part struct {
	Table     string `ch:"table"`
	Name      string `ch:"name"`
	Partition string `ch:"partition_id"`
	From      int64  `ch:"block_from"` // the blocks, one for each insert, that it holds
	To        int64  `ch:"block_to"`
	Rows      uint64 `ch:"rows"`
	Hash      string `ch:"hash"`   // of all its files
	Reason    string `ch:"reason"` // of a detached part: why; empty: somebody detached it
}

// Holds reports whether p holds every block of q.
func (p Part) Holds(q Part) bool {
	return p.Table == q.Table && p.Partition == q.Partition && p.From <= q.From && p.To >= q.To
}

// Inventory is what there was when all was last well.
type Inventory struct {
	At     time.Time // zero: none was ever taken
	Tables []Table
	Parts  []Part
	Kept   []Part // detached parts that were dealt with
	Lost   []Part // parts that a later check missed, and that no repair has dealt with
}

// bookkeeping are tables that the inventory leaves out, because taking it changes them, or because nothing is lost
// with them: the probe's row is written again.
func bookkeeping() []string { return []string{"inventory", "integrity_checks", "probes"} }

var tableName = regexp.MustCompile(`\{\{table "([a-z_]+)"\}\}`)

// ExpectedTables are the tables that the migrations made.
func ExpectedTables() ([]string, error) {
	all, err := migrations()
	if err != nil {
		return nil, err
	}
	out := []string{"schema_migrations"}
	for _, m := range all {
		for _, found := range tableName.FindAllStringSubmatch(m.text, -1) {
			out = append(out, found[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Single reports whether this is one node, which nobody but us looks after; replicas of a cluster mend themselves.
func (s *Store) Single() bool { return s.cfg.Cluster == "" }

// Tables lists the tables that are there.
func (s *Store) Tables(ctx context.Context) ([]Table, error) {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"show_table_uuid_in_table_create_query_if_not_nil": 1}))
	return rows[Table](ctx, s, "tables", `SELECT name, toString(uuid) AS uuid, create_table_query, arrayElement(data_paths, 1) AS path FROM system.tables WHERE database = currentDatabase() ORDER BY name`)
}

// Parts lists the parts that queries read.
func (s *Store) Parts(ctx context.Context) ([]Part, error) {
	return rows[Part](ctx, s, "parts", `SELECT table, name, partition_id, min_block_number AS block_from, max_block_number AS block_to, rows, hash_of_all_files AS hash, '' AS reason
		FROM system.parts WHERE database = currentDatabase() AND active ORDER BY table, name`)
}

// DetachedParts lists the parts that the engine, or somebody, has put aside.
func (s *Store) DetachedParts(ctx context.Context) ([]Part, error) {
	return rows[Part](ctx, s, "detached parts", `SELECT table, name, ifNull(partition_id, '') AS partition_id, ifNull(min_block_number, -1) AS block_from,
		ifNull(max_block_number, -1) AS block_to, toUInt64(0) AS rows, '' AS hash, ifNull(reason, '') AS reason
		FROM system.detached_parts WHERE database = currentDatabase() AND ifNull(reason, '') NOT IN ('ignored', 'clone', 'deleting', 'attaching') ORDER BY table, name`)
}

// CheckPart reads a part and compares its checksums. wrong is empty when they are right, or when the part has been
// merged away meanwhile.
func (s *Store) CheckPart(ctx context.Context, p Part) (wrong string, err error) {
	type row struct {
		Path    string `ch:"part_path"`
		Passed  bool   `ch:"is_passed"`
		Message string `ch:"message"`
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"check_query_single_value_result": 0}))
	got, err := rows[row](ctx, s, "checksums of "+p.Table+" "+p.Name, "CHECK TABLE "+p.Table+" PART '"+quoted(p.Name)+"'")
	var said *clickhouse.Exception
	if errors.As(err, &said) && said.Code == codeNoSuchPart {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	for _, r := range got {
		if !r.Passed {
			return r.Message, nil
		}
	}
	return "", nil
}

// codeNoSuchPart is ClickHouse's number for a part that is not there.
const codeNoSuchPart = 232

// quoted escapes a name for a string literal: names of parts cannot be parameters.
func quoted(s string) string { return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) }

// Inventory reads what there was when all was last well.
func (s *Store) Inventory(ctx context.Context) (Inventory, error) {
	type row struct {
		Part
		State      string    `ch:"state"`
		UUID       string    `ch:"uuid"`
		Definition string    `ch:"definition"`
		At         time.Time `ch:"at"`
	}
	var inv Inventory
	got, err := rows[row](ctx, s, "inventory", `SELECT table, part AS name, partition AS partition_id, block_from, block_to, rows, hash, '' AS reason, state, uuid, definition, at
		FROM inventory FINAL WHERE state = 'kept' OR at = (SELECT max(at) FROM inventory WHERE state = 'active')
			OR state = 'lost' AND at > (SELECT max(at) FROM inventory WHERE state = 'active') ORDER BY table, part`)
	if err != nil {
		return inv, err
	}
	for _, r := range got {
		switch {
		case r.State == "kept":
			inv.Kept = append(inv.Kept, r.Part)
		case r.State == "lost":
			inv.Lost = append(inv.Lost, r.Part)
		case r.Name == "":
			inv.Tables, inv.At = append(inv.Tables, Table{Name: r.Table, UUID: r.UUID, Definition: r.Definition}), r.At
		default:
			inv.Parts, inv.At = append(inv.Parts, r.Part), r.At
		}
	}
	return inv, nil
}

// PutInventory stores what is there now, or only what is lost of it.
func (s *Store) PutInventory(ctx context.Context, inv Inventory) error {
	type line struct {
		Part
		state      string
		uuid, text string
	}
	var lines []line
	for _, t := range inv.Tables {
		lines = append(lines, line{Part: Part{Table: t.Name}, state: "active", uuid: t.UUID, text: t.Definition})
	}
	for _, p := range inv.Parts {
		lines = append(lines, line{Part: p, state: "active"})
	}
	for _, p := range inv.Kept {
		lines = append(lines, line{Part: p, state: "kept"})
	}
	for _, p := range inv.Lost {
		lines = append(lines, line{Part: p, state: "lost"})
	}
	lines = slices.DeleteFunc(lines, func(l line) bool { return slices.Contains(bookkeeping(), l.Table) && l.Name != "" })
	return insert(ctx, s, "inventory", "", "INSERT INTO inventory (table, part, state, block_from, block_to, partition, rows, hash, uuid, definition, at)", len(lines),
		func(i int) []any {
			l := lines[i]
			return []any{l.Table, l.Name, l.state, l.From, l.To, l.Partition, l.Rows, l.Hash, l.uuid, l.text, inv.At}
		})
}

// IntegrityCheck is the result of one look at the stored data.
type IntegrityCheck struct {
	At       time.Time
	OK       bool
	Compared time.Time // batches written until then were compared with the facts
	Parts    int       // of the inventory
	Findings []string  // what is wrong, for the operator
}

// PutCheck records a result.
func (s *Store) PutCheck(ctx context.Context, c IntegrityCheck) error {
	text, err := json.Marshal(c.Findings)
	if err != nil {
		return fmt.Errorf("encode findings: %w", err)
	}
	return insert(ctx, s, "integrity check", "", "INSERT INTO integrity_checks (at, ok, compared, parts, findings)", 1, func(int) []any {
		return []any{c.At, c.OK, c.Compared, uint64(c.Parts), string(text)}
	})
}

// LastCheck is the latest result, and false when nothing was ever checked.
func (s *Store) LastCheck(ctx context.Context) (IntegrityCheck, bool, error) {
	type row struct {
		At       time.Time `ch:"at"`
		OK       bool      `ch:"ok"`
		Compared time.Time `ch:"compared"`
		Parts    uint64    `ch:"parts"`
		Findings string    `ch:"findings"`
	}
	got, err := rows[row](ctx, s, "integrity check", "SELECT at, ok, compared, parts, findings FROM integrity_checks ORDER BY at DESC LIMIT 1")
	if err != nil || len(got) == 0 {
		return IntegrityCheck{}, false, err
	}
	c := IntegrityCheck{At: got[0].At.UTC(), OK: got[0].OK, Compared: got[0].Compared.UTC(), Parts: int(got[0].Parts)}
	if err := json.Unmarshal([]byte(got[0].Findings), &c.Findings); err != nil {
		return c, false, fmt.Errorf("read findings: %w", err)
	}
	return c, true, nil
}

// Intact returns talent.ErrLost, with what was found, while the latest check found a loss.
func (s *Store) Intact(ctx context.Context) error {
	c, known, err := s.LastCheck(ctx)
	switch {
	case err != nil:
		return err
	case known && !c.OK:
		return fmt.Errorf("%w: %s", talent.ErrLost, strings.Join(c.Findings, "; "))
	}
	return nil
}
