package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded/memory"
	outside "github.com/gapwatch/gapwatch/internal/listen"
)

// Name is how the engine is called by clients that reach it by a function that dials. Nobody resolves it.
const Name = "embedded:8123"

// connections bound the open listener. They are far more than the statements that run at once.
var connections = outside.Limits{Total: 256, PerHost: 128}

// Server listens for the engine: always inside the process, and on a loopback port when asked to.
type Server struct {
	memory   *memory.Listener
	tcp      net.Listener
	inner    *http.Server
	outer    *http.Server
	failed   chan error
	settled  func(net.Listener) net.Listener // answers wait for the disk
	logger   *slog.Logger
	admitted sync.WaitGroup
}

// Serve starts listening. listen is a loopback host:port, or empty for none.
func Serve(ctx context.Context, e *Engine, listen string, logger *slog.Logger) (*Server, error) {
	s := &Server{memory: memory.Listen(Name), failed: make(chan error, 2), settled: e.settled, logger: logger}
	errorLog := slog.NewLogLogger(logger.Handler(), slog.LevelDebug)
	if listen != "" {
		var err error
		if s.tcp, err = new(net.ListenConfig).Listen(ctx, "tcp", listen); err != nil {
			return nil, fmt.Errorf("listen for ClickHouse clients: %w", err)
		}
		s.tcp = outside.Limit(s.tcp, connections, nil)
		s.outer = &http.Server{Handler: e.Handler(false), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 64 << 10, ErrorLog: errorLog}
		go func() { s.failed <- s.outer.Serve(e.settled(s.tcp)) }()
	}
	s.inner = &http.Server{Handler: e.Handler(true), ReadHeaderTimeout: 10 * time.Second, ErrorLog: errorLog}
	go func() { s.failed <- s.inner.Serve(e.settled(s.memory)) }()
	return s, nil
}

// Dial connects to the listener inside the process.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) { return s.memory.Dial(ctx) }

// Admit answers on ln too, whose clients are trusted like this process, until the server is closed. It owns ln.
func (s *Server) Admit(ln net.Listener) {
	s.admitted.Go(func() {
		if err := s.inner.Serve(s.settled(ln)); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.logger.Error("no more ClickHouse clients are taken", "address", ln.Addr().String(), "error", err)
		}
	})
}

// Addr is the address of the loopback listener, "" when there is none.
func (s *Server) Addr() string {
	if s.tcp == nil {
		return ""
	}
	return s.tcp.Addr().String()
}

// Close stops listening, lets requests end until ctx is over and then cuts their connections.
func (s *Server) Close(ctx context.Context) error {
	var errs []error
	for _, server := range []*http.Server{s.outer, s.inner} {
		if server == nil {
			continue
		}
		if err := server.Shutdown(ctx); err != nil {
			errs = append(errs, server.Close())
		}
		if err := <-s.failed; err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, fmt.Errorf("serve ClickHouse clients: %w", err))
		}
	}
	s.admitted.Wait()
	return errors.Join(errs...)
}
