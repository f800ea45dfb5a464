package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/alerts"
)

// upCmd runs the whole system in this process.
type upCmd struct {
	Listen string `placeholder:"HOST:PORT" help:"Address of the pages (http.listen)."`
	Sample bool   `help:"Run a fictional labour market beside it, to see how everything looks and moves."`
}

// Help is shown under the flags.
func (upCmd) Help() string {
	return `Needs no Kafka and no ClickHouse: both run inside. Prints the dashboard's address when ready. Example:
  gapwatch up --sample --data /tmp/gapwatch --listen 127.0.0.1:8080`
}

// Run runs every stage until the process is stopped.
func (c upCmd) Run(env *environment) (err error) {
	cfg, logger, err := env.load()
	if err != nil {
		return err
	}
	if c.Listen != "" {
		cfg.HTTP.Listen = c.Listen
		if err := cfg.HTTP.Validate(); err != nil {
			return usageError{err}
		}
	}
	if err := cfg.CheckContact(); err != nil && !c.Sample { // before the engine boots, not after
		return usageError{err}
	}
	if err := checkSampleData(cfg.Embedded.Dir, c.Sample); err != nil {
		return usageError{err}
	}
	var anchor time.Time
	if c.Sample { // the mark comes first: a directory whose first start failed is not taken for one of real data
		if anchor, err = sampleAnchor(cfg.Embedded.Dir); err != nil {
			return err
		}
		cfg.Alerts.Sample, cfg.Dashboards.Sample = true, true
	}
	if cfg.External {
		logger.Warn("up runs its embedded broker and engine; kafka.brokers and clickhouse.addr of the configuration are for the stages")
	}
	b, err := hostStore(env.ctx, cfg, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeHost(cfg, b, logger)) }()

	s := &stage{cfg: cfg, logger: logger, backend: b, registry: newRegistry()}
	group, ctx := errgroup.WithContext(env.ctx)
	var market *sampleMarket
	extend := func(*http.ServeMux) {}
	if c.Sample {
		if market, err = openSample(ctx, s, anchor); err != nil {
			return err
		}
		extend = market.register
	}
	if err := c.start(ctx, group, s, extend, func(address string) error {
		_, err := fmt.Fprintf(env.stdout, "Gapwatch is ready: %s\n", address)
		return err
	}, market); err != nil {
		return errors.Join(err, group.Wait())
	}
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// start starts every stage; ready is called with the dashboard's address once the pages answer.
func (c upCmd) start(ctx context.Context, group *errgroup.Group, s *stage, extend func(*http.ServeMux), ready func(string) error, market *sampleMarket) error {
	webhooks, err := newWebhooks(s)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, webhooks.Close)
	server, err := newServer(s, webhooks, extend)
	if err != nil {
		return err
	}
	if err := server.Listen(ctx); err != nil {
		return err
	}
	address := "http://" + server.Addr()
	if s.cfg.Alerts.BaseURL == alerts.DefaultConfig().BaseURL { // not configured: readers of mails on this machine find the pages
		s.cfg.Alerts.BaseURL = address
	}
	client, err := newFetchClient(s)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = client.Close() })
	aggregator, err := newAggregator(s)
	if err != nil {
		return err
	}
	crawler, err := newCrawler(s, client)
	if err != nil {
		return err
	}
	alerter, err := newAlerts(s, webhooks)
	if err != nil {
		return err
	}
	checker, err := newChecker(s)
	if err != nil {
		return err
	}
	runs := []func(context.Context) error{s.backend.embedded.Run, checker.Run, server.Run, aggregator.Run, crawler.Run, alerter.Run}
	if market != nil {
		runs = append(runs, market.Run, func(ctx context.Context) error { market.act(ctx, s, address); return nil })
	}
	for _, run := range runs {
		group.Go(func() error { return run(ctx) })
	}
	return ready(address)
}
