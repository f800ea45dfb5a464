package httpd

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiterEntries bounds each table of callers: addresses and made-up key ids come from outside.
const limiterEntries = 16_384

// limiters is a table of rate limiters by caller. The caller not seen for longest is forgotten first, which gives
// nothing away: a limiter fills up again in seconds.
type limiters struct {
	rate  rate.Limit
	burst int
	mu    sync.Mutex
	byWho map[string]*list.Element
	order *list.List // of *limiter, the one seen last in front
}

type limiter struct {
	who string
	*rate.Limiter
}

// newLimiters makes a table; a rate of 0 limits nobody.
func newLimiters(perSecond float64, burst int) *limiters {
	return &limiters{rate: rate.Limit(perSecond), burst: burst, byWho: map[string]*list.Element{}, order: list.New()}
}

func (l *limiters) of(who string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byWho[who]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*limiter).Limiter
	}
	if l.order.Len() >= limiterEntries {
		last := l.order.Back()
		l.order.Remove(last)
		delete(l.byWho, last.Value.(*limiter).who)
	}
	fresh := &limiter{who, rate.NewLimiter(l.rate, l.burst)}
	l.byWho[who] = l.order.PushFront(fresh)
	return fresh.Limiter
}

// take counts one for who. When it is too many, it answers how long to wait for the next one.
func (l *limiters) take(who string) (wait time.Duration, ok bool) {
	if l.rate == 0 {
		return 0, true
	}
	lim := l.of(who)
	if lim.Allow() {
		return 0, true
	}
	return l.next(lim), false
}

// spent reports whether the next one of who would be too many, and counts nothing.
func (l *limiters) spent(who string) (wait time.Duration, spent bool) {
	l.mu.Lock()
	e, known := l.byWho[who]
	l.mu.Unlock()
	if !known || l.rate == 0 {
		return 0, false
	}
	lim := e.Value.(*limiter).Limiter
	if lim.Tokens() >= 1 {
		return 0, false
	}
	return l.next(lim), true
}

func (l *limiters) next(lim *rate.Limiter) time.Duration {
	return time.Duration((1 - lim.Tokens()) / float64(l.rate) * float64(time.Second))
}
