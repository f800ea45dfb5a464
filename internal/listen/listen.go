// Package listen holds the one way in which Gapwatch accepts connections: bounded for each address and in all, and
// never ended by a moment without file descriptors.
package listen

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Limits bound the connections that are open at a time.
type Limits struct {
	Total   int // of the listener
	PerHost int // from one address; IPv6 is counted by /64, which is what one subscriber gets
}

// Listener accepts within limits.
type Listener struct {
	net.Listener
	limits Limits
	exempt func(netip.Addr) bool

	mu      sync.Mutex
	total   int
	hosts   map[netip.Prefix]int
	refused int64
	closed  chan struct{}
	once    sync.Once
}

// Limit wraps inner. A connection beyond the limits is closed at once and counted. exempt, which may be nil, names
// addresses such as a trusted proxy's, which speak for many and count in the total only.
func Limit(inner net.Listener, limits Limits, exempt func(netip.Addr) bool) *Listener {
	return &Listener{Listener: inner, limits: limits, exempt: exempt, hosts: make(map[netip.Prefix]int), closed: make(chan struct{})}
}

// Accept returns the next connection within the limits. It outlives failures that pass, such as a process that has
// no file descriptor left, and ends only when the listener is closed or broken.
func (l *Listener) Accept() (net.Conn, error) {
	wait := 5 * time.Millisecond
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			if !passing(err) {
				return nil, err
			}
			select {
			case <-l.closed:
				return nil, net.ErrClosed
			case <-time.After(wait):
			}
			wait = min(2*wait, time.Second)
			continue
		}
		wait = 5 * time.Millisecond
		host, ok := l.enter(conn.RemoteAddr())
		if !ok {
			_ = conn.Close()
			continue
		}
		return &limited{Conn: conn, leave: sync.OnceFunc(func() { l.leave(host) })}, nil
	}
}

// Refused is how many connections were closed because of the limits.
func (l *Listener) Refused() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}

// Close stops listening; open connections stay.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// passing tells failures of accept(2) that pass from a listener that is closed or broken.
func passing(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EPROTO, syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (l *Listener) enter(remote net.Addr) (netip.Prefix, bool) {
	host, addr := hostOf(remote)
	l.mu.Lock()
	defer l.mu.Unlock()
	exempt := l.exempt != nil && l.exempt(addr)
	if l.total >= l.limits.Total || !exempt && host.IsValid() && l.hosts[host] >= l.limits.PerHost {
		l.refused++
		return host, false
	}
	l.total++
	l.hosts[host]++
	return host, true
}

func (l *Listener) leave(host netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.hosts[host]--; l.hosts[host] == 0 {
		delete(l.hosts, host)
	}
}

// hostOf is what one party can hold addresses of; invalid for addresses that are not IP, such as unix sockets.
func hostOf(remote net.Addr) (netip.Prefix, netip.Addr) {
	ap, err := netip.ParseAddrPort(remote.String())
	if err != nil {
		return netip.Prefix{}, netip.Addr{}
	}
	addr := ap.Addr().Unmap()
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	host, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}, addr
	}
	return host, addr
}

// limited gives its place back when it is closed.
type limited struct {
	net.Conn
	leave func()
}

// Close ends the connection and frees its place; a second call frees nothing.
func (c *limited) Close() error {
	err := c.Conn.Close()
	c.leave()
	return err
}
