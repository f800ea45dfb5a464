// Package mailtest is the SMTP server of tests: a real one, that keeps what it accepts and answers as a test wants.
package mailtest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Server keeps mails. The answers may be set before Start only.
type Server struct {
	Greeting, Sender, Recipient, Data error // answers instead of accepting
	Hang                              bool  // takes connections and says nothing

	mu     sync.Mutex
	mails  []string
	tries  int
	refuse func(attempt int) error
	came   chan struct{}
}

// Start serves on a loopback port until the test ends, and returns the port.
func (s *Server) Start(t testing.TB) int {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.came = make(chan struct{}, 1)
	if s.Hang {
		t.Cleanup(func() { _ = l.Close() })
	} else {
		server := smtp.NewServer(s)
		server.Domain, server.ErrorLog = "localhost", slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
		go func() { _ = server.Serve(l) }()
		t.Cleanup(func() { _ = server.Close() })
	}
	return l.Addr().(*net.TCPAddr).Port
}

// Refuse lets the n-th mail, from 1, be answered with an error instead of being kept.
func (s *Server) Refuse(answer func(attempt int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = answer
}

// Mails are the kept mails as they came, oldest first.
func (s *Server) Mails() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.mails...)
}

// Last is the mail that came last, empty before the first.
func (s *Server) Last() string {
	if all := s.Mails(); len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

// Wait returns the mails once there are n, or what there is when ctx ends.
func (s *Server) Wait(ctx context.Context, n int) []string {
	for {
		if all := s.Mails(); len(all) >= n {
			return all
		}
		select {
		case <-ctx.Done():
			return s.Mails()
		case <-s.came:
		}
	}
}

// NewSession greets.
func (s *Server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{s}, s.Greeting }

type session struct{ server *Server }

func (*session) Reset()                                 {}
func (*session) Logout() error                          { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return s.server.Sender }
func (s *session) Rcpt(string, *smtp.RcptOptions) error { return s.server.Recipient }

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	server := s.server
	server.mu.Lock()
	defer server.mu.Unlock()
	server.tries++
	if server.Data != nil {
		return server.Data
	}
	if server.refuse != nil {
		if err := server.refuse(server.tries); err != nil {
			return err
		}
	}
	server.mails = append(server.mails, string(b))
	select {
	case server.came <- struct{}{}:
	default:
	}
	return nil
}
