package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"

	"code.dny.dev/ssrf"
)

// ErrForbiddenAddress says that a server's address is private, loopback, link-local or otherwise not public,
// or its port is not one that is asked.
var ErrForbiddenAddress = errors.New("forbidden address")

// guard dials. It looks at each address after the name was resolved, so a name that changes its address
// between a check and the connection gains nothing.
type guard struct {
	cfg      Config
	guardian *ssrf.Guardian
	checked  *net.Dialer // for everyone
	free     *net.Dialer // for what the configuration lists
}

func newGuard(cfg Config) *guard {
	g := &guard{cfg: cfg, guardian: ssrf.New(ssrf.WithPorts(cfg.Ports...))}
	g.free = &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	g.checked = &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: g.guardian.Safe}
	return g
}

// dial is the transport's DialContext.
func (g *guard) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if g.cfg.allowed(addr) || g.isProxy(addr) {
		return g.free.DialContext(ctx, network, addr)
	}
	conn, err := g.checked.DialContext(ctx, network, addr)
	return conn, forbidden(addr, err)
}

// check refuses a URL whose host is a forbidden address in digits, before anything is dialled: behind a proxy
// the dialled address is the proxy's.
func (g *guard) check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%w: %q is not http or https", ErrForbiddenAddress, u.Scheme)
	}
	if u.Hostname() == "" {
		return fmt.Errorf("%w: the URL names no host", ErrForbiddenAddress)
	}
	addr := hostPort(u)
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil || g.cfg.allowed(addr) {
		return nil
	}
	port, err := netip.ParseAddrPort(addr)
	if err != nil {
		return fmt.Errorf("%w: %s has no valid port", ErrForbiddenAddress, addr)
	}
	return forbidden(addr, g.guardian.SafeAddrPort(netip.AddrPortFrom(ip.Unmap(), port.Port())))
}

func (g *guard) isProxy(addr string) bool {
	if g.cfg.Proxy == "" {
		return false
	}
	u, err := url.Parse(g.cfg.Proxy)
	return err == nil && hostPort(u) == addr
}

// hostPort is the address of a URL with its port written out.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// forbidden turns the guardian's refusals into ErrForbiddenAddress with what to do about it.
func forbidden(addr string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ssrf.ErrProhibitedPort):
		return fmt.Errorf("%w: the port of %s is not in fetch.ports", ErrForbiddenAddress, addr)
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.Is(err, ssrf.ErrInvalidHostPort):
		return fmt.Errorf("%w: %s is a private, loopback or link-local address; list it in fetch.allow_private if you run it", ErrForbiddenAddress, addr)
	}
	return err
}
