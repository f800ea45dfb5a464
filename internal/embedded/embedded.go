package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded/broker"
	"github.com/gapwatch/gapwatch/internal/embedded/engine"
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
		Dir: kafkaDir, Listen: cfg.Kafka.Listen, User: cfg.ClickHouse.User, Password: cfg.ClickHouse.Password, OwnersOnly: cfg.Kafka.OwnersOnly,
		RetentionBytes: cfg.Kafka.RetentionBytes, SegmentBytes: cfg.Kafka.SegmentBytes,
	}, logger.With("part", "broker"))
	if err != nil {
		return nil, err
	}
	engineLog := logger.With("part", "engine")
	e.engine, err = engine.Open(engine.Config{
		Dir: engineDir, Library: library, MaxMemory: cfg.ClickHouse.maxMemory(), MinFree: cfg.ClickHouse.minFree(),
		User: cfg.ClickHouse.User, Password: cfg.ClickHouse.Password, OwnersOnly: cfg.ClickHouse.OwnersOnly, Private: cfg.ClickHouse.Private,
	}, engineLog)
	if err != nil {
		return nil, err
	}
	if e.server, err = engine.Serve(ctx, e.engine, cfg.ClickHouse.Listen, engineLog); err != nil {
		return nil, err
	}
	logger.Info("embedded broker and engine started", "dir", e.directory.path, "engine_version", e.engine.Version(),
		"kafka", e.KafkaAddr(), "clickhouse", e.ClickHouseAddr(), "took", time.Since(began).Round(time.Millisecond))
	return e, nil
}

// Brokers are the addresses for clients in this process, which need no credentials.
func (e *Embedded) Brokers() []string { return []string{e.broker.Addr()} }

// DialClickHouse connects to the engine inside this process, whatever addr says. It is meant for
// DialContext of clickhouse-go's Options, with Protocol HTTP, no TLS and no compression.
func (e *Embedded) DialClickHouse(ctx context.Context, _ string) (net.Conn, error) {
	return e.server.Dial(ctx)
}

// ClickHouseAddr is the address of the opened loopback listener, "" when there is none.
func (e *Embedded) ClickHouseAddr() string { return e.server.Addr() }

// KafkaAddr is the address for clients of other processes, "" when none was opened.
func (e *Embedded) KafkaAddr() string { return e.broker.OpenAddr() }

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
