package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/internal/integrity"
)

// checkCmd looks whether what was stored is still there.
type checkCmd struct {
	Quick bool `help:"Compare names and counts only; without it every checksum and every batch is compared."`
}

// Help is shown under the flags.
func (checkCmd) Help() string {
	return `Exit code 0: everything is there; 1: something is lost, and what to do. It works beside a running system and without
one. Example: gapwatch check --data /var/lib/gapwatch`
}

// Run checks once, and records the result.
func (c checkCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		checker, err := newChecker(s)
		if err != nil {
			return err
		}
		depth := integrity.Full
		if c.Quick {
			depth = integrity.Quick
		}
		found, err := checker.Check(ctx, depth)
		for _, f := range found {
			fmt.Fprintln(env.stdout, f)
		}
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return fmt.Errorf("%d findings: roll-up and alerts are stopped; run `gapwatch repair`, which says what it can bring back", len(found))
		}
		_, err = fmt.Fprintln(env.stdout, "everything that was stored is there")
		return err
	})
}

// newChecker makes the checker of a stage.
func newChecker(s *stage) (*integrity.Checker, error) {
	return integrity.New(s.cfg.Integrity, aggregate.Group, s.backend.store, s.backend.kafka, s.logger.With("part", "integrity"), s.registry)
}

// errNotRecovered is the end of a repair that could not bring back everything.
var errNotRecovered = errors.New("not everything could be recovered: restore a backup (--backup DIR), or go on without it (--accept-loss)")
