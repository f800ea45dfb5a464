package main

import (
	"context"
	"errors"
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

// runStage opens the backend of the configuration, waits for the one of the data directory where none is named, makes
// sure of its tables and topics, and runs until the process is stopped.
func (e *environment) runStage(run func(ctx context.Context, s *stage) error) error {
	return e.runOn(true, run)
}

// runOnce is runStage for work of a stage that ends by itself: it fails at once when no store answers.
func (e *environment) runOnce(run func(ctx context.Context, s *stage) error) error {
	return e.runOn(false, run)
}

func (e *environment) runOn(wait bool, run func(ctx context.Context, s *stage) error) (err error) {
	cfg, logger, err := e.load()
	if err != nil {
		return err
	}
	b, err := find(e.ctx, cfg, wait, logger)
	if e.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // told to stop while it waited
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
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

// runReader is runStage for commands that end by themselves and are about what is there: they also work without a running
// system, on a data directory that has been used.
func (e *environment) runReader(run func(ctx context.Context, s *stage) error) (err error) {
	cfg, logger, err := e.loadExisting()
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
