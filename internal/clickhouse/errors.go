package clickhouse

import (
	"context"
	"errors"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ClickHouse's numbers of the errors that say "not now" or "not here": the question was in order.
const (
	codeUnknownTable    = 60
	codeUnknownDatabase = 81
	codeTimeout         = 159
	codeTooManyQueries  = 202
	codeNoSocket        = 209
	codeNetwork         = 210
	codeAborted         = 236
	codeMemory          = 241
	codeReadOnly        = 242
	codeNoSpace         = 243
	codeShardsAway      = 279
	codeCancelled       = 394
)

// unavailable is an error of a store that is away, full, overloaded or damaged.
type unavailable struct{ error }

func (u unavailable) Unwrap() error { return u.error }

// Unavailable says that the same question may be answered later. Servers look for this method.
func (unavailable) Unavailable() bool { return true }

// NoSpace reports whether err says that the store's disk is full.
func NoSpace(err error) bool {
	said, ok := errors.AsType[*clickhouse.Exception](err)
	return ok && said.Code == codeNoSpace
}

// Refused reports whether err is the engine's own answer. The store was there; what it read may be damaged.
func Refused(err error) bool {
	_, ok := errors.AsType[*clickhouse.Exception](err)
	return ok
}

// classify marks the errors that pass by themselves. What the engine refuses as wrong stays as it is, and so does the
// end of the caller's own context.
func classify(ctx context.Context, err error) error {
	if err == nil || errors.Is(ctx.Err(), context.Canceled) {
		return err
	}
	said, ok := errors.AsType[*clickhouse.Exception](err)
	if !ok {
		return unavailable{err} // the driver has nothing else to say than that it got no answer
	}
	switch said.Code {
	case codeUnknownTable, codeUnknownDatabase, codeTimeout, codeTooManyQueries, codeNoSocket, codeNetwork, codeAborted, codeMemory,
		codeReadOnly, codeNoSpace, codeShardsAway, codeCancelled, codeCorrupt, codeChecksum:
		return unavailable{err}
	}
	return err
}

// The numbers of damaged data.
const (
	codeChecksum = 40
	codeCorrupt  = 246
)

// connection is the driver's, with its errors classified, and with word of what was written, in one place.
type connection struct {
	driver.Conn
	teller Teller // nil: nobody is told
}

func (c *connection) Query(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	r, err := c.Conn.Query(ctx, query, args...)
	return r, classify(ctx, err)
}

func (c *connection) Exec(ctx context.Context, query string, args ...any) error {
	if err := c.Conn.Exec(ctx, query, args...); err != nil {
		return classify(ctx, err)
	}
	c.tell(query)
	return nil
}

func (c *connection) Ping(ctx context.Context) error { return classify(ctx, c.Conn.Ping(ctx)) }

func (c *connection) PrepareBatch(ctx context.Context, query string, opts ...driver.PrepareBatchOption) (driver.Batch, error) {
	b, err := c.Conn.PrepareBatch(ctx, query, opts...)
	if err != nil {
		return nil, classify(ctx, err)
	}
	return &batch{b, ctx, func() { c.tell(query) }}, nil
}

// batch is the driver's, with the errors of sending classified.
type batch struct {
	driver.Batch
	ctx  context.Context //nolint:containedctx // the driver keeps it as well, and Send has none
	sent func()
}

func (b *batch) Send() error {
	if err := b.Batch.Send(); err != nil {
		return classify(b.ctx, err)
	}
	b.sent()
	return nil
}
