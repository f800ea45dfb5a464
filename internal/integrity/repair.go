package integrity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// RepairOptions say what a repair may use and what it may give up.
type RepairOptions struct {
	Backup       string // a copy of the data directory to take lost parts from; empty: none
	AcceptLoss   bool   // what cannot be recovered is given up, and the system goes on without it
	BatchRecords int    // as the aggregators have it, so that batches are cut alike
}

// Replay makes a batch durable that was read before.
type Replay func(ctx context.Context, batch []kafka.Record) error

// repair is one repair under way.
type repair struct {
	*Checker
	opts   RepairOptions
	replay Replay
	out    io.Writer

	touched map[string]bool // tables of which anything was lost
	mended  map[string]bool // parts, by table and name, whose rows were all recovered by themselves
	lost    []string        // what could not be recovered
}

// Repair looks at everything, brings back what the parts themselves, a backup and Kafka still have, and says on out
// what it did. It returns what could not be recovered; while that is not empty, and not accepted, roll-up and alerts
// stay stopped. A running system may go on meanwhile.
func (c *Checker) Repair(ctx context.Context, opts RepairOptions, replay Replay, out io.Writer) ([]string, error) {
	found, err := c.Check(ctx, Full)
	if err != nil && len(found) == 0 {
		return nil, err
	}
	if len(found) == 0 {
		fmt.Fprintln(out, "nothing is lost: there is nothing to repair")
		return nil, nil
	}
	r := &repair{Checker: c, opts: opts, replay: replay, out: out, touched: map[string]bool{}, mended: map[string]bool{}}
	r.say("%d findings:", len(found))
	for _, f := range found {
		r.say("  %s", f)
		if f.Table != "" {
			r.touched[f.Table] = true
		}
	}
	for _, step := range []func(context.Context) error{r.mendTables, r.mendParts, r.replayMessages, r.rebuild} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return r.lost, r.conclude(ctx)
}

func (r *repair) say(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// see looks again, at everything.
func (r *repair) see(ctx context.Context) (*sight, error) {
	last, known, err := r.last(ctx)
	if err != nil {
		return nil, err
	}
	return r.look(ctx, Full, last, known)
}

// mendTables gives tables whose definition is gone their data again, or makes them anew.
func (r *repair) mendTables(ctx context.Context) error {
	s, err := r.see(ctx)
	if err != nil {
		return err
	}
	var inventory clickhouse.Inventory
	gone := func(t string) bool {
		return slices.ContainsFunc(s.found, func(f Finding) bool { return f.Kind == TableMissing && f.Table == t })
	}
	if !gone("inventory") {
		if inventory, err = r.store.Inventory(ctx); err != nil {
			return err
		}
	}
	for _, f := range s.found {
		if f.Kind != TableMissing {
			continue
		}
		i := slices.IndexFunc(inventory.Tables, func(t clickhouse.Table) bool { return t.Name == f.Table })
		if i >= 0 && r.store.Single() {
			if err := r.store.AttachTable(ctx, inventory.Tables[i]); err == nil {
				r.say("table %s: its definition is back, and with it its data", f.Table)
				continue
			}
		}
		if err := r.store.RecreateTable(ctx, f.Table); err != nil {
			return err
		}
		r.say("table %s: made again, empty", f.Table)
	}
	return nil
}

// mendParts takes up parts that were only put aside, salvages damaged ones, and takes lost ones from the backup.
func (r *repair) mendParts(ctx context.Context) error {
	s, err := r.see(ctx)
	if err != nil {
		return err
	}
	for _, f := range s.found {
		if f.Kind == PartBroken && f.Part.Reason == "" {
			if err := r.store.AttachPart(ctx, f.Part); err != nil {
				r.say("table %s: part %s cannot be taken up again (see the log)", f.Table, f.Part.Name)
				r.logger.Warn("part not attached", "table", f.Table, "part", f.Part.Name, "error", err)
				continue
			}
			r.mended[f.Table+"/"+f.Part.Name] = true
			r.say("table %s: part %s is taken up again", f.Table, f.Part.Name)
		}
	}
	if s, err = r.see(ctx); err != nil { // what was taken up may be damaged
		return err
	}
	for _, f := range s.found {
		if f.Kind == PartDamaged {
			if err := r.salvage(ctx, f.Part); err != nil {
				return err
			}
		}
	}
	if r.opts.Backup == "" {
		return nil
	}
	tables, err := r.store.Tables(ctx)
	if err != nil {
		return err
	}
	for _, f := range s.found {
		if f.Kind != PartDamaged && f.Kind != PartBroken && f.Kind != PartMissing || r.mended[f.Table+"/"+f.Part.Name] {
			continue
		}
		i := slices.IndexFunc(tables, func(t clickhouse.Table) bool { return t.Name == f.Table })
		if i < 0 {
			continue
		}
		whole, err := r.fromBackup(ctx, tables[i], f.Part)
		if err != nil {
			return err
		}
		r.mended[f.Table+"/"+f.Part.Name] = whole
	}
	return nil
}

// leastSalvage is how few rows are given up together when they cannot be read: the engine reads no fewer at a time.
const leastSalvage = 8192

// salvage copies what can be read of a damaged part, and puts the part aside.
func (r *repair) salvage(ctx context.Context, p clickhouse.Part) error {
	var saved uint64
	var copyRange func(from, to uint64) error
	copyRange = func(from, to uint64) error {
		err := r.store.SalvageRows(ctx, p, from, to)
		switch {
		case err == nil:
			saved += to - from
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case to-from <= leastSalvage:
			return nil
		}
		middle := from + (to-from)/2
		return errors.Join(copyRange(from, middle), copyRange(middle, to))
	}
	if p.Rows > 0 {
		if err := copyRange(0, p.Rows); err != nil {
			return err
		}
	}
	if err := r.store.DetachPart(ctx, p); err != nil {
		return err
	}
	r.mended[p.Table+"/"+p.Name] = saved == p.Rows
	r.say("table %s: %d of %d rows of the damaged part %s could be read and were kept", p.Table, saved, p.Rows, p.Name)
	return nil
}

// conclude says what remains, and records the result.
func (r *repair) conclude(ctx context.Context) error {
	s, err := r.see(ctx)
	if err != nil {
		return err
	}
	for _, f := range s.found {
		switch f.Kind {
		case RowsMissing, Unrecorded, TableMissing:
			r.lost = append(r.lost, f.String()+"; Kafka has them no longer")
		}
	}
	slices.Sort(r.lost)
	r.lost = slices.Compact(r.lost)
	for _, l := range r.lost {
		r.say("NOT RECOVERED: %s", l)
	}
	now := time.Now().UTC()
	if len(r.lost) > 0 && !r.opts.AcceptLoss {
		return r.store.PutCheck(ctx, clickhouse.IntegrityCheck{At: now, OK: false, Parts: len(s.parts), Findings: r.lost})
	}
	for _, f := range s.found {
		switch f.Kind {
		case RowsMissing:
			if err := r.store.ForgetLost(ctx, f.Lost); err != nil {
				return err
			}
		case Unrecorded:
			if err := r.store.PutBatches(ctx, talent.Batch{Topic: f.Span.Topic, Partition: f.Span.Partition, First: f.Span.First, Last: f.Span.Next - 1}); err != nil {
				return err
			}
		}
	}
	kept, err := r.store.DetachedParts(ctx)
	if err != nil {
		return err
	}
	if r.store.Single() {
		if err := r.store.PutInventory(ctx, clickhouse.Inventory{At: now, Tables: s.tables, Parts: s.parts, Kept: kept}); err != nil {
			return err
		}
	}
	until, err := r.store.LastBatch(ctx)
	if err != nil {
		return err
	}
	if until.IsZero() {
		until = now
	}
	if err := r.store.PutCheck(ctx, clickhouse.IntegrityCheck{At: now, OK: true, Compared: until, Parts: len(s.parts)}); err != nil {
		return err
	}
	if len(r.lost) > 0 {
		r.say("the loss is accepted; roll-up and alerts go on without it")
		return nil
	}
	r.say("everything was recovered; roll-up and alerts go on")
	return nil
}
