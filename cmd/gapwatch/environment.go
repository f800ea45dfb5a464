package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/integrity"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/taxonomy"
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
	if !cfg.External && isSample(cfg.Embedded.Dir) { // whichever command shows or tells it, says so
		cfg.Alerts.Sample, cfg.Dashboards.Sample = true, true
	}
	return cfg, cfg.Log.Logger(e.stderr), nil
}

// loadExisting is load for commands that are about what is there. A directory without data was mistyped:
// it is refused rather than created and reported as healthy.
func (e *environment) loadExisting() (config.Config, *slog.Logger, error) {
	cfg, logger, err := e.load()
	if err == nil && !cfg.External && !embedded.IsData(cfg.Embedded.Dir) {
		err = usageError{fmt.Errorf("%s is not a data directory of gapwatch: check --data or embedded.dir; `gapwatch up`, `store`, `migrate` and `import` make one", cfg.Embedded.Dir)}
	}
	return cfg, logger, err
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

// servers are an embedded broker and engine, of this process or of another one of the same user.
type servers interface {
	DialKafka(ctx context.Context, network, address string) (net.Conn, error)
	DialClickHouse(ctx context.Context, address string) (net.Conn, error)
}

// reach opens clients of embedded servers. These connections carry full rights, so no credentials are needed.
func reach(ctx context.Context, cfg config.Config, to servers, logger *slog.Logger) (*backend, error) {
	cfg.ClickHouse.Addr = []string{embedded.ClickHouseName}
	cfg.ClickHouse.User, cfg.ClickHouse.Password = "default", ""
	cfg.ClickHouse.Cluster, cfg.ClickHouse.TLS, cfg.ClickHouse.Embedded = "", false, true
	cfg.Kafka.Brokers, cfg.Kafka.User, cfg.Kafka.Password = []string{embedded.KafkaName}, "", ""
	cfg.Kafka.TLS, cfg.Kafka.Replication = false, 1
	return connect(ctx, cfg, to.DialKafka, to.DialClickHouse, logger)
}

// connect opens the Kafka and ClickHouse of the configuration. The functions make the connections, nil stands for the
// network.
func connect(ctx context.Context, cfg config.Config, dialKafka kafka.Dial, dialClickHouse clickhouse.Dial, logger *slog.Logger) (_ *backend, err error) {
	b := &backend{}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	cfg.ClickHouse.LeastParties = cfg.Dashboards.LeastParties
	if b.store, err = clickhouse.Open(ctx, cfg.ClickHouse, dialClickHouse); err != nil {
		return nil, err
	}
	if b.kafka, err = kafka.New(cfg.Kafka, dialKafka, logger); err != nil {
		return nil, err
	}
	b.store.Inform(b.kafka)
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
	b, err := reach(ctx, cfg, e, logger)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	b.embedded = e
	return b, nil
}

// hostStore starts the embedded broker and engine, migrated, for this process and for others of the same user.
func hostStore(ctx context.Context, cfg config.Config, logger *slog.Logger) (*backend, error) {
	cfg.Embedded.ClickHouse.Database, cfg.Embedded.ClickHouse.Public = cfg.ClickHouse.Database, clickhouse.PublicTables()
	for _, topic := range talent.PublicTopics() {
		cfg.Embedded.Kafka.Public = append(cfg.Embedded.Kafka.Public, cfg.Kafka.TopicPrefix+topic)
	}
	b, err := startEmbedded(ctx, cfg, logger)
	if err != nil {
		return nil, err
	}
	err = migrateAndCheck(ctx, cfg, b, logger)
	if err == nil {
		err = b.store.Publish(ctx)
	}
	if err == nil {
		err = b.embedded.Share(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// attach opens the backend that a tool should use: the external one when the configuration names it, else the
// one of a running `gapwatch up` or `gapwatch store` on the data directory, else an embedded one of its own, which
// opens no ports.
func attach(ctx context.Context, cfg config.Config, logger *slog.Logger) (*backend, error) {
	if cfg.External {
		return connect(ctx, cfg, nil, nil, logger)
	}
	cfg.Embedded.ClickHouse.Listen, cfg.Embedded.Kafka.Listen = "", ""
	var b *backend
	var err error
	for began, told := time.Now(), false; ; {
		if running := embedded.At(cfg.Embedded.Dir); running.Answers(ctx) {
			return reach(ctx, cfg, running, logger)
		}
		// A process that starts, or stops, holds the directory and does not answer yet, or any more.
		if b, err = startEmbedded(ctx, cfg, logger); !errors.Is(err, embedded.ErrInUse) || time.Since(began) > startsWithin {
			break
		}
		if !told {
			told = true
			logger.Info("waiting for the process that holds the data directory to answer", "reason", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(findInterval):
		}
	}
	if err != nil {
		return nil, err
	}
	if err := migrateAndCheck(ctx, cfg, b, logger); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// find opens the backend of a stage, migrated: the external one when the configuration names it, else the one of the
// data directory. With wait it waits until there is one, so that a `gapwatch store` or `gapwatch up` that is started
// later, or again, is found. Servers that the configuration names have to answer the first time, because their addresses
// may be wrong; after that they may come and go.
func find(ctx context.Context, cfg config.Config, wait bool, logger *slog.Logger) (*backend, error) {
	met, told := false, ""
	for {
		b, err := open(ctx, cfg, logger)
		if err == nil {
			met = true
			if err = migrate(ctx, b); err == nil {
				return b, nil
			}
			err = errors.Join(err, b.Close())
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !wait, cfg.External && !met, !errors.Is(err, errNoStore) && !httpd.IsUnavailable(err):
			return nil, err
		}
		if told != err.Error() {
			told = err.Error()
			logger.Warn("waiting for a store", "reason", told)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(findInterval):
		}
	}
}

// startsWithin is how long a tool waits for a process that holds the data directory to answer.
const startsWithin = 30 * time.Second

// findInterval is how often a stage looks for its store.
const findInterval = 200 * time.Millisecond

var errNoStore = errors.New("start `gapwatch store` or `gapwatch up` on the data directory as the same user, or name servers in kafka.brokers and clickhouse.addr")

// open connects to the servers that the configuration names, or to those of the data directory.
func open(ctx context.Context, cfg config.Config, logger *slog.Logger) (*backend, error) {
	if cfg.External {
		return connect(ctx, cfg, nil, nil, logger)
	}
	store := embedded.At(cfg.Embedded.Dir)
	if !store.Answers(ctx) {
		return nil, fmt.Errorf("no store answers in %s: %w", cfg.Embedded.Dir, errNoStore)
	}
	return reach(ctx, cfg, store, logger)
}

// migrateAndCheck prepares an engine that this process has just started, and looks whether what was stored is still
// there before anything can count, judge or tell from it.
func migrateAndCheck(ctx context.Context, cfg config.Config, b *backend, logger *slog.Logger) error {
	if err := migrate(ctx, b); err != nil {
		return err
	}
	return lookOnce(ctx, cfg, b, logger)
}

// lookOnce compares what is stored with what was stored, and notes it when all is there: at the start, and at the end
// so that the next start can tell what was lost while nothing ran.
func lookOnce(ctx context.Context, cfg config.Config, b *backend, logger *slog.Logger) error {
	checker, err := newChecker(&stage{cfg, logger, b, prometheus.NewRegistry()})
	if err != nil {
		return err
	}
	if _, err := checker.Check(ctx, integrity.Quick); err != nil && ctx.Err() == nil {
		logger.Error("the stored data could not be checked; run gapwatch check", "error", err)
	}
	return nil
}

// lastLook bounds the look at the end of a process.
const lastLook = 5 * time.Second

// closeHost ends a process that hosts the store: everything else has ended.
func closeHost(cfg config.Config, b *backend, logger *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), lastLook)
	defer cancel()
	return errors.Join(lookOnce(ctx, cfg, b, logger), b.Close())
}

// migrate brings tables, topics and the table of skills up to date.
func migrate(ctx context.Context, b *backend) error {
	if _, err := b.store.Migrate(ctx); err != nil {
		return err
	}
	if err := b.kafka.EnsureTopics(ctx); err != nil {
		return err
	}
	known, err := taxonomy.Embedded()
	if err != nil {
		return err
	}
	version := uint64(time.Now().Unix())
	if err := b.store.PutSkills(ctx, known.Skills(), version); err == nil {
		return nil
	}
	// The table follows from the program: when its definition was lost, it is made again.
	if err := b.store.RecreateTable(ctx, "skills"); err != nil {
		return err
	}
	return b.store.PutSkills(ctx, known.Skills(), version)
}
