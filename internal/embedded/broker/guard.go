package broker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"

	"github.com/gapwatch/gapwatch/internal/embedded/memory"
)

// Name is how the broker calls itself. It is never resolved: clients reach the broker through the dial function.
const Name = "embedded:9092"

// maxFrame bounds a request of an owner, in bytes: a batch of messages with room to spare. The broker makes room for
// regardless of the size a client announces.
const maxFrame = 2 * maxMessageBytes

// guard is the broker's listener. It takes connections from doors: the inside of this process and sockets of the same
// user, whose clients are owners, and a port, whose clients are not before they have said who they are.
type guard struct {
	logger *slog.Logger
	memory *memory.Listener

	accepted chan net.Conn
	closed   chan struct{}
	loops    sync.WaitGroup

	mu    sync.Mutex
	doors []net.Listener
	shut  bool
}

func newGuard(logger *slog.Logger) *guard {
	g := &guard{logger: logger, memory: memory.Listen(Name), accepted: make(chan net.Conn), closed: make(chan struct{})}
	g.admit(g.memory, g.owner)
	return g
}

// listen is what kfake calls instead of net.Listen. There is one broker, so one listener.
func (g *guard) listen(string, string) (net.Listener, error) { return g, nil }

// admit takes connections from a door, each wrapped by check, until the guard is closed. It owns the door.
func (g *guard) admit(door net.Listener, check func(net.Conn) net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		_ = door.Close()
		return
	}
	g.doors = append(g.doors, door)
	g.loops.Go(func() {
		for {
			conn, err := door.Accept()
			if err != nil {
				if !errors.Is(err, net.ErrClosed) {
					g.logger.Error("no more Kafka clients are taken", "address", door.Addr().String(), "error", err)
				}
				return
			}
			select {
			case g.accepted <- check(conn):
			case <-g.closed:
				_ = conn.Close()
				return
			}
		}
	})
}

// Accept returns the next connection of any door.
func (g *guard) Accept() (net.Conn, error) {
	select {
	case conn := <-g.accepted:
		return conn, nil
	case <-g.closed:
		return nil, net.ErrClosed
	}
}

// Close shuts every door.
func (g *guard) Close() error {
	g.mu.Lock()
	if g.shut {
		g.mu.Unlock()
		return nil
	}
	g.shut = true
	close(g.closed)
	var errs []error
	for _, door := range g.doors {
		errs = append(errs, door.Close())
	}
	g.mu.Unlock()
	g.loops.Wait()
	return errors.Join(errs...)
}

// Addr is the address that the broker advertises.
func (g *guard) Addr() net.Addr { return g.memory.Addr() }

// readFrame reads a request with its length, no longer than limit, both in bytes.
func readFrame(r io.Reader, limit uint32, began func()) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	began()
	length := binary.BigEndian.Uint32(size[:])
	if length < 8 || length > limit {
		return nil, refusal(fmt.Sprintf("a request of %d bytes, the limit is %d", length, limit))
	}
	raw := make([]byte, 4+length)
	copy(raw, size[:])
	if _, err := io.ReadFull(r, raw[4:]); errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	} else if err != nil {
		return nil, err
	}
	return raw, nil
}

// refusal is an error that ends a connection because of what its client sent.
type refusal string

func (r refusal) Error() string { return string(r) }

// ownerConn is a connection of an owner. Its requests are only looked at for what would make the broker panic, such
// as a kind of request that does not exist.
type ownerConn struct {
	net.Conn
	logger *slog.Logger
	buffer []byte // what is left of a request that the broker may see
}

func (g *guard) owner(conn net.Conn) net.Conn { return &ownerConn{Conn: conn, logger: g.logger} }

// Read hands whole requests to the broker.
func (c *ownerConn) Read(p []byte) (int, error) {
	if len(c.buffer) == 0 {
		raw, err := readFrame(c.Conn, maxFrame, func() {})
		if err == nil {
			_, err = parseFrame(raw[4:])
		}
		if err != nil {
			if _, ok := errors.AsType[refusal](err); ok {
				logRefusal(c.logger, c.RemoteAddr(), err)
			}
			return 0, err
		}
		c.buffer = raw
	}
	n := copy(p, c.buffer)
	c.buffer = c.buffer[n:]
	return n, nil
}

// logRefusal notes why a connection ends when its client is to blame.
func logRefusal(logger *slog.Logger, client net.Addr, why error) {
	logger.Info("closed a connection to the broker", "reason", why, "client", client.String())
}
