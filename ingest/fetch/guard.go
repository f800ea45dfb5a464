package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

// ErrForbiddenAddress says that a server's address is private, loopback, link-local or otherwise not public,
// is written in a way that others may read differently, or its port is not one that is asked.
var ErrForbiddenAddress error = forbidden{}

// forbidden lets packages that may not import this one tell the refusal from a failure.
type forbidden struct{}

func (forbidden) Error() string   { return "forbidden address" }
func (forbidden) Forbidden() bool { return true }

// maxTried is how many addresses of a name are tried through a proxy.
const maxTried = 4

// resolver finds the addresses of a name; net.DefaultResolver does.
type resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// guard is the only dialler of a client. It judges the addresses that it connects to, or has the proxy connect to,
// not names: a name that changes its address after a check gains nothing.
type guard struct {
	listed   []string // host:port that may be private
	setting  string   // key of the configuration that lists them
	guardian *ssrf.Guardian
	ports    []uint16
	checked  *net.Dialer // for everyone
	free     *net.Dialer // for what the configuration lists
	proxy    *proxy      // nil: none
	names    bool        // the proxy resolves names
	resolver resolver
}

// newGuard makes the guard of one client: listed are the private servers that this client may ask, and setting is
// the key that lists them.
func newGuard(cfg Config, listed []string, setting string) (*guard, error) {
	g := &guard{setting: setting, guardian: ssrf.New(ssrf.WithPorts(cfg.Ports...)), ports: cfg.Ports, names: cfg.ProxyResolves,
		resolver: net.DefaultResolver}
	for _, a := range listed {
		t, err := listedTarget(a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", setting, err)
		}
		g.listed = append(g.listed, t.String())
	}
	g.free = &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	g.checked = &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: g.guardian.Safe}
	if cfg.Proxy == "" {
		return g, nil
	}
	var err error
	g.proxy, err = newProxy(cfg.Proxy, g.free)
	return g, err
}

// dial is the transport's DialContext. Listed servers are asked directly, so nothing private is ever asked of the
// proxy.
func (g *guard) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is not host:port", ErrForbiddenAddress, addr)
	}
	t, err := targetOf(host, port)
	if err != nil {
		return nil, err
	}
	switch {
	case g.allowed(t):
		return g.free.DialContext(ctx, network, t.String())
	case g.proxy == nil:
		conn, err := g.checked.DialContext(ctx, network, t.String())
		return conn, g.forbidden(t, err)
	}
	through, err := g.resolve(ctx, t)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, to := range through {
		conn, err := g.proxy.tunnel(ctx, to.String())
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

// resolve returns what the proxy may be asked for: the checked addresses of a target, IPv4 first, or its name where
// the proxy resolves names.
func (g *guard) resolve(ctx context.Context, t target) ([]target, error) {
	if t.ip.IsValid() {
		return []target{t}, g.safe(t)
	}
	if g.names && g.proxy != nil {
		if !slices.Contains(g.ports, t.port) {
			return nil, g.forbidden(t, ssrf.ErrProhibitedPort)
		}
		if !public(t.name) {
			return nil, fmt.Errorf("%w: %s is not a public name; list it in %s if you run it", ErrForbiddenAddress, t, g.setting)
		}
		return []target{t}, nil
	}
	ips, err := g.resolver.LookupNetIP(ctx, "ip", t.name+".") // absolute: no search domain is tried
	if err != nil && g.proxy != nil {
		return nil, fmt.Errorf("%w; where only the proxy resolves names, set fetch.proxy_resolves", err)
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(ips, func(a, b netip.Addr) int { return a.Unmap().BitLen() - b.Unmap().BitLen() })
	var out []target
	for _, ip := range ips {
		to := target{ip: ip.Unmap(), port: t.port}
		if err := g.guardian.SafeAddrPort(netip.AddrPortFrom(to.ip, to.port)); err != nil {
			return nil, g.forbidden(t, err) // a private address among public ones is deliberate
		}
		out = append(out, to)
	}
	return out[:min(len(out), maxTried)], nil
}

// check refuses a URL by what it says, before anything is resolved.
func (g *guard) check(u *url.URL) error {
	t, err := targetOfURL(u)
	if err != nil || g.allowed(t) {
		return err
	}
	if t.ip.IsValid() {
		return g.safe(t)
	}
	if !slices.Contains(g.ports, t.port) {
		return g.forbidden(t, ssrf.ErrProhibitedPort)
	}
	if t.name == "localhost" || strings.HasSuffix(t.name, ".localhost") { // this machine, whatever resolves it (RFC 6761)
		return g.forbidden(t, ssrf.ErrProhibitedIP)
	}
	return nil
}

// safe judges an address in digits.
func (g *guard) safe(t target) error {
	return g.forbidden(t, g.guardian.SafeAddrPort(netip.AddrPortFrom(t.ip, t.port)))
}

func (g *guard) allowed(t target) bool { return slices.Contains(g.listed, t.String()) }

// forbidden turns the guardian's refusals into ErrForbiddenAddress with what to do about it.
func (g *guard) forbidden(t target, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ssrf.ErrProhibitedPort):
		return fmt.Errorf("%w: the port of %s is not in fetch.ports", ErrForbiddenAddress, t)
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.Is(err, ssrf.ErrInvalidHostPort):
		return fmt.Errorf("%w: %s is a private, loopback or link-local address; list it in %s if you run it", ErrForbiddenAddress, t, g.setting)
	}
	return err
}
