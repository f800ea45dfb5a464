package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Store is an open ClickHouse database. Its methods are safe for concurrent use.
type Store struct {
	cfg  Config
	dial Dial
	conn *connection

	columns sync.Map // of inserts: their statement -> []clickhouse.ColumnNameAndType
}

// Dial makes a connection to a server; the embedded engine is reached by one of its own.
type Dial func(ctx context.Context, addr string) (net.Conn, error)

// Open connects to the server and makes sure that it answers; it does not need the database to exist yet. dial makes
// the connections, nil stands for the network.
func Open(ctx context.Context, cfg Config, dial Dial) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(options(cfg, dial, cfg.Database))
	if err != nil {
		return nil, fmt.Errorf("open clickhouse: %w", err)
	}
	s := &Store{cfg: cfg, dial: dial, conn: &connection{Conn: conn}}
	if err := s.ensureDatabase(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

// options are the driver's settings for one database of cfg.
func options(cfg Config, dial Dial, database string) *clickhouse.Options {
	o := &clickhouse.Options{
		Protocol:        clickhouse.HTTP,
		Addr:            cfg.Addr,
		Auth:            clickhouse.Auth{Database: database, Username: cfg.User, Password: cfg.Password},
		DialTimeout:     cfg.DialTimeout,
		ReadTimeout:     5 * time.Minute,
		MaxOpenConns:    16,
		MaxIdleConns:    8,
		ConnMaxLifetime: time.Hour,
		DialContext:     dial,
	}
	if cfg.Cluster != "" {
		// without it an insert into a Distributed table is acknowledged before it reached its shard
		o.Settings = clickhouse.Settings{"distributed_foreground_insert": 1}
	}
	if cfg.TLS {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return o
}

// ensureDatabase makes the database through the default one, because a connection cannot be opened to a
// database that is not there.
func (s *Store) ensureDatabase(ctx context.Context) error {
	opened, err := clickhouse.Open(options(s.cfg, s.dial, "default"))
	if err != nil {
		return fmt.Errorf("open clickhouse: %w", err)
	}
	conn := &connection{Conn: opened}
	defer func() { _ = conn.Close() }()
	if err := conn.Ping(ctx); err != nil {
		return fmt.Errorf("clickhouse at %s does not answer; check clickhouse.addr, user and password: %w",
			strings.Join(s.cfg.Addr, ", "), err)
	}
	// Making it again would be a write, which a full disk refuses to a tool that only wants to read.
	var there uint8
	if err := conn.QueryRow(ctx, "SELECT count() > 0 FROM system.databases WHERE name = {name:String}", named("name", s.cfg.Database)).Scan(&there); err == nil && there > 0 {
		return nil
	}
	query := "CREATE DATABASE IF NOT EXISTS " + s.cfg.Database
	if s.cfg.Cluster != "" {
		query += " ON CLUSTER " + s.cfg.Cluster
	}
	if err := conn.Exec(ctx, query); err != nil {
		return fmt.Errorf("create database %s: %w", s.cfg.Database, err)
	}
	return nil
}

// Ping asks whether the server answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.conn.Ping(ctx); err != nil {
		return fmt.Errorf("ping clickhouse: %w", err)
	}
	return nil
}

// Close gives the connections back.
func (s *Store) Close() error { return s.conn.Close() }

// named binds a server-side parameter {name:Type} of a query.
func named(name string, value any) driver.NamedValue { return clickhouse.Named(name, value) }

// rows runs a query and scans each row into a T by its ch tags. The places of the columns in T are looked up once for
// all rows: a roll-up reads hundreds of thousands.
func rows[T any](ctx context.Context, s *Store, what, query string, args ...any) (out []T, err error) {
	got, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	defer func() {
		if err = errors.Join(err, got.Close()); err != nil {
			out, err = nil, fmt.Errorf("read %s: %w", what, classify(ctx, err))
		}
	}()
	var item T
	places, err := places(&item, got.Columns())
	if err != nil {
		return nil, err
	}
	for got.Next() {
		var empty T
		item = empty // lists and pointers of the row before are not written over
		if err := got.Scan(places...); err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, got.Err()
}

// places are pointers to the fields of a struct that columns are scanned into.
func places[T any](item *T, columns []string) ([]any, error) {
	value := reflect.ValueOf(item).Elem()
	fields := make(map[string]any)
	for _, f := range reflect.VisibleFields(value.Type()) {
		if tag, ok := f.Tag.Lookup("ch"); ok {
			fields[tag] = value.FieldByIndex(f.Index).Addr().Interface()
		}
	}
	out := make([]any, len(columns))
	for i, c := range columns {
		if out[i] = fields[c]; out[i] == nil {
			return nil, fmt.Errorf("column %s has no place in %T", c, *item)
		}
	}
	return out, nil
}

// insert writes a batch with one append a row: for tables that get few rows at a time. token, when not empty, makes a
// repeated insert of the same batch a no-op. Rows keep the order of columns in query ("INSERT INTO t (a, b)").
func insert(ctx context.Context, s *Store, what, token, query string, n int, row func(i int) []any) error {
	if n == 0 {
		return nil
	}
	return s.write(ctx, what, token, query, func(batch driver.Batch) error {
		for i := range n {
			if err := batch.Append(row(i)...); err != nil {
				return fmt.Errorf("row %d: %w", i, err)
			}
		}
		return nil
	})
}

// insertColumns is insert for many rows: a slice of values for each column of query, all of one length, which the
// driver takes whole.
func insertColumns(ctx context.Context, s *Store, what, token, query string, columns ...any) error {
	return s.write(ctx, what, token, query, func(batch driver.Batch) error {
		if want := len(batch.Columns()); len(columns) != want {
			return fmt.Errorf("%d columns for the %d of the statement", len(columns), want)
		}
		for i, values := range columns {
			lists, nested := values.([][]string)
			if !nested {
				if err := batch.Column(i).Append(values); err != nil {
					return fmt.Errorf("column %d: %w", i, err)
				}
				continue
			}
			for _, list := range lists { // the driver takes a column of lists by reflection only, one list without
				if err := batch.Column(i).AppendRow(list); err != nil {
					return fmt.Errorf("column %d: %w", i, err)
				}
			}
		}
		return nil
	})
}

// column is what get returns for each of items.
func column[T, V any](items []T, get func(*T) V) []V {
	out := make([]V, len(items))
	for i := range items {
		out[i] = get(&items[i])
	}
	return out
}

// write fills a batch and sends it.
func (s *Store) write(ctx context.Context, what, token, query string, fill func(driver.Batch) error) error {
	if token != "" {
		ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
			"insert_deduplicate": 1, "insert_deduplication_token": token,
		}))
	}
	batch, err := s.prepare(ctx, query)
	if err != nil {
		return fmt.Errorf("prepare %s: %w", what, err)
	}
	defer func() { _ = batch.Close() }() // what Send did not write is dropped
	if err := fill(batch); err != nil {
		return fmt.Errorf("append %s: %w", what, err)
	}
	n := batch.Rows()
	if n == 0 {
		return nil
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("write %d %s: %w", n, what, err)
	}
	return nil
}

// prepare begins a batch. The driver asks the server for the table's columns each time; their types are kept after the
// first, without LowCardinality: plain values are cheaper to write, and the server makes its dictionaries of them.
func (s *Store) prepare(ctx context.Context, query string) (driver.Batch, error) {
	if known, ok := s.columns.Load(query); ok {
		ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(known.([]clickhouse.ColumnNameAndType)))
		return s.conn.PrepareBatch(ctx, query)
	}
	batch, err := s.conn.PrepareBatch(ctx, query)
	if err != nil {
		return nil, err
	}
	var types []clickhouse.ColumnNameAndType
	for _, c := range batch.Columns() {
		plain := strings.ReplaceAll(string(c.Type()), "LowCardinality(String)", "String")
		types = append(types, clickhouse.ColumnNameAndType{Name: c.Name(), Type: plain})
	}
	if err := batch.Close(); err != nil {
		return nil, err
	}
	s.columns.Store(query, types)
	return s.prepare(ctx, query)
}
