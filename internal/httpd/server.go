package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/gapwatch/gapwatch/internal/listen"
)

// grace is how long answers under way may take after the end was asked for.
const grace = 5 * time.Second

// Server serves one handler.
type Server struct {
	cfg    Config
	logger *slog.Logger
	http   *http.Server
	ln     *listen.Listener
	exempt func(netip.Addr) bool
}

// New makes a server of handler with everything of this package around it: request ids, access log, panic
// recovery, body caps, security headers and metrics. It opens no socket yet.
func New(cfg Config, handler http.Handler, logger *slog.Logger, reg prometheus.Registerer) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	proxies, err := cfg.proxies()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, logger: logger, exempt: func(a netip.Addr) bool { return trusted(a, proxies) }}
	promauto.With(reg).NewGaugeFunc(prometheus.GaugeOpts{Name: "gapwatch_http_connections_refused",
		Help: "Connections closed since the start because of http.limits."}, s.refused)
	s.http = &http.Server{
		Handler:           wrap(handler, cfg, proxies, logger, newMetrics(reg)),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       cfg.ReadTimeout,
		WriteTimeout:      cfg.WriteTimeout,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Listen opens the socket, so that its address is known, and a port in use is reported, before anything else starts.
// Run calls it if it was not called before.
func (s *Server) Listen(ctx context.Context) error {
	if s.ln != nil {
		return nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listen on %s: the port is in use by another program; stop it, or choose another address with --listen or http.listen: %w", s.cfg.Listen, err)
	}
	if errors.Is(err, syscall.EACCES) {
		return fmt.Errorf("listen on %s: this user may not open that port; choose one above 1023: %w", s.cfg.Listen, err)
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.cfg.Listen, err)
	}
	most := min(s.cfg.Limits.Connections, filesForConnections())
	s.ln = listen.Limit(ln, listen.Limits{Total: most, PerHost: s.cfg.Limits.ConnectionsPerAddress}, s.exempt)
	s.http.ConnState = newConns(most).state
	return nil
}

// filesForConnections leaves half of the process's file descriptors to the stores, the broker and the crawler.
func filesForConnections() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return DefaultLimits().Connections
	}
	return max(16, int(min(files.Cur, 1<<20)/2))
}

// refused is how many connections the limits have closed.
func (s *Server) refused() float64 {
	if s.ln == nil {
		return 0
	}
	return float64(s.ln.Refused())
}

// Addr is the address that the server listens on, with the real port; empty before Listen.
func (s *Server) Addr() string {
	if s.ln == nil {
		return ""
	}
	return s.ln.Addr().String()
}

// Run serves until ctx ends, then lets answers under way finish for at most five seconds.
func (s *Server) Run(ctx context.Context) error {
	if err := s.Listen(ctx); err != nil {
		return err
	}
	// Requests outlive ctx: they get their grace.
	s.http.BaseContext = func(net.Listener) context.Context { return context.WithoutCancel(ctx) }
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve http on %s: %w", s.Addr(), err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := s.http.Shutdown(end); err != nil {
		s.logger.Warn("http answers cut off at shutdown", "error", err)
		_ = s.http.Close()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve http on %s: %w", s.Addr(), err)
	}
	return nil
}
