package notify

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// lanes carries the messages of one channel: a lane for each receiver, so that one that lets us wait costs only
// itself. Of one receiver at most perLane messages are under way, of one organisation perOrg, in all total. What a
// lane has no room for stays due in the store and is offered again.
type lanes struct {
	total, perLane, perOrg, room int
	freed                        func() // told when a full lane has room again

	mu      sync.Mutex
	lane    map[string]*lane
	turn    []string       // names of lanes, the next to be served first
	orgs    map[string]int // messages under way
	known   map[string]bool
	running int
	errs    []error
	tasks   sync.WaitGroup
}

type lane struct {
	queue   []task
	running int
	full    bool
	until   time.Time // the receiver asked to be left alone
}

// task is one message. run sends it and says for how long the receiver wants to be left alone.
type task struct {
	id, lane, org string
	run           func(ctx context.Context) (leave time.Duration, err error)
}

func newLanes(total, perLane, perOrg, room int, freed func()) *lanes {
	return &lanes{total: total, perLane: perLane, perOrg: perOrg, room: room, freed: freed, lane: map[string]*lane{}, orgs: map[string]int{}, known: map[string]bool{}}
}

// offer queues a task unless it is there already, its receiver wants to be left alone, or its lane is full.
func (l *lanes) offer(ctx context.Context, t task) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known[t.id] || ctx.Err() != nil {
		return false
	}
	q := l.lane[t.lane]
	if q == nil {
		q = &lane{}
		l.lane[t.lane] = q
		l.turn = append(l.turn, t.lane)
	}
	if time.Now().Before(q.until) {
		return false
	}
	if len(q.queue) >= l.room {
		q.full = true
		return false
	}
	l.known[t.id] = true
	q.queue = append(q.queue, t)
	l.tasks.Add(1)
	l.start(ctx)
	return true
}

// start begins what may begin, lane after lane. l.mu is held.
func (l *lanes) start(ctx context.Context) {
	for l.running < l.total {
		began := false
		for range l.turn {
			name := l.turn[0]
			l.turn = append(l.turn[1:], name)
			q := l.lane[name]
			i := slices.IndexFunc(q.queue, func(t task) bool { return l.orgs[t.org] < l.perOrg })
			if i < 0 || q.running >= l.perLane {
				continue
			}
			t := q.queue[i]
			q.queue = slices.Delete(q.queue, i, i+1)
			q.running++
			l.running++
			l.orgs[t.org]++
			began = true
			go l.work(ctx, q, t)
			break
		}
		if !began {
			return
		}
	}
}

func (l *lanes) work(ctx context.Context, q *lane, t task) {
	defer l.tasks.Done()
	var leave time.Duration
	err := ctx.Err()
	if err == nil {
		leave, err = t.run(ctx)
	}
	l.mu.Lock()
	q.running--
	l.running--
	if l.orgs[t.org]--; l.orgs[t.org] == 0 {
		delete(l.orgs, t.org)
	}
	delete(l.known, t.id)
	if err != nil && ctx.Err() == nil && len(l.errs) < 10 {
		l.errs = append(l.errs, err)
	}
	if leave > 0 {
		q.until = time.Now().Add(leave)
	}
	if leave > 0 || ctx.Err() != nil { // what waits stays due in the store
		for _, dropped := range q.queue {
			delete(l.known, dropped.id)
			l.tasks.Done()
		}
		q.queue = nil
	}
	freed := q.full && len(q.queue) == 0
	q.full = q.full && !freed
	if len(q.queue) == 0 && q.running == 0 && time.Now().After(q.until) {
		delete(l.lane, t.lane)
		l.turn = slices.DeleteFunc(l.turn, func(name string) bool { return name == t.lane })
	}
	l.start(ctx)
	l.mu.Unlock()
	if freed {
		l.freed()
	}
}

// wait returns when nothing is queued or under way, with the errors since the last call.
func (l *lanes) wait() error {
	l.tasks.Wait()
	return l.errors()
}

// errors returns the errors since the last call.
func (l *lanes) errors() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := errors.Join(l.errs...)
	l.errs = nil
	return out
}
