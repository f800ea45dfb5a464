package httpd

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// work is the memory that is lent to requests which cost more than a page: bodies while they are read and worked
// on, exports while they are made.
type work struct {
	mu     sync.Mutex
	left   int64
	most   int64 // of one caller
	lentTo map[string]int64
}

func newWork(bytes int64) *work {
	return &work{left: bytes, most: bytes / 4, lentTo: map[string]int64{}}
}

// lend gives who n bytes until back is called; ok is false when fewer are left.
func (w *work) lend(who string, n int64) (back func(), ok bool) {
	n = min(n, w.most) // what is larger than a caller's share waits until the caller holds nothing else
	w.mu.Lock()
	defer w.mu.Unlock()
	if n > w.left || w.lentTo[who]+n > w.most {
		return nil, false
	}
	w.left -= n
	w.lentTo[who] += n
	return sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.left += n
		if w.lentTo[who] -= n; w.lentTo[who] == 0 {
			delete(w.lentTo, who)
		}
	}), true
}

// What a request borrows: a body is held, decoded and encoded again; an export holds its rows and its file.
const (
	bodyCost   = 4
	exportCost = 16 << 20
)

// Borrow takes n bytes of the server's memory for working on a request, or answers with a problem that says when to
// come again. The caller of the API is known by its key, others by their address. back must be called.
func Borrow(ctx context.Context, n int64) (back func(), err error) {
	sc := scopeOf(ctx)
	if sc.guard == nil { // not behind a Server
		return func() {}, nil
	}
	who := host(sc.client)
	if p, ok := PrincipalOf(ctx); ok {
		who = "key " + p.KeyID
	}
	back, ok := sc.guard.work.lend(who, n)
	if !ok {
		sc.guard.metrics.refused.WithLabelValues("busy").Inc()
		return nil, later(http.StatusServiceUnavailable, "busy",
			"the server is busy with other tables and exports, or with yours: send the same again in a few seconds", 2*time.Second)
	}
	return back, nil
}

// Heavy bounds how many requests a handler works on at a time, as Borrow does.
func Heavy(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		back, err := Borrow(r.Context(), exportCost)
		if err != nil {
			writeRefusal(w, r, err)
			return
		}
		defer back()
		next(w, r)
	}
}

// borrowBody is Borrow for the body of an operation, before it is read.
func borrowBody(ctx context.Context, op *huma.Operation, r *http.Request) (back func(), err error) {
	n := op.MaxBodyBytes
	if r.ContentLength >= 0 {
		n = min(n, r.ContentLength)
	}
	if n <= 0 {
		return func() {}, nil
	}
	return Borrow(ctx, n*bodyCost)
}
