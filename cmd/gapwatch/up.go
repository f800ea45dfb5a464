package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/alerts"
	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/integrity"
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
	var extend func(*http.ServeMux) error
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
func (c upCmd) start(ctx context.Context, group *errgroup.Group, s *stage, extend func(*http.ServeMux) error, ready func(string) error, market *sampleMarket) error {
	address := ""
	all, err := assemble(s, extend, func(server *httpd.Server) error {
		if err := server.Listen(ctx); err != nil {
			return err
		}
		address = "http://" + server.Addr()
		if s.cfg.Alerts.BaseURL == alerts.DefaultConfig().BaseURL { // not configured: readers of mails on this machine find the pages
			s.cfg.Alerts.BaseURL = address
		}
		return nil
	})
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = all.Close() })
	runs := []func(context.Context) error{s.backend.embedded.Run, all.checker.Run, all.server.Run, all.aggregator.Run, all.crawler.Run, all.alerter.Run}
	if market != nil {
		runs = append(runs, market.Run, func(ctx context.Context) error { market.act(ctx, s, address); return nil })
	}
	for _, run := range runs {
		group.Go(func() error { return run(ctx) })
	}
	return ready(address)
}

// system is every part that `up` runs.
type system struct {
	webhooks   *fetch.Webhooks
	client     *fetch.Client
	server     *httpd.Server
	aggregator *aggregate.Aggregator
	crawler    *crawler
	alerter    *alerts.Alerts
	checker    *integrity.Checker
}

// Close gives idle connections back.
func (a *system) Close() error {
	if a.webhooks != nil {
		a.webhooks.Close()
	}
	if a.client != nil {
		return a.client.Close()
	}
	return nil
}

// assemble makes every part from the configuration, and neither reads nor writes: `config check` refuses by it what `up`
// could not run. bound is called between server and alerts, which may want to know the server's address.
func assemble(s *stage, extend func(*http.ServeMux) error, bound func(*httpd.Server) error) (_ *system, err error) {
	var all system
	defer func() {
		if err != nil {
			err = errors.Join(err, all.Close())
		}
	}()
	if all.webhooks, err = newWebhooks(s); err != nil {
		return nil, err
	}
	if all.client, err = newFetchClient(s); err != nil {
		return nil, err
	}
	if all.server, err = newServer(s, all.webhooks, extend); err != nil {
		return nil, err
	}
	if err := bound(all.server); err != nil {
		return nil, err
	}
	if all.aggregator, err = newAggregator(s); err != nil {
		return nil, err
	}
	if all.crawler, err = newCrawler(s, all.client); err != nil {
		return nil, err
	}
	if all.alerter, err = newAlerts(s, all.webhooks); err != nil {
		return nil, err
	}
	all.checker, err = newChecker(s)
	return &all, err
}
