package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Server listens for the engine: always inside the process, and on a loopback port when asked to.
type Server struct {
	memory *memoryListener
	tcp    net.Listener
	inner  *http.Server
	outer  *http.Server
	failed chan error
}

// Serve starts listening. listen is a loopback host:port, or empty for none.
func Serve(ctx context.Context, e *Engine, listen string, logger *slog.Logger) (*Server, error) {
	s := &Server{memory: newMemoryListener(), failed: make(chan error, 2)}
	errorLog := slog.NewLogLogger(logger.Handler(), slog.LevelDebug)
	if listen != "" {
		var err error
		if s.tcp, err = new(net.ListenConfig).Listen(ctx, "tcp", listen); err != nil {
			return nil, fmt.Errorf("listen for ClickHouse clients: %w", err)
		}
		s.outer = &http.Server{Handler: e.Handler(false), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: errorLog}
		go func() { s.failed <- s.outer.Serve(e.settled(s.tcp)) }()
	}
	s.inner = &http.Server{Handler: e.Handler(true), ReadHeaderTimeout: 10 * time.Second, ErrorLog: errorLog}
	go func() { s.failed <- s.inner.Serve(e.settled(s.memory)) }()
	return s, nil
}

// Dial connects to the listener inside the process.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) { return s.memory.Dial(ctx) }

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
	return errors.Join(errs...)
}
