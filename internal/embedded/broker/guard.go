package broker

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxFrame bounds a request. The broker makes room for whatever size a client announces.
const maxFrame = 64 << 20

// guard is the broker's listener. It takes connections from two places: an ephemeral loopback port for
// this process, whose clients are trusted, and optionally an open port for others. The broker advertises
// one address only, so on the open port answers that carry it are rewritten.
type guard struct {
	cfg    Config
	logger *slog.Logger
	own    net.Listener
	open   net.Listener // nil when none was asked for

	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
	closeErr error
	loops    sync.WaitGroup
}

func newGuard(ctx context.Context, cfg Config, logger *slog.Logger) (*guard, error) {
	g := &guard{cfg: cfg, logger: logger, accepted: make(chan net.Conn), closed: make(chan struct{})}
	var lc net.ListenConfig
	var err error
	if g.own, err = lc.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("listen for Kafka clients: %w", err)
	}
	if cfg.Listen != "" {
		if g.open, err = lc.Listen(ctx, "tcp", cfg.Listen); err != nil {
			_ = g.own.Close()
			return nil, fmt.Errorf("listen for Kafka clients: %w", err)
		}
		g.loops.Go(func() { g.accept(g.open, true) })
	}
	g.loops.Go(func() { g.accept(g.own, false) })
	return g, nil
}

// listen is what kfake calls instead of net.Listen. There is one broker, so one listener.
func (g *guard) listen(string, string) (net.Listener, error) { return g, nil }

func (g *guard) accept(from net.Listener, open bool) {
	for {
		conn, err := from.Accept()
		if err != nil {
			return
		}
		c := &guardConn{Conn: conn, guard: g, open: open}
		c.idle = sync.NewCond(&c.mu)
		select {
		case g.accepted <- c:
		case <-g.closed:
			_ = conn.Close()
			return
		}
	}
}

// Accept returns the next connection of either port.
func (g *guard) Accept() (net.Conn, error) {
	select {
	case conn := <-g.accepted:
		return conn, nil
	case <-g.closed:
		return nil, net.ErrClosed
	}
}

// Close stops listening on both ports.
func (g *guard) Close() error {
	g.once.Do(func() {
		close(g.closed)
		errs := []error{g.own.Close()}
		if g.open != nil {
			errs = append(errs, g.open.Close())
		}
		g.closeErr = errors.Join(errs...)
		g.loops.Wait()
	})
	return g.closeErr
}

// Addr is the address the broker advertises.
func (g *guard) Addr() net.Addr { return g.own.Addr() }

// guardConn is a connection whose requests are read whole before the broker sees them.
type guardConn struct {
	net.Conn
	guard *guard
	open  bool // from the open port

	// Used by the reading side only.
	buffer []byte // what is left of a request the broker may see
	user   bool   // authenticated

	mu      sync.Mutex
	idle    *sync.Cond // pending became empty, or the connection closed
	pending []frame    // requests whose answers are to come, in order; kept for the open port only
	done    bool
}

// Read hands requests to the broker, and answers those itself that the broker must not see.
func (c *guardConn) Read(p []byte) (int, error) {
	for len(c.buffer) == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.buffer)
	c.buffer = c.buffer[n:]
	return n, nil
}

// next reads one request. An error ends the connection: the broker would panic on a request kind that
// does not exist, which any stray client can send.
func (c *guardConn) next() error {
	var size [4]byte
	if _, err := io.ReadFull(c.Conn, size[:]); err != nil {
		return err
	}
	length := binary.BigEndian.Uint32(size[:])
	if length < 8 || length > maxFrame {
		return c.refuse("request of an impossible size")
	}
	raw := make([]byte, 4+length)
	copy(raw, size[:])
	if _, err := io.ReadFull(c.Conn, raw[4:]); err != nil {
		return err
	}
	f, err := parseFrame(raw[4:])
	if err != nil {
		return c.refuse(err.Error())
	}
	if !c.open {
		c.buffer = raw
		return nil
	}
	return c.judge(f, raw)
}

// judge lets a request of the open port through, or answers it.
func (c *guardConn) judge(f frame, raw []byte) error {
	switch {
	case f.key == int16(kmsg.SASLHandshake), f.key == int16(kmsg.SASLAuthenticate):
		return c.authenticate(f)
	case c.user:
	case !readKeys[kmsg.Key(f.key)], c.guard.cfg.OwnersOnly && kmsg.Key(f.key) != kmsg.ApiVersions:
		answer := denial(f)
		if answer == nil {
			return c.refuse("request kind " + kmsg.NameForKey(f.key) + " needs the user and password")
		}
		c.guard.logger.Debug("refused a Kafka request without credentials", "request", kmsg.NameForKey(f.key), "client", c.RemoteAddr().String())
		return c.answer(f, answer)
	}
	if f.answered() {
		c.mu.Lock()
		c.pending = append(c.pending, frame{key: f.key, version: f.version, correlation: f.correlation})
		c.mu.Unlock()
	}
	c.buffer = raw
	return nil
}

// authenticate plays the server's part of SASL PLAIN. The broker's own would keep the password in its
// data directory, and would lock out those who only read.
func (c *guardConn) authenticate(f frame) error {
	switch req := f.request().(type) {
	case *kmsg.SASLHandshakeRequest:
		if err := req.ReadFrom(f.body); err != nil {
			return c.refuse("malformed SASL handshake")
		}
		resp := req.ResponseKind().(*kmsg.SASLHandshakeResponse)
		resp.SupportedMechanisms = []string{"PLAIN"}
		if req.Mechanism != "PLAIN" {
			resp.ErrorCode = errUnsupportedMechanism
		}
		return c.answer(f, resp)
	case *kmsg.SASLAuthenticateRequest:
		if err := req.ReadFrom(f.body); err != nil {
			return c.refuse("malformed SASL authentication")
		}
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		c.user = c.guard.knows(req.SASLAuthBytes)
		if !c.user {
			message := "authentication failed: wrong user or password"
			resp.ErrorCode, resp.ErrorMessage = errAuthenticationFailed, &message
		}
		return c.answer(f, resp)
	}
	return c.refuse("malformed SASL request")
}

// knows checks a PLAIN message: authorisation id, user and password, each after a NUL.
func (g *guard) knows(plain []byte) bool {
	if g.cfg.User == "" || g.cfg.Password == "" {
		return false
	}
	want := "\x00" + g.cfg.User + "\x00" + g.cfg.Password
	// Some clients repeat the user as authorisation id.
	return same(plain, want) || same(plain, g.cfg.User+want)
}

// same compares secrets without telling by its duration how much of them agrees.
func same(a []byte, b string) bool {
	x, y := sha256.Sum256(a), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// answer sends a response of our own, once the broker has answered all earlier requests: clients take
// answers to be in the order of their requests.
func (c *guardConn) answer(f frame, resp kmsg.Response) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.pending) > 0 && !c.done {
		c.idle.Wait()
	}
	if c.done {
		return net.ErrClosed
	}
	_, err := c.Conn.Write(encodeResponse(f, resp))
	return err
}

// Write sends an answer of the broker, which writes each in one call.
func (c *guardConn) Write(p []byte) (int, error) {
	if !c.open {
		return c.Conn.Write(p)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := p
	if len(c.pending) > 0 {
		f := c.pending[0]
		c.pending = c.pending[1:]
		var err error
		if out, err = advertise(f, p, c.guard.own.Addr(), c.LocalAddr()); err != nil {
			return 0, err
		}
	}
	_, err := c.Conn.Write(out)
	if len(c.pending) == 0 {
		c.idle.Broadcast()
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close ends the connection.
func (c *guardConn) Close() error {
	c.mu.Lock()
	c.done = true
	c.idle.Broadcast()
	c.mu.Unlock()
	return c.Conn.Close()
}

func (c *guardConn) refuse(reason string) error {
	c.guard.logger.Info("closed a connection to the broker", "reason", reason, "client", c.RemoteAddr().String())
	return errors.New(reason)
}
