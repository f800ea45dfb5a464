package request

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// rememberFor is how long this process trusts its own record of what an organisation wrote. The store learns of it from
// Kafka a moment later, and is the better source after that because other processes write too.
const rememberFor = 10 * time.Minute

// maxOwn bounds how many requests of one organisation are remembered.
const maxOwn = 20_000

// holder decides which requests wait for the operator. The decision is made once, when a version of a request is
// written, and travels in its message.
type holder struct {
	store Store
	now   func() time.Time
	mu    sync.Mutex
	known map[string]*history
}

// history is what an organisation asked for that counts.
type history struct {
	mu     sync.Mutex
	read   bool
	used   time.Time
	months map[time.Time]int
	own    map[string]int // heads in months of requests that were decided here
}

func newHolder(store Store, now func() time.Time) *holder {
	return &holder{store: store, now: now, known: map[string]*history{}}
}

func month(at time.Time) time.Time {
	at = at.UTC()
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// of returns the locked history of an organisation, and drops those that have not been used for a while.
func (h *holder) of(ctx context.Context, org string) (*history, error) {
	now := h.now()
	h.mu.Lock()
	for o, k := range h.known {
		if k.mu.TryLock() {
			if now.Sub(k.used) > rememberFor {
				delete(h.known, o)
			}
			k.mu.Unlock()
		}
	}
	k := h.known[org]
	if k == nil {
		k = &history{own: map[string]int{}, used: now}
		h.known[org] = k
	}
	h.mu.Unlock()
	k.mu.Lock()
	k.used = now
	if len(k.own) > maxOwn { // of one that writes without a pause
		k.read, k.own = false, map[string]int{}
	}
	if !k.read {
		months, err := h.store.RequestedByMonth(ctx, org)
		if err != nil {
			k.mu.Unlock()
			return nil, err
		}
		k.months, k.read = months, true
	}
	return k, nil
}

// decide sets the state of new versions of one organisation's requests, which have their times. old is what stands,
// by id; a request that was counted with as many heads goes on counting.
func (h *holder) decide(ctx context.Context, requests []talent.Request, old map[string]talent.Request) error {
	if len(requests) == 0 {
		return nil
	}
	k, err := h.of(ctx, requests[0].Org)
	if err != nil {
		return err
	}
	defer k.mu.Unlock()
	k.decide(requests, old)
	return nil
}

// foretell is decide for new requests that may never be written: it remembers nothing.
func (h *holder) foretell(ctx context.Context, requests []talent.Request) error {
	if len(requests) == 0 {
		return nil
	}
	k, err := h.of(ctx, requests[0].Org)
	if err != nil {
		return err
	}
	trial := history{months: maps.Clone(k.months), own: maps.Clone(k.own)}
	k.mu.Unlock()
	trial.decide(requests, nil)
	return nil
}

func (k *history) decide(requests []talent.Request, old map[string]talent.Request) {
	for i := range requests {
		r := &requests[i]
		m := month(r.CreatedAt)
		before, decided := k.own[r.ID]
		if stood, ok := old[r.ID]; ok {
			r.HoldReason, r.DecidedBy, r.DecidedAt = stood.HoldReason, stood.DecidedBy, stood.DecidedAt
			if !decided && stood.Counts() {
				before = stood.Heads
			}
			if stood.Counts() && r.Heads <= stood.Heads || r.Withdrawn {
				k.count(r, m, before)
				continue
			}
		}
		largest := 0
		for at, heads := range k.months {
			if at.Before(m) {
				largest = max(largest, heads)
			}
		}
		r.State = talent.RequestCounted
		if why := talent.Hold(r.Heads, k.months[m]-before, largest); why != talent.HoldNone {
			r.State, r.HoldReason, r.DecidedBy, r.DecidedAt = talent.RequestHeld, why, "", time.Time{}
		}
		k.count(r, m, before)
	}
}

// count notes what a request now adds to its month.
func (k *history) count(r *talent.Request, month time.Time, before int) {
	heads := 0
	if r.Counts() {
		heads = r.Heads
	}
	k.months[month] += heads - before
	k.own[r.ID] = heads
}

// forget drops what is known of an organisation: a write failed, and the store knows what there is.
func (h *holder) forget(org string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.known, org)
}
