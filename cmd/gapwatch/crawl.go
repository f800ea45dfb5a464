package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/ingest/crawl"
	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// crawlCmd is the crawling stage.
type crawlCmd struct {
	Now []string `placeholder:"NAME" help:"Crawl these sources once, now, and exit when they are done; repeat for each."`
}

// Help is shown under the flags.
func (crawlCmd) Help() string {
	return "Several processes share the sources; one of them keeps the schedule. Example: gapwatch crawl --now rebase-who-is-hiring"
}

// Run crawls on schedule until the process is stopped, or the named sources once.
func (c crawlCmd) Run(env *environment) error {
	cfg, _, err := env.load()
	if err != nil {
		return err
	}
	if err := refuseSample(cfg, "real sources"); err != nil {
		return err
	}
	run := env.runStage
	if len(c.Now) > 0 {
		if err := knownSources(cfg.Sources, c.Now); err != nil {
			return usageError{err}
		}
		run = env.runOnce
	}
	return run(func(ctx context.Context, s *stage) error {
		client, err := newFetchClient(s)
		if err != nil {
			return err
		}
		defer client.Close()
		crawler, err := newCrawler(s, client)
		if err != nil {
			return err
		}
		if len(c.Now) > 0 {
			return crawler.now(ctx, env, c.Now)
		}
		return crawler.Run(ctx)
	})
}

// crawler is a scheduler with a worker: every process has both, and one of all schedulers leads.
type crawler struct {
	scheduler *crawl.Scheduler
	worker    *crawl.Worker
}

func newFetchClient(s *stage) (*fetch.Client, error) {
	s.cfg.Fetch.Version = version
	return fetch.New(s.cfg.Fetch, s.registry)
}

func newCrawler(s *stage, client *fetch.Client) (*crawler, error) {
	if err := s.cfg.CheckContact(); err != nil {
		return nil, usageError{err}
	}
	logger := s.logger.With("part", "crawl")
	scheduler, err := crawl.NewScheduler(s.cfg.Sources, s.backend.kafka, s.backend.store, logger)
	if err != nil {
		return nil, usageError{err}
	}
	worker, err := crawl.NewWorker(s.cfg.Crawl, s.cfg.Sources, client, s.backend.kafka, s.backend.store, s.backend.store, logger, s.registry)
	if err != nil {
		return nil, err
	}
	return &crawler{scheduler, worker}, nil
}

// Run schedules and fetches until ctx ends.
func (c *crawler) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.scheduler.Run(ctx) })
	group.Go(func() error { return c.worker.Run(ctx) })
	return group.Wait()
}

// now crawls sources once, here, and prints how each run ended; a run that failed makes the command fail.
func (c *crawler) now(ctx context.Context, env *environment, names []string) error {
	var failed error
	for _, name := range names {
		r, err := c.worker.Visit(ctx, name, time.Now())
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "%s: %s: %s (%d listed, %d fetched, %d unchanged, %d failed, %d postings)\n",
			r.Source, r.Outcome, r.Reason, r.Listed, r.Fetched, r.NotModified, r.Failed, r.Postings)
		if r.Outcome == talent.RunFailed {
			failed = errors.Join(failed, fmt.Errorf("source %s failed: %s", r.Source, r.Reason))
		}
	}
	return failed
}

// knownSources refuses a name that the configuration does not have.
func knownSources(sources []crawl.Source, names []string) error {
	var known []string
	for _, s := range sources {
		known = append(known, s.Name)
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			return fmt.Errorf("no source %q in the configuration, which has %d: %s", n, len(known), strings.Join(known, ", "))
		}
	}
	return nil
}
