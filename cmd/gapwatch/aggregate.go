package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/aggregate/skills"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// aggregateCmd is the aggregation stage.
type aggregateCmd struct{}

// Help is shown under the flags.
func (aggregateCmd) Help() string {
	return "As many processes as there are partitions share the work. Example: gapwatch aggregate --config gapwatch.yaml"
}

// Run aggregates until the process is stopped.
func (aggregateCmd) Run(env *environment) error {
	return env.runStage(func(ctx context.Context, s *stage) error {
		a, err := newAggregator(s)
		if err != nil {
			return err
		}
		checker, err := newChecker(s)
		if err != nil {
			return err
		}
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return a.Run(ctx) })
		// One of all aggregators looks after the stored data.
		group.Go(func() error { return s.backend.kafka.Lead(ctx, "integrity", talent.TopicPostings, checker.Run) })
		return group.Wait()
	})
}

// aggregating does work beside an aggregator, in a process that hosts the store. drain waits until every message is a
// fact and every fact is counted.
func aggregating(ctx context.Context, s *stage, work func(ctx context.Context, drain func(context.Context) error) error) error {
	aggregator, err := newAggregator(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return aggregator.Run(ctx) })
	group.Go(func() error { return s.backend.embedded.Run(ctx) })
	group.Go(func() error {
		defer cancel()
		return work(ctx, aggregator.Drain)
	})
	return group.Wait()
}

func newAggregator(s *stage) (*aggregate.Aggregator, error) {
	extractor, err := skills.New()
	if err != nil {
		return nil, fmt.Errorf("load taxonomy: %w", err)
	}
	return aggregate.New(s.cfg.Aggregate, s.backend.store, s.backend.kafka, extractor, s.logger.With("part", "aggregate"), s.registry)
}
