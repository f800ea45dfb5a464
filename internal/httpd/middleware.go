package httpd

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"
)

// wrap puts the server's own work around a handler.
func wrap(next http.Handler, cfg Config, proxies []netip.Prefix, logger *slog.Logger, m *metrics) http.Handler {
	g := newGuard(cfg.Limits, m)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		sc := newScope(r, proxies)
		sc.guard = g
		// The mux writes the pattern it chose into the request it gets, so that one is kept.
		r = r.WithContext(context.WithValue(r.Context(), scopeKey, sc))
		rec := &recorder{ResponseWriter: w}
		secure(rec.Header(), sc)
		if r.Body != nil {
			r.Body = http.MaxBytesReader(rec, &pacedBody{ReadCloser: r.Body, conn: http.NewResponseController(w), began: start,
				first: cfg.ReadTimeout, answer: cfg.WriteTimeout}, cfg.MaxBodyBytes)
		}
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler { //nolint:errorlint // a sentinel value of panic, compared as net/http does
				logger.Error("panic in http handler", "request", sc.id, "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				if rec.status == 0 {
					WriteProblem(rec, r, internalProblem(sc.id))
				}
			}
			took := time.Since(start)
			m.observe(r, rec, took)
			level := slog.LevelInfo
			if quiet(r.URL.Path) {
				level = slog.LevelDebug
			}
			logger.Log(r.Context(), level, "http request", "request", sc.id, "method", r.Method, "path", r.URL.Path,
				"status", rec.code(), "bytes", rec.bytes, "ms", took.Milliseconds(), "client", sc.client.String())
			if p == http.ErrAbortHandler { //nolint:errorlint // as above
				panic(p)
			}
		}()
		if err := g.admit(sc, r.Method); err != nil {
			writeRefusal(rec, r, err)
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// quiet are the paths that machines ask every few seconds.
func quiet(path string) bool { return path == "/healthz" || path == "/readyz" || path == "/metrics" }

func newScope(r *http.Request, proxies []netip.Prefix) scope {
	var b [24]byte
	rand.Read(b[:]) //nolint:errcheck // never fails (Go 1.24)
	return scope{
		id:     hex.EncodeToString(b[:8]),
		nonce:  base64.RawURLEncoding.EncodeToString(b[8:]),
		client: clientAddr(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), proxies),
	}
}

// clientAddr believes X-Forwarded-For only from trusted proxies, from the right: the first address that is not
// a trusted proxy is the caller. What stands to the left of it anyone could have written.
func clientAddr(remote string, forwarded []string, proxies []netip.Prefix) netip.Addr {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	addr := ap.Addr().Unmap()
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && trusted(addr, proxies); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr
}

func trusted(a netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// secure sets the headers that every answer has. Scripts and style sheets come from this server or carry the
// nonce; style attributes are allowed because ECharts writes its tooltips with them.
func secure(h http.Header, sc scope) {
	h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'nonce-"+sc.nonce+"'; style-src 'self' 'nonce-"+sc.nonce+
		"'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("X-Request-Id", sc.id)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(code int) {
	if r.status == 0 && code >= 200 {
		r.status = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// code is the status of the answer; a handler that wrote nothing answered 200.
func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
