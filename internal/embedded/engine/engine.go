// Package engine runs the ClickHouse engine in this process and serves ClickHouse's HTTP protocol for
// it, so that clickhouse-go, curl and Grafana talk to it as they would to a server.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gapwatch/gapwatch/internal/durable"
	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// Config says where the engine keeps its tables and how much of the machine it may take.
type Config struct {
	Dir       string // data directory, made if absent
	Library   string // path of libchdb
	MaxMemory int64  // bytes, for a statement and for the whole engine
	MinFree   int64  // bytes on the disk below which nothing is written
	User      string // the user who may write from outside; empty: no one may
	Password  string

	Database string   // of the public tables
	Public   []string // tables and views of Database that strangers may read there

	NoSync bool // acknowledge what is in the system's memory only
}

// Engine is a running ClickHouse engine. There is one in a process at a time, because the library has
// one data path; after Close another can be opened.
type Engine struct {
	cfg      Config
	logger   *slog.Logger
	lib      *chdb.Library
	version  string
	timezone string

	// root is held open for the engine's whole life: closing the last connection stops the engine.
	root *chdb.Conn

	// control runs KILL QUERY only, so that a cancellation never waits for a free connection.
	controlMu sync.Mutex
	control   *chdb.Conn

	pool      *pool // of the program and the owner
	strangers *pool
	gate      *gate
	tree      *durable.Tree // nil: nothing is synced

	stop     context.CancelFunc // ends every running statement
	stopped  context.Context
	running  sync.WaitGroup
	closeMu  sync.Mutex
	closing  bool
	closedCh chan struct{}
}

// Open loads the library and boots the engine on cfg.Dir, which takes about half a second the first
// time and holds the directory until Close or the end of the process.
func Open(cfg Config, logger *slog.Logger) (*Engine, error) {
	lib, err := chdb.Load(cfg.Library)
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, logger: logger, lib: lib, closedCh: make(chan struct{})}
	e.stopped, e.stop = context.WithCancel(context.Background())
	if err := e.prepare(); err != nil {
		return nil, err
	}
	file, err := cfg.writeSettings()
	if err != nil {
		return nil, errors.Join(err, e.settle())
	}
	if e.root, err = lib.Connect(cfg.Dir, append(e.bootArguments(), "--config-file="+file)...); err != nil {
		return nil, errors.Join(fmt.Errorf("boot the ClickHouse engine: %w", err), e.settle())
	}
	if err := e.greet(); err != nil {
		e.root.Close()
		return nil, errors.Join(fmt.Errorf("boot the ClickHouse engine: %w", err), e.settle())
	}
	if e.control, err = lib.Connect(cfg.Dir); err != nil {
		e.root.Close()
		return nil, errors.Join(fmt.Errorf("open the control connection: %w", err), e.settle())
	}
	e.pool = newPool(e.connect, poolLimits{running: maxConnections, waiting: noLimit, idle: maxIdle})
	e.strangers = newPool(e.connectStranger, strangerPool)
	e.gate = newGate(cfg)
	e.running.Go(e.watchDisk)
	return e, nil
}

// bootArguments are options of the engine as a whole. The caches' defaults are made for a server with
// the machine to itself: several of 5 GiB each.
func (e *Engine) bootArguments() []string {
	cache := strconv.FormatInt(max(e.cfg.MaxMemory/16, 16<<20), 10)
	return []string{
		"--max_server_memory_usage=" + strconv.FormatInt(e.cfg.MaxMemory, 10),
		"--mark_cache_size=" + cache,
		"--primary_index_cache_size=" + cache,
		"--index_mark_cache_size=" + cache,
		"--parquet_metadata_cache_size=0",
		"--query_condition_cache_size=16777216",
	}
}

// greet asks the engine what a client wants to know first.
func (e *Engine) greet() error {
	result, err := e.root.Query("SELECT version(), timezone()", "TSVRaw")
	if err != nil {
		return err
	}
	defer result.Close()
	version, timezone, ok := strings.Cut(strings.TrimSpace(string(result.Bytes())), "\t")
	if !ok {
		return errors.New("read the engine's version and time zone: unexpected answer")
	}
	e.version, e.timezone = version, timezone
	return nil
}

// connect opens a connection with the bounds of the configuration and then the caller's settings, one
// SET for all of them so that an unknown one fails the request that brought it.
func (e *Engine) connect(key poolKey) (*chdb.Conn, error) {
	conn, err := e.lib.Connect(e.cfg.Dir)
	if err != nil {
		return nil, err
	}
	statements := []string{fmt.Sprintf("SET implicit_select = 0, async_insert = 0, max_memory_usage = %d, fsync_metadata = %t", e.cfg.MaxMemory, !e.cfg.NoSync)}
	if key.settings != "" {
		statements = append(statements, "SET "+key.settings)
	}
	if key.database != "" {
		statements = append(statements, "USE "+quoteIdentifier(key.database))
	}
	return prepare(conn, statements)
}

// prepare runs statements on a new connection, and closes it when one fails.
func prepare(conn *chdb.Conn, statements []string) (*chdb.Conn, error) {
	for _, statement := range statements {
		if err := conn.Exec(statement); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// kill ends the statements that begin with tag, without waiting for them.
func (e *Engine) kill(tag string) {
	e.controlMu.Lock()
	defer e.controlMu.Unlock()
	if e.control == nil {
		return
	}
	// The engine binds the tag, and the KILL itself cannot match: it does not begin with it.
	err := e.control.Exec("KILL QUERY WHERE position(query, {tag:String}) = 1 ASYNC", chdb.Param{Name: "tag", Value: tag})
	if err != nil {
		e.logger.Warn("could not cancel a statement", "tag", tag, "error", err)
	}
}

// killUntil ends a statement however early the order comes: a statement that the engine has not begun
// yet cannot be found, so it asks again until the statement is over.
func (e *Engine) killUntil(tag string, ended <-chan struct{}) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		e.kill(tag)
		select {
		case <-ended:
			return
		case <-ticker.C:
		}
	}
}

// begin counts a running statement, and refuses it when the engine is closing.
func (e *Engine) begin() bool {
	e.closeMu.Lock()
	defer e.closeMu.Unlock()
	if e.closing {
		return false
	}
	e.running.Add(1)
	return true
}

// Close cancels what runs, waits a bounded time for it, and stops the engine. When a statement does not
// end in time the engine is left running, because pulling it from under a statement would crash the
// process, and an error says so.
func (e *Engine) Close(ctx context.Context) error {
	e.closeMu.Lock()
	if e.closing {
		e.closeMu.Unlock()
		<-e.closedCh
		return nil
	}
	e.closing = true
	e.closeMu.Unlock()
	defer close(e.closedCh)

	e.stop()
	done := make(chan struct{})
	go func() {
		e.running.Wait()
		close(done)
	}()
	start := time.Now()
	select {
	case <-done:
	case <-ctx.Done():
		return fmt.Errorf("close the ClickHouse engine: statements still run after %s: %w", time.Since(start).Round(time.Millisecond), ctx.Err())
	}
	e.pool.close()
	e.strangers.close()
	e.controlMu.Lock()
	e.control.Close()
	e.control = nil
	e.controlMu.Unlock()
	e.root.Close()
	return e.settle()
}

// Version is the engine's version, for example "26.7.2.1".
func (e *Engine) Version() string { return e.version }
