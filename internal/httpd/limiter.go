package httpd

import (
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"
)

// limiterEntries bounds each table of callers: addresses and made-up key ids come from outside.
const limiterEntries = 16_384

// limiters is a table of rate limiters by caller. When it is full, callers that are seen seldom are forgotten first,
// which gives nothing away: a limiter fills up again in seconds.
type limiters struct {
	rate  rate.Limit
	burst int
	byWho *otter.Cache[string, *rate.Limiter]
}

// newLimiters makes a table; a rate of 0 means no limit.
func newLimiters(perSecond float64, burst int) *limiters {
	return &limiters{rate: rate.Limit(perSecond), burst: burst, byWho: newCache[string, *rate.Limiter](limiterEntries)}
}

// newCache makes a cache of at most about that many entries. It starts no goroutines.
func newCache[K comparable, V any](entries int) *otter.Cache[K, V] {
	return otter.Must(&otter.Options[K, V]{MaximumSize: entries, Executor: func(work func()) { work() }})
}

func (l *limiters) of(who string) *rate.Limiter {
	lim, _ := l.byWho.ComputeIfAbsent(who, func() (*rate.Limiter, bool) { return rate.NewLimiter(l.rate, l.burst), false })
	return lim
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
	lim, known := l.byWho.GetIfPresent(who)
	if !known || l.rate == 0 || lim.Tokens() >= 1 {
		return 0, false
	}
	return l.next(lim), true
}

func (l *limiters) next(lim *rate.Limiter) time.Duration {
	return time.Duration((1 - lim.Tokens()) / float64(l.rate) * float64(time.Second))
}
