package fetch

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// maxProxyAnswer bounds the head of a proxy's answer to CONNECT, bytes.
const maxProxyAnswer = 64 << 10

// proxy opens tunnels through an HTTP proxy (CONNECT, RFC 9110 section 9.3.6), for https and http alike: a tunnel
// goes to the address that was checked here, while a request in absolute form goes wherever the proxy resolves
// its name to.
type proxy struct {
	addr   string // host:port
	tls    *tls.Config
	auth   string // of Proxy-Authorization, or empty
	dialer *net.Dialer
}

func newProxy(address string, dialer *net.Dialer) (*proxy, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("fetch.proxy: not a URL")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	p := &proxy{addr: net.JoinHostPort(u.Hostname(), port), dialer: dialer}
	if u.Scheme == "https" {
		p.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	if u.User != nil {
		password, _ := u.User.Password()
		p.auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
	}
	return p, nil
}

// tunnel connects to host:port through the proxy. The proxy itself may be on a private network: the operator named
// it.
func (p *proxy) tunnel(ctx context.Context, to string) (net.Conn, error) {
	conn, err := p.dialer.DialContext(ctx, "tcp", p.addr)
	if err != nil {
		return nil, fmt.Errorf("reach fetch.proxy: %w", err)
	}
	if p.tls != nil {
		conn = tls.Client(conn, p.tls)
	}
	if err := p.connect(ctx, conn, to); err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("tunnel through fetch.proxy to %s: %w", to, err)
	}
	return conn, nil
}

func (p *proxy) connect(ctx context.Context, conn net.Conn, to string) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // wakes reads and writes
	defer stop()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: to}, Host: to, Header: http.Header{}}
	req.Header.Set("User-Agent", Product)
	if p.auth != "" {
		req.Header.Set("Proxy-Authorization", p.auth)
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	answer := bufio.NewReader(io.LimitReader(conn, maxProxyAnswer))
	resp, err := http.ReadResponse(answer, req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close() // the answer to CONNECT has none
	switch {
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return errors.New("the proxy wants a user and password in fetch.proxy")
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return fmt.Errorf("the proxy answered %s to CONNECT: let it open tunnels to the ports of fetch.ports", resp.Status)
	case answer.Buffered() > 0:
		return errors.New("the proxy sent data before it was asked for any")
	case !stop():
		return ctx.Err()
	}
	return nil
}
