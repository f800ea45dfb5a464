package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/aggregate/skills"
	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/integrity"
	"github.com/gapwatch/gapwatch/internal/kafka"
)

// environment is what every subcommand gets: its streams, and the way to configuration and backend.
type environment struct {
	ctx            context.Context
	cli            *cli
	stdin          io.Reader
	stdout, stderr io.Writer
}

// load reads the configuration; flags win over environment, environment over file, file over defaults.
func (e *environment) load() (config.Config, *slog.Logger, error) {
	cfg, err := config.Load(e.cli.Config)
	if err != nil {
		return cfg, nil, usageError{err}
	}
	if e.cli.Data != "" {
		cfg.Embedded.Dir = e.cli.Data
	}
	if e.cli.LogLevel != "" {
		cfg.Log.Level = e.cli.LogLevel
	}
	if err := cfg.Validate(); err != nil {
		return cfg, nil, usageError{err}
	}
	return cfg, cfg.Log.Logger(e.stderr), nil
}

// backend is an open broker and store, external or embedded.
type backend struct {
	store    *clickhouse.Store
	kafka    *kafka.Client
	embedded *embedded.Embedded // nil when the backend is another process's
}

// Close closes in the reverse order of opening.
func (b *backend) Close() error {
	var errs []error
	if b.kafka != nil {
		errs = append(errs, b.kafka.Close())
	}
	if b.store != nil {
		errs = append(errs, b.store.Close())
	}
	if b.embedded != nil {
		errs = append(errs, b.embedded.Close())
	}
	return errors.Join(errs...)
}

// connect opens the Kafka and ClickHouse of the configuration: what the stages run against.
func connect(ctx context.Context, cfg config.Config, logger *slog.Logger) (_ *backend, err error) {
	b := &backend{}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	if b.store, err = clickhouse.Open(ctx, cfg.ClickHouse); err != nil {
		return nil, err
	}
	if b.kafka, err = kafka.New(cfg.Kafka, logger); err != nil {
		return nil, err
	}
	return b, nil
}

// startEmbedded boots broker and engine in this process and connects to them.
func startEmbedded(ctx context.Context, cfg config.Config, logger *slog.Logger) (_ *backend, err error) {
	if err := embedded.CheckRoom(cfg.Embedded); err != nil { // the tables' own migration would fail next, and say less
		return nil, err
	}
	e, err := embedded.Start(ctx, cfg.Embedded, logger)
	if err != nil {
		return nil, err
	}
	cfg.ClickHouse.Dial, cfg.ClickHouse.User, cfg.ClickHouse.Password = e.DialClickHouse, "default", ""
	cfg.ClickHouse.Cluster, cfg.ClickHouse.TLS = "", false
	cfg.Kafka.Brokers, cfg.Kafka.User, cfg.Kafka.Password = e.Brokers(), "", ""
	cfg.Kafka.TLS, cfg.Kafka.Replication = false, 1
	b, err := connect(ctx, cfg, logger)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	b.embedded = e
	return b, nil
}

// hostStore starts the embedded broker and engine, migrated, for this process and for tools of the same user, who
// find them by the runtime file until that is removed.
func hostStore(ctx context.Context, cfg *config.Config, logger *slog.Logger) (*backend, error) {
	openToTools(&cfg.Embedded)
	b, err := startEmbedded(ctx, *cfg, logger)
	if err != nil {
		return nil, err
	}
	if err := migrateAndCheck(ctx, *cfg, b, logger); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if err := writeRuntime(cfg.Embedded, b.embedded); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// attach opens the backend that a tool should use: the external one when the configuration names it, else the
// one of a running `gapwatch up` or `gapwatch store` on the data directory, else an embedded one of its own.
func attach(ctx context.Context, cfg config.Config, logger *slog.Logger) (*backend, error) {
	if cfg.External {
		return connect(ctx, cfg, logger)
	}
	running, err := readRuntime(cfg.Embedded.Dir)
	if err != nil {
		return nil, err
	}
	if running != nil {
		b, err := connect(ctx, running.apply(cfg), logger)
		if err == nil {
			return b, nil
		}
		if clickhouse.Refused(err) { // it runs and said no: starting a second one would only find the directory in use
			return nil, err
		}
		logger.Debug("no running system answers on the data directory, starting the engine here", "error", err)
	}
	b, err := startEmbedded(ctx, cfg, logger)
	if err != nil {
		return nil, err
	}
	if err := migrateAndCheck(ctx, cfg, b, logger); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// migrateAndCheck prepares an engine that this process has just started, and looks whether what was stored is still
// there before anything can count, judge or tell from it.
func migrateAndCheck(ctx context.Context, cfg config.Config, b *backend, logger *slog.Logger) error {
	if err := migrate(ctx, b); err != nil {
		return err
	}
	checker, err := newChecker(&stage{cfg, logger, b, prometheus.NewRegistry()})
	if err != nil {
		return err
	}
	if _, err := checker.Check(ctx, integrity.Quick); err != nil && ctx.Err() == nil {
		logger.Error("the stored data could not be checked; run gapwatch check", "error", err)
	}
	return nil
}

// migrate brings tables, topics and the table of skills up to date.
func migrate(ctx context.Context, b *backend) error {
	if _, err := b.store.Migrate(ctx); err != nil {
		return err
	}
	if err := b.kafka.EnsureTopics(ctx); err != nil {
		return err
	}
	extractor, err := skills.New()
	if err != nil {
		return fmt.Errorf("load taxonomy: %w", err)
	}
	version := uint64(time.Now().Unix())
	if err := b.store.PutSkills(ctx, extractor.Skills(), version); err == nil {
		return nil
	}
	// The table follows from the program: when its definition was lost, it is made again.
	if err := b.store.RecreateTable(ctx, "skills"); err != nil {
		return err
	}
	return b.store.PutSkills(ctx, extractor.Skills(), version)
}
