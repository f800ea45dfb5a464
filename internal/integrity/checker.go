package integrity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Depth says how closely a check looks.
type Depth int

// The depths of a check.
const (
	// Quick compares names and counts, and the batches since the last check: milliseconds.
	Quick Depth = iota
	// Deep also compares checksums, within the budget: parts that were not read for the longest time come first.
	Deep
	// Full compares every checksum and every batch.
	Full
)

const (
	// overlap is how much of what was compared is compared again: rows of another server's clock may come late.
	overlap = time.Minute
	// rereadAfter is when a part that was read and found right is read again.
	rereadAfter = 24 * time.Hour
	// retryAfter is how long after a check that could not be made the next one is tried.
	retryAfter = 30 * time.Second
)

// Checker looks at the stored data.
type Checker struct {
	cfg     Config
	group   string
	store   *clickhouse.Store
	kafka   *kafka.Client
	logger  *slog.Logger
	metrics metrics

	mu   sync.Mutex
	read map[string]time.Time // when a part's checksums were last right, by table and name
}

// New makes a checker. group is the consumer group whose commits say what has been stored.
func New(cfg Config, group string, store *clickhouse.Store, bus *kafka.Client, logger *slog.Logger, reg prometheus.Registerer) (*Checker, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Checker{cfg: cfg, group: group, store: store, kafka: bus, logger: logger, metrics: newMetrics(reg), read: map[string]time.Time{}}, nil
}

// Run checks at once and then every Every until ctx ends. A check that could not be made is tried again soon.
func (c *Checker) Run(ctx context.Context) error {
	for {
		wait := c.cfg.Every
		if _, err := c.Check(ctx, Deep); err != nil && ctx.Err() == nil {
			c.logger.Warn("the stored data could not be checked, trying again", "error", err)
			wait = min(wait, retryAfter)
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// Check looks, and records what it found: from then on a loss stops roll-up and alerts, and a clean result lets them
// work and becomes the inventory.
func (c *Checker) Check(ctx context.Context, depth Depth) ([]Finding, error) {
	began := time.Now()
	last, known, err := c.last(ctx)
	if err != nil {
		return nil, err
	}
	if known && !last.OK && depth == Quick {
		depth = Deep // damage found before is not reported as repaired without looking again
	}
	seen, err := c.look(ctx, depth, last, known)
	if err != nil {
		return nil, err
	}
	if err := c.record(ctx, seen, last); err != nil {
		return seen.found, err
	}
	c.metrics.last.SetToCurrentTime()
	c.metrics.findings.Set(float64(len(seen.found)))
	if len(seen.found) > 0 {
		var engine []string // its own words, for those who know it
		for _, f := range seen.found {
			if f.Wrong != "" {
				engine = append(engine, f.Wrong)
			}
		}
		c.logger.Error("stored data was lost: roll-up and alerts are stopped, run gapwatch repair", "findings", texts(seen.found), "engine", engine)
	}
	if len(seen.found) == 0 && known && !last.OK {
		c.logger.Info("stored data is whole again, roll-up and alerts go on")
	}
	c.logger.Debug("stored data checked", "findings", len(seen.found), "parts_read", seen.partsRead, "took", time.Since(began).Round(time.Millisecond))
	return seen.found, nil
}

// last is the latest check. A record that cannot be read counts as one that found a loss: the data may not be intact.
func (c *Checker) last(ctx context.Context) (clickhouse.IntegrityCheck, bool, error) {
	last, known, err := c.store.LastCheck(ctx)
	if clickhouse.Refused(err) {
		return clickhouse.IntegrityCheck{}, true, nil
	}
	return last, known, err
}

// sight is what one look saw.
type sight struct {
	found     []Finding
	tables    []clickhouse.Table
	parts     []clickhouse.Part
	kept      []clickhouse.Part
	partsRead int
	compared  time.Time
}

// look sees what is there. When the engine cannot read what a comparison needs, the checksums tell which part is
// damaged, and that is the finding.
func (c *Checker) look(ctx context.Context, depth Depth, last clickhouse.IntegrityCheck, known bool) (*sight, error) {
	s := &sight{compared: last.Compared}
	missing, err := c.tables(ctx, s)
	if err != nil {
		return nil, err
	}
	budget, all := c.cfg.Budget, 24*time.Hour
	if depth == Full || known && !last.OK {
		budget = all
	}
	if !c.store.Single() { // replicas mend one another
		return s, c.compare(ctx, s, missing, depth, last, known)
	}
	if s.parts, err = c.store.Parts(ctx); err != nil {
		return nil, err
	}
	if depth > Quick {
		if err := c.checksums(ctx, s, budget); err != nil {
			return nil, err
		}
	}
	err = c.compare(ctx, s, missing, depth, last, known)
	if !clickhouse.Refused(err) {
		return s, err
	}
	if !s.damaged() && c.checksums(ctx, s, all) == nil && !s.damaged() {
		return nil, err
	}
	return s, nil
}

// damaged reports whether a damaged part was found.
func (s *sight) damaged() bool {
	return slices.ContainsFunc(s.found, func(f Finding) bool { return f.Kind == PartDamaged })
}

// compare sets what is there against the inventory and the batches.
func (c *Checker) compare(ctx context.Context, s *sight, missing map[string]bool, depth Depth, last clickhouse.IntegrityCheck, known bool) error {
	if c.store.Single() && !missing["inventory"] {
		if err := c.inventory(ctx, s); err != nil {
			return err
		}
	}
	for _, t := range []string{"batches", "postings", "requests", "programmes", "courses"} {
		if missing[t] {
			return nil // nothing to compare with; the table itself is a finding
		}
	}
	since := last.Compared
	if depth == Full {
		since = time.Time{}
	}
	return c.batches(ctx, s, since, !known)
}

// tables finds the tables that the migrations made and that are gone.
func (c *Checker) tables(ctx context.Context, s *sight) (map[string]bool, error) {
	want, err := clickhouse.ExpectedTables()
	if err != nil {
		return nil, err
	}
	if s.tables, err = c.store.Tables(ctx); err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, t := range s.tables {
		have[t.Name] = true
	}
	missing := map[string]bool{}
	for _, t := range want {
		if !have[t] {
			missing[t] = true
			s.found = append(s.found, Finding{Kind: TableMissing, Table: t})
		}
	}
	return missing, nil
}

// checksums reads parts until the budget is used up.
func (c *Checker) checksums(ctx context.Context, s *sight, budget time.Duration) error {
	deadline := time.Now().Add(budget)
	for _, p := range c.due(s.parts) {
		if time.Now().After(deadline) {
			return nil
		}
		wrong, err := c.store.CheckPart(ctx, p)
		if err != nil {
			return err
		}
		s.partsRead++
		c.metrics.read.Inc()
		if wrong != "" {
			s.found = append(s.found, Finding{Kind: PartDamaged, Table: p.Table, Part: p, Wrong: wrong})
			continue
		}
		c.mu.Lock()
		c.read[p.Table+"/"+p.Name] = time.Now()
		c.mu.Unlock()
	}
	return nil
}

// batches compares the facts with what was committed.
func (c *Checker) batches(ctx context.Context, s *sight, since time.Time, first bool) error {
	until, err := c.store.LastBatch(ctx)
	if err != nil {
		return err
	}
	committed, err := c.committed(ctx) // before the batches are read: those are written first
	if err != nil {
		return err
	}
	if first {
		if committed, err = c.begin(ctx, committed); err != nil {
			return err
		}
	}
	if !since.IsZero() {
		since = since.Add(-overlap)
	}
	reach, holes, err := c.store.Recorded(ctx, since)
	if err != nil {
		return err
	}
	for _, h := range holes {
		s.found = append(s.found, Finding{Kind: Unrecorded, Span: h})
	}
	for _, span := range committed {
		for _, r := range reach {
			if r.Topic == span.Topic && r.Partition == span.Partition {
				span.First = r.Next
			}
		}
		if span.First < span.Next {
			s.found = append(s.found, Finding{Kind: Unrecorded, Span: span})
		}
	}
	lost, err := c.store.LostBatches(ctx, since, until)
	if err != nil {
		return err
	}
	for _, l := range lost {
		s.found = append(s.found, Finding{Kind: RowsMissing, Table: l.Fact, Lost: l})
	}
	s.compared = until
	return nil
}

// topics are those whose messages become facts.
func topics() []string {
	return []string{talent.TopicPostings, talent.TopicRequests, talent.TopicProgrammes}
}

// committed are the offsets that the aggregators say they have stored.
func (c *Checker) committed(ctx context.Context) ([]clickhouse.Span, error) {
	var out []clickhouse.Span
	for _, topic := range topics() {
		progress, err := c.kafka.Progress(ctx, c.group, topic)
		if err != nil {
			return nil, err
		}
		for _, p := range progress {
			if p.Committed > 0 {
				out = append(out, clickhouse.Span{Topic: topic, Partition: p.Partition, Next: p.Committed})
			}
		}
	}
	return out, nil
}

// begin notes, at the first check of all, what a version without batches had committed: that cannot be compared any
// more. A store without a single fact is another matter: there, everything that was committed is lost.
func (c *Checker) begin(ctx context.Context, committed []clickhouse.Span) ([]clickhouse.Span, error) {
	any, err := c.store.AnyFacts(ctx)
	if err != nil || !any {
		return committed, err
	}
	reach, _, err := c.store.Recorded(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	recorded := map[clickhouse.Span]bool{}
	for _, r := range reach {
		recorded[clickhouse.Span{Topic: r.Topic, Partition: r.Partition}] = true
	}
	var old []talent.Batch
	for _, span := range committed {
		if !recorded[clickhouse.Span{Topic: span.Topic, Partition: span.Partition}] {
			old = append(old, talent.Batch{Topic: span.Topic, Partition: span.Partition, First: 0, Last: span.Next - 1})
		}
	}
	return committed, c.store.PutBatches(ctx, old...)
}

// record writes what was found; a clean look becomes the inventory.
func (c *Checker) record(ctx context.Context, s *sight, last clickhouse.IntegrityCheck) error {
	now := time.Now().UTC()
	check := clickhouse.IntegrityCheck{At: now, OK: len(s.found) == 0, Compared: last.Compared, Parts: len(s.parts), Findings: texts(s.found)}
	if check.OK {
		check.Compared = s.compared
		if c.store.Single() {
			if err := c.store.PutInventory(ctx, clickhouse.Inventory{At: now, Tables: s.tables, Parts: s.parts, Kept: s.kept}); err != nil {
				return err
			}
		}
	}
	var errs []error
	if !check.OK {
		var gone clickhouse.Inventory
		for _, f := range s.found {
			if f.Kind == PartMissing {
				gone.At, gone.Lost = now, append(gone.Lost, f.Part)
			}
		}
		errs = append(errs, c.store.PutInventory(ctx, gone))
	}
	if err := c.store.PutCheck(ctx, check); err != nil {
		errs = append(errs, fmt.Errorf("record the check: %w", err))
	}
	return errors.Join(errs...)
}
