package httpd

import (
	"context"
	"errors"
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// later is a problem with a Retry-After of whole seconds, at least one.
func later(status int, code, detail string, wait time.Duration) error {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	return huma.ErrorWithHeaders(Problem(status, code, detail), http.Header{"Retry-After": {strconv.Itoa(seconds)}})
}

// writeRefusal answers with the problem that err is, and its headers.
func writeRefusal(w http.ResponseWriter, r *http.Request, err error) {
	if h, ok := errors.AsType[huma.HeadersError](err); ok {
		maps.Copy(w.Header(), h.GetHeaders())
	}
	p, ok := errors.AsType[*huma.ErrorModel](err)
	if !ok {
		p = internalProblem(RequestID(r.Context()))
	}
	WriteProblem(w, r, p)
}

func reading(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// admit counts a request of an address; the error is a problem.
func (g *guard) admit(sc scope, method string) error {
	l := g.writes
	if reading(method) {
		l = g.reads
	}
	if wait, ok := l.take(host(sc.client)); !ok {
		g.metrics.refused.WithLabelValues("address_rate").Inc()
		return later(http.StatusTooManyRequests, "too_many_requests", "too many requests from your address: slow down, and send the same again after Retry-After", wait)
	}
	return nil
}

// admitKey counts a request of a key.
func admitKey(ctx context.Context, keyID, method string) error {
	g := scopeOf(ctx).guard
	if g == nil {
		return nil
	}
	l := g.keyWrites
	if reading(method) {
		l = g.keyReads
	}
	if wait, ok := l.take(keyID); !ok {
		g.metrics.refused.WithLabelValues("key_rate").Inc()
		return later(http.StatusTooManyRequests, "too_many_requests", "too many requests with this key: slow down, and send the same again after Retry-After", wait)
	}
	return nil
}

// wrongKeys says whether an address has shown too many wrong keys and has to wait; nil when the key may be looked up.
func wrongKeys(ctx context.Context) error {
	sc := scopeOf(ctx)
	if sc.guard == nil {
		return nil
	}
	if wait, spent := sc.guard.wrongFrom.spent(host(sc.client)); spent {
		return sc.guard.slowed(wait)
	}
	return nil
}

// wrongKey counts a wrong key against its address and its id, and answers with the problem to show: wrong, or a
// wait.
func wrongKey(ctx context.Context, id string, wrong error) error {
	sc := scopeOf(ctx)
	if sc.guard == nil {
		return wrong
	}
	waitFrom, okFrom := sc.guard.wrongFrom.take(host(sc.client))
	waitID, okID := time.Duration(0), true
	if id != "" {
		waitID, okID = sc.guard.wrongID.take(id)
	}
	if okFrom && okID {
		return wrong
	}
	return sc.guard.slowed(max(waitFrom, waitID))
}

func (g *guard) slowed(wait time.Duration) error {
	g.metrics.refused.WithLabelValues("wrong_keys").Inc()
	return later(http.StatusTooManyRequests, "too_many_wrong_keys",
		"too many wrong API keys: check that the key was copied whole, and try again after Retry-After", wait)
}
