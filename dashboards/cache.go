package dashboards

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// cacheEntries bounds the cache: addresses come from outside, so there may be any number of them.
const cacheEntries = 512

// cache keeps answers of the store for some seconds, and lets one of many equal questions ask.
type cache struct {
	now    func() time.Time
	flight singleflight.Group
	mu     sync.Mutex
	held   map[string]cached
}

type cached struct {
	value any
	until time.Time
}

func newCache(now func() time.Time) *cache { return &cache{now: now, held: map[string]cached{}} }

// remember returns the value of key, at most age old. Errors are not kept.
func remember[T any](ctx context.Context, c *cache, key string, age time.Duration, ask func(context.Context) (T, error)) (T, error) {
	if age <= 0 {
		return ask(ctx)
	}
	c.mu.Lock()
	e, ok := c.held[key]
	c.mu.Unlock()
	if ok && c.now().Before(e.until) {
		return e.value.(T), nil
	}
	// The question outlives a visitor who leaves: others wait for the same answer.
	v, err, _ := c.flight.Do(key, func() (any, error) {
		asked, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		v, err := ask(asked)
		if err != nil {
			return v, err
		}
		c.put(key, cached{v, c.now().Add(age)})
		return v, nil
	})
	if err != nil {
		var zero T
		return zero, err
	}
	return v.(T), nil
}

func (c *cache) put(key string, e cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.held) >= cacheEntries {
		now := c.now()
		for k, old := range c.held {
			if !now.Before(old.until) {
				delete(c.held, k)
			}
		}
		if len(c.held) >= cacheEntries {
			clear(c.held)
		}
	}
	c.held[key] = e
}
