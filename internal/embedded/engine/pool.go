package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

const (
	// maxConnections bounds statements that run at once; the next ones wait.
	maxConnections = 48
	// maxIdle bounds the connections kept for reuse. Opening one is cheap, so a few are enough.
	maxIdle = 16
)

// poolKey is what a connection was prepared with. Settings stay on a connection, so one may only be
// reused by a request that wants exactly the same.
type poolKey struct {
	database string
	settings string // the list of a SET, sorted by name
}

// poolLimits bound a pool.
type poolLimits struct {
	running int           // statements at once
	waiting int           // requests that wait for one of them to end; noLimit: any number
	wait    time.Duration // for how long, 0: as long as their clients
	idle    int           // connections kept for reuse
}

const noLimit = -1

type idleConn struct {
	key  poolKey
	conn *chdb.Conn
}

// pool hands out connections, each to one statement at a time.
type pool struct {
	open   func(poolKey) (*chdb.Conn, error)
	limits poolLimits
	slots  chan struct{}

	mu      sync.Mutex
	idle    []idleConn // the most recently used last
	waiting int
	closed  bool
}

func newPool(open func(poolKey) (*chdb.Conn, error), limits poolLimits) *pool {
	return &pool{open: open, limits: limits, slots: make(chan struct{}, limits.running)}
}

var (
	errPoolClosed = errors.New("the ClickHouse engine is closed")
	errPoolBusy   = errors.New("too many statements at the same time, try again later")
)

// acquire returns a connection prepared for key, waiting for a free slot no longer than ctx and the pool's limits.
func (p *pool) acquire(ctx context.Context, key poolKey) (*chdb.Conn, error) {
	if err := p.enter(ctx); err != nil {
		return nil, err
	}
	conn, err := p.take(key)
	if err == nil && conn == nil {
		conn, err = p.open(key)
	}
	if err != nil {
		<-p.slots
		return nil, err
	}
	return conn, nil
}

// enter takes a slot.
func (p *pool) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	p.mu.Lock()
	if p.limits.waiting != noLimit && p.waiting >= p.limits.waiting {
		p.mu.Unlock()
		return errPoolBusy
	}
	p.waiting++
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.waiting--
		p.mu.Unlock()
	}()
	var patience <-chan time.Time
	if p.limits.wait > 0 {
		timer := time.NewTimer(p.limits.wait)
		defer timer.Stop()
		patience = timer.C
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-patience:
		return errPoolBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pool) take(key poolKey) (*chdb.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errPoolClosed
	}
	for i, idle := range slices.Backward(p.idle) {
		if idle.key == key {
			p.idle = slices.Delete(p.idle, i, i+1)
			return idle.conn, nil
		}
	}
	return nil, nil
}

// release gives a connection back. One whose state may have changed, by a cancelled statement, a SET or
// a USE, or on which a statement failed, is closed instead of kept.
func (p *pool) release(key poolKey, conn *chdb.Conn, reusable bool) {
	defer func() { <-p.slots }()
	var drop *chdb.Conn
	p.mu.Lock()
	switch {
	case p.closed || !reusable || conn.Failed():
		drop = conn
	default:
		p.idle = append(p.idle, idleConn{key, conn})
		if len(p.idle) > p.limits.idle {
			drop = p.idle[0].conn
			p.idle = slices.Delete(p.idle, 0, 1)
		}
	}
	p.mu.Unlock()
	if drop != nil {
		drop.Close()
	}
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, idle := range p.idle {
		idle.conn.Close()
	}
	p.idle = nil
}
