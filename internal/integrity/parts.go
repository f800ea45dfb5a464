package integrity

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
)

// inventory compares the parts that are there with the inventory, and looks for those that were put aside.
func (c *Checker) inventory(ctx context.Context, s *sight) error {
	inventory, err := c.store.Inventory(ctx)
	if err != nil {
		return err
	}
	aside, err := c.store.DetachedParts(ctx)
	if err != nil {
		return err
	}
	active := map[string][]clickhouse.Part{}
	for _, p := range s.parts {
		active[p.Table] = append(active[p.Table], p)
	}
	for _, p := range aside {
		if slices.ContainsFunc(inventory.Kept, func(k clickhouse.Part) bool { return k.Table == p.Table && k.Name == p.Name }) {
			s.kept = append(s.kept, p)
			continue
		}
		if !covered(p, active[p.Table]) { // a merge that went wrong leaves its result aside and its sources in use
			s.found = append(s.found, Finding{Kind: PartBroken, Table: p.Table, Part: p})
		}
	}
	there, expires := map[string]bool{}, map[string]bool{}
	for _, t := range s.tables {
		there[t.Name], expires[t.Name] = true, strings.Contains(t.Definition, " TTL ")
	}
	missed := func(p clickhouse.Part) { // unless it is known where it went
		if !slices.ContainsFunc(s.found, func(f Finding) bool { return f.Kind == PartBroken && f.Part.Holds(p) }) {
			s.found = append(s.found, Finding{Kind: PartMissing, Table: p.Table, Part: p})
		}
	}
	for _, p := range inventory.Lost {
		missed(p)
	}
	for _, p := range inventory.Parts {
		if slices.ContainsFunc(inventory.Lost, func(l clickhouse.Part) bool { return l.Table == p.Table && l.Name == p.Name }) {
			continue
		}
		if !there[p.Table] || expires[p.Table] {
			continue // a missing table is a finding already; what has a time to live goes by itself
		}
		if !covered(p, active[p.Table]) {
			missed(p)
		}
	}
	return nil
}

// covered reports whether every block of p is in a part that is in use: in one that it was merged into, or in those
// that it was merged from.
func covered(p clickhouse.Part, active []clickhouse.Part) bool {
	if p.From < 0 { // the engine cannot tell its blocks from its name
		return false
	}
	next := p.From
	for next <= p.To {
		i := slices.IndexFunc(active, func(a clickhouse.Part) bool {
			other := a.Name == p.Name && a.Hash != p.Hash && p.Hash != "" // the engine gives the numbers of lost blocks again
			return a.Partition == p.Partition && a.From <= next && a.To >= next && !other
		})
		if i < 0 {
			return false
		}
		next = active[i].To + 1
	}
	return true
}

// due are the parts to read, those that were not read for the longest time first, and forgets parts that are gone.
func (c *Checker) due(parts []clickhouse.Part) []clickhouse.Part {
	c.mu.Lock()
	defer c.mu.Unlock()
	read := map[string]time.Time{}
	var out []clickhouse.Part
	for _, p := range parts {
		key := p.Table + "/" + p.Name
		at, known := c.read[key]
		if known {
			read[key] = at
		}
		if time.Since(at) > rereadAfter {
			out = append(out, p)
		}
	}
	c.read = read
	slices.SortStableFunc(out, func(a, b clickhouse.Part) int {
		return read[a.Table+"/"+a.Name].Compare(read[b.Table+"/"+b.Name])
	})
	return out
}
