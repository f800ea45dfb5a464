package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// sourceChange is what a removal and a new name have in common.
type sourceChange struct {
	Source string `arg:"" help:"Name of the source, from gapwatch source list."`
}

// check refuses a source that is unknown, or that would come back because it is crawled.
func (c sourceChange) check(ctx context.Context, s *stage, todo string) (sources, error) {
	all, err := readSources(ctx, s.backend.store)
	if err != nil {
		return all, err
	}
	if err := all.find(c.Source); err != nil {
		return all, err
	}
	if s.cfg.Dashboards.Sample && all.infos[c.Source].Schedule != "" {
		return all, usageError{fmt.Errorf("%s belongs to the sample market, which would crawl it again", c.Source)}
	}
	for _, configured := range s.cfg.Sources {
		if configured.Name == c.Source && configured.Active() {
			return all, usageError{fmt.Errorf("%s is crawled, and would come back under this name: %s in the configuration first, and restart what crawls", c.Source, todo)}
		}
	}
	return all, nil
}

// settled makes sure that no message of a source is on its way: what this process hosts is aggregated first, what
// another one aggregates is waited for.
func settled(ctx context.Context, s *stage, then func(context.Context) error) error {
	if s.backend.embedded != nil {
		return aggregating(ctx, s, func(ctx context.Context, drain func(context.Context) error) error {
			if err := drain(ctx); err != nil {
				return err
			}
			if err := then(ctx); err != nil {
				return err
			}
			return drain(ctx)
		})
	}
	for end := time.Now().Add(settleTime); ; {
		lag, err := s.backend.kafka.Lag(ctx, aggregate.Group, talent.TopicPostings)
		switch {
		case err != nil:
			return err
		case lag == 0:
			return then(ctx)
		case time.Now().After(end):
			return fmt.Errorf("%d messages of postings are not aggregated yet, and could be of this source: see that gapwatch aggregate (or up) runs, and try again", lag)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(findInterval):
		}
	}
}

// settleTime is how long messages on their way are waited for.
const settleTime = 30 * time.Second

// sourceRemoveCmd removes a source.
type sourceRemoveCmd struct {
	sourceChange
	Yes bool `help:"Do it; without it the command only says what would happen."`
}

// Help is shown under the flags.
func (sourceRemoveCmd) Help() string {
	return `Its postings are withdrawn and their text is erased, vacancies that other sources have too stay counted, the periods that it
had a part in are counted again, its runs and what the crawler remembers of its pages are forgotten. Warnings that were given stay
as they were given; explain says that their numbers have changed. Importing or crawling it again brings it back.
Example: gapwatch source remove hn --yes`
}

// Run says what would happen, or does it.
func (c sourceRemoveCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		if _, err := c.check(ctx, s, "take it out, or set enabled: false,"); err != nil {
			return err
		}
		store := s.backend.store
		facts, err := store.SourceFacts(ctx, c.Source)
		if err != nil {
			return err
		}
		describe(env.stdout, facts)
		if !c.Yes {
			_, err := fmt.Fprintf(env.stdout, "nothing was changed: --yes withdraws all of it, and these periods are counted again without %s\n", c.Source)
			return err
		}
		err = settled(ctx, s, func(ctx context.Context) error {
			for _, step := range []func(context.Context, string) error{store.WithdrawPostings, store.MarkWithdrawn, store.ForgetCrawl, store.ForgetSource} {
				if err := step(ctx, c.Source); err != nil {
					return fmt.Errorf("%w; run the command again, it goes on where it stopped", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "removed %s; its periods are counted again\n", c.Source)
		return err
	})
}

// sourceRenameCmd renames a source.
type sourceRenameCmd struct {
	sourceChange
	To  string `arg:"" help:"The new name."`
	Yes bool   `help:"Do it; without it the command only says what would happen."`
}

// Help is shown under the flags.
func (sourceRenameCmd) Help() string {
	return `Ids of postings follow from the source's name: they are made anew, as a reading under the new name would make them, so it finds
what is there instead of counting it twice. A crawled source is renamed while nothing crawls: stop, change the name in the
configuration, rename, start. Example: gapwatch source rename hn hacker-news --yes`
}

// Run says what would happen, or does it.
func (c sourceRenameCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		all, err := c.check(ctx, s, "change its name")
		if err != nil {
			return err
		}
		if err := talent.CheckSourceName(c.To); err != nil {
			return usageError{err}
		}
		if _, taken := all.infos[c.To]; taken || c.To == c.Source {
			return usageError{fmt.Errorf("there is a source %q: two sources are not made one, choose another name", c.To)}
		}
		store := s.backend.store
		facts, err := store.SourceFacts(ctx, c.Source)
		if err != nil {
			return err
		}
		describe(env.stdout, facts)
		if facts.Hidden > 0 {
			fmt.Fprintf(env.stdout, "%d postings had personal data in their keys, which was not kept: read again, they are copies of themselves\n", facts.Hidden)
		}
		if !c.Yes {
			_, err := fmt.Fprintf(env.stdout, "nothing was changed: --yes puts all of it under the name %s, and every number stays as it is\n", c.To)
			return err
		}
		info := all.infos[c.Source]
		info.Name = c.To
		err = settled(ctx, s, func(ctx context.Context) error {
			for _, step := range []func() error{
				func() error { return store.CopySource(ctx, c.Source, c.To) },
				func() error { return store.WithdrawPostings(ctx, c.Source) },
				func() error { return store.MarkWithdrawn(ctx, c.Source) },
				func() error { return store.ForgetCrawl(ctx, c.Source) },
				func() error { return store.PutSources(ctx, info) },
				func() error { return store.ForgetSource(ctx, c.Source) },
			} {
				if err := step(); err != nil {
					return fmt.Errorf("%w; run the command again, it goes on where it stopped", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "renamed %s to %s\n", c.Source, c.To)
		return err
	})
}
