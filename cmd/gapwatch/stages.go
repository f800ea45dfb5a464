package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
)

// stage is what one long-running subcommand is made of.
type stage struct {
	cfg      config.Config
	logger   *slog.Logger
	backend  *backend
	registry *prometheus.Registry
}

// runStage opens the backend of the configuration, makes sure of its tables and topics, and runs until the
// process is told to stop.
func (e *environment) runStage(run func(ctx context.Context, s *stage) error) (err error) {
	cfg, logger, err := e.load()
	if err != nil {
		return err
	}
	if !cfg.External { // a `gapwatch store` or `gapwatch up` on the data directory serves as if it were external
		running, err := readRuntime(cfg.Embedded.Dir)
		if err != nil {
			return err
		}
		if running != nil {
			cfg = running.apply(cfg)
		}
	}
	b, err := connect(e.ctx, cfg, logger)
	if err != nil && !cfg.External {
		return fmt.Errorf("%w\nname servers in kafka.brokers and clickhouse.addr, or start `gapwatch store --data %s` first", err, cfg.Embedded.Dir)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if err := migrate(e.ctx, b); err != nil {
		return err
	}
	err = run(e.ctx, &stage{cfg: cfg, logger: logger, backend: b, registry: newRegistry()})
	if e.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // told to stop, and stopped
	}
	return err
}

func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// runTool is runStage for commands that end by themselves: they also work without a running system, on the
// embedded data directory.
func (e *environment) runTool(run func(ctx context.Context, s *stage) error) (err error) {
	cfg, logger, err := e.load()
	if err != nil {
		return err
	}
	b, err := attach(e.ctx, cfg, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return run(e.ctx, &stage{cfg: cfg, logger: logger, backend: b, registry: newRegistry()})
}
