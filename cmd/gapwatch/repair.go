package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gapwatch/gapwatch/internal/integrity"
)

// repairCmd brings back what was lost.
type repairCmd struct {
	Backup     string `placeholder:"DIR" help:"A copy of the data directory: lost parts are taken from it."`
	AcceptLoss bool   `help:"Go on without what cannot be recovered."`
}

// Help is shown under the flags.
func (repairCmd) Help() string {
	return `Takes up parts that were put aside, copies what can be read of damaged ones, takes lost ones from a backup, reads again
what Kafka still has, and counts every period again. Exit code 0: everything is there again; 1: not everything, and what is
missing. It works beside a running system and without one. Example: gapwatch repair --data /var/lib/gapwatch`
}

// Run repairs.
func (c repairCmd) Run(env *environment) error {
	if c.Backup != "" {
		if _, err := os.Stat(filepath.Join(c.Backup, "clickhouse", "store")); err != nil {
			return usageError{fmt.Errorf("--backup wants a copy of a data directory, with clickhouse/store in it: %w", err)}
		}
	}
	return env.runReader(func(ctx context.Context, s *stage) error {
		checker, err := newChecker(s)
		if err != nil {
			return err
		}
		aggregator, err := newAggregator(s)
		if err != nil {
			return err
		}
		lost, err := checker.Repair(ctx, integrity.RepairOptions{Backup: c.Backup, AcceptLoss: c.AcceptLoss, BatchRecords: s.cfg.Aggregate.BatchRecords},
			aggregator.Replay, env.stdout)
		if err != nil {
			return err
		}
		if len(lost) > 0 && !c.AcceptLoss {
			return errNotRecovered
		}
		if s.backend.embedded == nil {
			return nil // the running system counts again
		}
		return aggregator.RollUpAll(ctx)
	})
}
