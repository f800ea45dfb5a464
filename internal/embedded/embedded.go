package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gapwatch/gapwatch/internal/durable"
	"github.com/gapwatch/gapwatch/internal/embedded/broker"
	"github.com/gapwatch/gapwatch/internal/embedded/engine"
	"github.com/gapwatch/gapwatch/internal/embedded/socket"
	"github.com/gapwatch/gapwatch/internal/listen"
)

const (
	// graceTime is how long running requests may still end by themselves in Close.
	graceTime = 2 * time.Second
	// closeTime bounds each of the other parts of Close.
	closeTime = 10 * time.Second
	// retentionInterval is how often the broker's logs are cut to their size.
	retentionInterval = time.Minute
)

// Embedded is a running broker and engine.
type Embedded struct {
	logger    *slog.Logger
	directory *directory
	broker    *broker.Broker
	engine    *engine.Engine
	server    *engine.Server
}

// Start takes the data directory and boots the engine and the broker on it. A process can have one at
// a time; after Close it can start another.
func Start(ctx context.Context, cfg Config, logger *slog.Logger) (_ *Embedded, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	library, err := FindLibrary(cfg.Library)
	if err != nil {
		return nil, err
	}
	e := &Embedded{logger: logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if e.directory, err = openDirectory(cfg.Dir); err != nil {
		return nil, err
	}
	if cfg.LoseSecondsOnPowerCut {
		logger.Warn("embedded.lose_seconds_on_power_cut is set: a power cut loses the last seconds, and possibly the data directory", "dir", e.directory.path)
	} else if err := durable.SyncAll(e.directory.path); err != nil {
		// A process that was killed may have left unacknowledged writes in the system's memory. What is
		// read from now on must not be lost while something that followed from it stays.
		return nil, err
	}
	kafkaDir, err := e.directory.sub("kafka")
	if err != nil {
		return nil, err
	}
	engineDir, err := e.directory.sub("clickhouse")
	if err != nil {
		return nil, err
	}
	began := time.Now()
	e.broker, err = broker.Open(ctx, broker.Config{
		Dir: kafkaDir, Listen: cfg.Kafka.Listen, User: cfg.ClickHouse.User, Password: cfg.ClickHouse.Password, Public: cfg.Kafka.Public,
		RetentionBytes: cfg.Kafka.RetentionBytes, SegmentBytes: cfg.Kafka.SegmentBytes, NoSync: cfg.LoseSecondsOnPowerCut,
	}, logger.With("part", "broker"))
	if err != nil {
		return nil, err
	}
	engineLog := logger.With("part", "engine")
	e.engine, err = engine.Open(engine.Config{
		Dir: engineDir, Library: library, MaxMemory: cfg.ClickHouse.maxMemory(), MinFree: cfg.ClickHouse.minFree(),
		User: cfg.ClickHouse.User, Password: cfg.ClickHouse.Password,
		Database: cfg.ClickHouse.Database, Public: cfg.ClickHouse.Public, NoSync: cfg.LoseSecondsOnPowerCut,
	}, engineLog)
	if err != nil {
		return nil, err
	}
	if e.server, err = engine.Serve(ctx, e.engine, cfg.ClickHouse.Listen, engineLog); err != nil {
		return nil, err
	}
	logger.Info("embedded broker and engine started", "dir", e.directory.path, "engine_version", e.engine.Version(),
		"kafka_port", e.KafkaAddr(), "clickhouse_port", e.ClickHouseAddr(), "took", time.Since(began).Round(time.Millisecond))
	return e, nil
}

// Names by which clients call the broker and the engine that they reach by a function that dials.
const (
	KafkaName      = broker.Name
	ClickHouseName = engine.Name
)

// DialKafka connects to the broker inside this process; the address is ignored. Its clients may do everything.
func (e *Embedded) DialKafka(ctx context.Context, network, address string) (net.Conn, error) {
	return e.broker.Dial(ctx, network, address)
}

// DialClickHouse connects to the engine inside this process; the address is ignored. It is meant for
// DialContext of clickhouse-go's Options, with Protocol HTTP, no TLS and no compression.
func (e *Embedded) DialClickHouse(ctx context.Context, _ string) (net.Conn, error) {
	return e.server.Dial(ctx)
}

// Share lets other processes of the same user in, through two sockets in the data directory; see At. It is for after
// the migrations, so that every client finds the tables that it expects.
func (e *Embedded) Share(ctx context.Context) error {
	// Earlier versions kept a password here, and one that was killed has left it.
	if err := os.Remove(filepath.Join(e.directory.path, "run.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the file of an earlier process: %w", err)
	}
	kafka, clickhouse := socketPaths(e.directory.path)
	for path, admit := range map[string]func(net.Listener){kafka: e.broker.Admit, clickhouse: e.server.Admit} {
		ln, err := socket.Listen(ctx, path, e.logger)
		if err != nil {
			return err
		}
		admit(listen.Limit(ln, socketLimits, nil))
	}
	return nil
}

// ClickHouseAddr is the address of the engine's port, "" when there is none.
func (e *Embedded) ClickHouseAddr() string { return e.server.Addr() }

// KafkaAddr is the address of the broker's port, "" when there is none.
func (e *Embedded) KafkaAddr() string { return e.broker.PortAddr() }

// Run keeps the broker's logs at their size until ctx is over.
func (e *Embedded) Run(ctx context.Context) error {
	ticker := time.NewTicker(retentionInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := e.broker.ApplyRetention(ctx); err != nil && ctx.Err() == nil {
				e.logger.Warn("could not cut the broker's logs, will try again", "error", err)
			}
		}
	}
}

// Close stops everything in the reverse order of Start, each part in a bounded time. Clients of this
// process should be closed before.
func (e *Embedded) Close() error {
	var errs []error
	bounded := func(limit time.Duration, close func(context.Context) error) {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		errs = append(errs, close(ctx))
	}
	if e.server != nil {
		bounded(graceTime, e.server.Close)
	}
	if e.engine != nil {
		bounded(closeTime, e.engine.Close)
	}
	if e.broker != nil {
		bounded(closeTime, e.broker.Close)
	}
	// The directory stays locked while the engine could not be stopped.
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close the embedded broker and engine: %w", err)
	}
	if e.directory != nil {
		return e.directory.Close()
	}
	return nil
}
