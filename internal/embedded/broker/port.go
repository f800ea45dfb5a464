package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/time/rate"

	"github.com/gapwatch/gapwatch/internal/listen"
)

// What a client of the port may take.
const (
	firstRequest  = 10 * time.Second // until a connection has to say something
	strangerIdle  = time.Minute      // between the requests of a stranger
	ownerIdle     = 15 * time.Minute // between those of an owner
	frameTime     = 20 * time.Second // to send a request, or to take an answer
	portTotal     = 256              // connections at a time
	portPerHost   = 128              // from one address
	strangersRate = 2 << 20          // bytes of requests that all strangers together may send in a second
	strangersNow  = 512 << 10        // bytes of them that may come at once
	strangersMin  = 8 << 10          // what the smallest request counts as, bytes: about 250 requests in a second
	maxGreetings  = 20               // requests of a stranger about versions and authentication
)

// port is the broker's door to clients that are strangers until they authenticate.
type port struct {
	logger    *slog.Logger
	versions  versions
	strangers strangers
	logins    *logins
	budget    *rate.Limiter  // of all strangers together
	refusals  rate.Sometimes // limits how many are logged, so that they cannot fill the disk
}

// openPort listens on address and lets clients in.
func openPort(ctx context.Context, g *guard, cfg Config, speaks versions) (net.Addr, error) {
	inner, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for Kafka clients: %w", err)
	}
	p := newPort(cfg, speaks, g.logger)
	wrap := func(conn net.Conn) net.Conn { return p.check(conn) }
	g.admit(listen.Limit(inner, listen.Limits{Total: portTotal, PerHost: portPerHost}, nil), wrap)
	return inner.Addr(), nil
}

func newPort(cfg Config, speaks versions, logger *slog.Logger) *port {
	return &port{logger: logger, versions: speaks, strangers: strangers{cfg.Public}, logins: newLogins(cfg.User, cfg.Password),
		budget: rate.NewLimiter(strangersRate, strangersNow), refusals: rate.Sometimes{First: 10, Interval: time.Second}}
}

// check wraps a new connection.
func (p *port) check(conn net.Conn) *portConn {
	c := &portConn{Conn: conn, port: p, turn: make(chan struct{}, 1), idle: firstRequest}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.turn <- struct{}{}
	return c
}

// portConn is a connection whose requests are read whole and judged before the broker sees them, one at a time: the
// next one is read when the one before is answered, so that answers keep the order of requests.
type portConn struct {
	net.Conn
	port   *port
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	// Used by the reading side only.
	buffer []byte        // what is left of a request that the broker may see
	user   bool          // has authenticated
	hellos int           // requests about versions and authentication
	idle   time.Duration // how long the next request may be in coming

	// turn holds a token while no request is with the broker. The holder may use asked and amend.
	turn  chan struct{}
	asked frame
	amend func(kmsg.Response)
}

// Read hands requests to the broker, and answers those itself that the broker must not see.
func (c *portConn) Read(p []byte) (int, error) {
	for len(c.buffer) == 0 {
		select {
		case <-c.turn:
		case <-c.ctx.Done():
			return 0, net.ErrClosed
		}
		raw, err := c.next()
		if err != nil {
			if _, ok := errors.AsType[refusal](err); ok {
				c.port.refusals.Do(func() { logRefusal(c.port.logger, c.RemoteAddr(), err) })
			}
			return 0, err
		}
		c.buffer = raw
		if len(raw) == 0 || !c.asked.answered() {
			c.settled()
		}
	}
	n := copy(p, c.buffer)
	c.buffer = c.buffer[n:]
	return n, nil
}

// next reads one request and returns what the broker gets of it; nothing when it was answered here.
func (c *portConn) next() ([]byte, error) {
	limit := uint32(maxStrangerFrame)
	if c.user {
		limit = maxFrame
	}
	if err := c.SetReadDeadline(time.Now().Add(c.idle)); err != nil {
		return nil, err
	}
	raw, err := readFrame(c.Conn, limit, func() { _ = c.SetReadDeadline(time.Now().Add(frameTime)) })
	if err != nil {
		return nil, err
	}
	c.idle = strangerIdle
	if c.user {
		c.idle = ownerIdle
	}
	f, err := parseFrame(raw[4:])
	if err != nil {
		return nil, err
	}
	switch kmsg.Key(f.key) {
	case kmsg.ApiVersions, kmsg.SASLHandshake, kmsg.SASLAuthenticate:
		if c.hellos++; c.hellos > maxGreetings && !c.user {
			return nil, refusal("only greets")
		}
	}
	switch kmsg.Key(f.key) {
	case kmsg.ApiVersions:
		return nil, c.answer(f, c.port.versions.answer(f))
	case kmsg.SASLHandshake, kmsg.SASLAuthenticate:
		return nil, c.authenticate(f)
	}
	if !c.port.versions.speak(f) {
		return nil, refusal(fmt.Sprintf("%s in version %d is not spoken on this port", kmsg.NameForKey(f.key), f.version))
	}
	c.asked, c.amend = f, func(kmsg.Response) {}
	if c.user {
		return raw, nil
	}
	return c.judge(f, len(raw))
}

// judge lets a stranger's request wait its turn, and puts what is allowed of it into a request of our own.
func (c *portConn) judge(f frame, size int) ([]byte, error) {
	if err := c.port.budget.WaitN(c.ctx, max(size, strangersMin)); err != nil {
		return nil, err
	}
	v, err := c.port.strangers.judge(f)
	if err != nil {
		return nil, err
	}
	if v.forward == nil {
		c.port.logger.Debug("refused a Kafka request without credentials", "request", kmsg.NameForKey(f.key), "client", c.RemoteAddr().String())
		return nil, c.answer(f, v.answer)
	}
	c.amend = v.amend
	return kmsg.NewRequestFormatter().AppendRequest(nil, v.forward, f.correlation), nil
}

// authenticate plays the server's part of SASL PLAIN. The broker's own would keep the password in its
// data directory, and would lock out those who only read.
func (c *portConn) authenticate(f frame) error {
	if !c.port.versions.speak(f) {
		return refusal("SASL in a version that is not spoken on this port")
	}
	req, err := f.request()
	if err != nil {
		return err
	}
	switch req := req.(type) {
	case *kmsg.SASLHandshakeRequest:
		resp := req.ResponseKind().(*kmsg.SASLHandshakeResponse)
		resp.SupportedMechanisms = []string{"PLAIN"}
		if req.Mechanism != "PLAIN" {
			resp.ErrorCode = errUnsupportedMechanism
		}
		return c.answer(f, resp)
	case *kmsg.SASLAuthenticateRequest:
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		c.user = c.port.logins.knows(req.SASLAuthBytes)
		if c.user {
			c.idle = ownerIdle
			return c.answer(f, resp)
		}
		delay := c.port.logins.failed(c.RemoteAddr(), time.Now())
		c.port.logger.Warn("wrong user or password for the Kafka port", "client", c.RemoteAddr().String(), "answer_after", delay)
		select {
		case <-time.After(delay):
		case <-c.ctx.Done():
			return net.ErrClosed
		}
		message := "authentication failed: wrong user or password"
		resp.ErrorCode, resp.ErrorMessage = errAuthenticationFailed, &message
		return errors.Join(c.answer(f, resp), errWrongPassword)
	}
	return refusal("malformed SASL request")
}

// errWrongPassword ends a connection, so that the next guess needs a new one.
var errWrongPassword = errors.New("wrong user or password")

// answer sends a response of our own.
func (c *portConn) answer(f frame, resp kmsg.Response) error { return c.send(encodeResponse(f, resp)) }

func (c *portConn) send(raw []byte) error {
	if err := c.SetWriteDeadline(time.Now().Add(frameTime)); err != nil {
		return err
	}
	_, err := c.Conn.Write(raw)
	return err
}

// Write sends an answer of the broker, which writes each in one call, and lets the next request be read.
func (c *portConn) Write(p []byte) (int, error) {
	out, err := c.finish(p)
	if err == nil {
		err = c.send(out)
	}
	if err != nil {
		return 0, err
	}
	c.settled()
	return len(p), nil
}

// settled lets the next request be read. It never waits, even for a broker that answers what wants no answer.
func (c *portConn) settled() {
	select {
	case c.turn <- struct{}{}:
	default:
	}
}

// finish adds to the broker's answer what was refused, and replaces the broker's own address by the one that the
// client came to.
func (c *portConn) finish(raw []byte) ([]byte, error) {
	key := kmsg.Key(c.asked.key)
	if c.user && key != kmsg.Metadata && key != kmsg.FindCoordinator {
		return raw, nil
	}
	resp, err := decodeResponse(c.asked, raw)
	if err != nil {
		return nil, err
	}
	c.amend(resp)
	host, text, err := net.SplitHostPort(c.LocalAddr().String())
	if err != nil {
		return nil, fmt.Errorf("read the address %s: %w", c.LocalAddr(), err)
	}
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the address %s: %w", c.LocalAddr(), err)
	}
	switch resp := resp.(type) {
	case *kmsg.MetadataResponse:
		for i := range resp.Brokers { // there is one
			resp.Brokers[i].Host, resp.Brokers[i].Port = host, int32(number)
		}
	case *kmsg.FindCoordinatorResponse:
		if resp.ErrorCode == 0 {
			resp.Host, resp.Port = host, int32(number)
		}
	}
	return encodeResponse(c.asked, resp), nil
}

// Close ends the connection. It does not wait for requests under way.
func (c *portConn) Close() error {
	c.cancel()
	return c.Conn.Close()
}
