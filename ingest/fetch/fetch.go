package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The errors that a caller tells apart, beside ErrForbiddenAddress and ErrNoContact.
var (
	ErrTooLarge         = errors.New("answer is too large")
	ErrUnfinished       = errors.New("answer did not end in time")
	ErrTooManyRedirects = errors.New("too many redirects")
)

// Client asks servers. Its methods are safe for concurrent use; all requests share one transport.
type Client struct {
	cfg     Config
	guard   *guard
	http    *http.Client
	metrics *metrics
}

// New makes a client.
func New(cfg Config, reg prometheus.Registerer) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	g, err := newGuard(cfg, cfg.AllowPrivate, "fetch.allow_private")
	if err != nil {
		return nil, err
	}
	return &Client{cfg: cfg, guard: g, http: newHTTP(cfg, g), metrics: newMetrics(reg)}, nil
}

// guarded looks at the address of every request before it looks for a connection.
type guarded struct {
	*http.Transport
	guard *guard
}

// RoundTrip is of http.RoundTripper.
func (t guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.guard.check(r.URL); err != nil {
		return nil, err
	}
	return t.Transport.RoundTrip(r)
}

// newHTTP makes a client all of whose requests are checked and all of whose connections are dialled by g. It has no
// proxy of its own: g tunnels.
func newHTTP(cfg Config, g *guard) *http.Client {
	return &http.Client{
		Transport: guarded{&http.Transport{
			DialContext:            g.dial,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           64,
			MaxIdleConnsPerHost:    16,
			IdleConnTimeout:        90 * time.Second,
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  cfg.Timeout,
			MaxResponseHeaderBytes: 256 << 10,
		}, g},
		// Redirects are followed by Get, where each hop is checked and counted like a request of its own, or not at all.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close gives idle connections back.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Request is what to ask for.
type Request struct {
	URL          *url.URL
	ETag         string // of the version at hand: sent as If-None-Match
	LastModified string // of the version at hand, as the server wrote it: sent as If-Modified-Since
	MaxBytes     int64  // instead of the configuration's, when positive
	Truncate     bool   // give the first MaxBytes of a longer answer instead of ErrTooLarge

	// Redirect, when set, is asked before a redirect is followed; it may refuse, wait, or name another address.
	Redirect func(ctx context.Context, to *url.URL) (*url.URL, error)
}

// Response is an answer of any status. Body is read whole for 200 and empty for the others.
type Response struct {
	Status       int
	URL          *url.URL // of the last hop
	Body         []byte
	ContentType  string
	ETag         string
	LastModified string
	RetryAfter   time.Duration
	NotModified  bool
	Received     int64 // bytes of the body, decompressed
}

// Get asks for a document and follows redirects. An error means that no answer came; a server's
// refusal is a Response.
func (c *Client) Get(ctx context.Context, req Request) (*Response, error) {
	at := req.URL
	for hop := 0; ; hop++ {
		if err := c.cfg.CheckContact(at); err != nil {
			return nil, fmt.Errorf("get %s: %w", at.Redacted(), err)
		}
		resp, location, err := c.hop(ctx, req, at)
		c.metrics.count(resp, err)
		if err != nil {
			return nil, fmt.Errorf("get %s: %w", at.Redacted(), err)
		}
		if location == "" {
			return resp, nil
		}
		if hop >= c.cfg.MaxRedirects {
			return nil, fmt.Errorf("get %s: %w: more than %d", req.URL.Redacted(), ErrTooManyRedirects, c.cfg.MaxRedirects)
		}
		to, err := at.Parse(location)
		if err != nil {
			return nil, fmt.Errorf("get %s: redirect to what is no URL: %w", at.Redacted(), err)
		}
		if err := c.guard.check(to); err != nil {
			return nil, fmt.Errorf("get %s: redirect to %s: %w", at.Redacted(), to.Redacted(), err)
		}
		if req.Redirect != nil {
			if to, err = req.Redirect(ctx, to); err != nil {
				return nil, fmt.Errorf("get %s: redirect: %w", at.Redacted(), err)
			}
		}
		at = to
	}
}

// hop makes one request; location is not empty when the answer sends elsewhere.
func (c *Client) hop(ctx context.Context, req Request, at *url.URL) (resp *Response, location string, err error) {
	// One deadline for everything: a server that sends a byte now and then keeps no connection.
	timed, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(timed, http.MethodGet, at.String(), http.NoBody)
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("User-Agent", c.cfg.UserAgent())
	r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.9,*/*;q=0.5")
	if req.ETag != "" {
		r.Header.Set("If-None-Match", req.ETag)
	}
	if req.LastModified != "" {
		r.Header.Set("If-Modified-Since", req.LastModified)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		if wrapped, ok := errors.AsType[*url.Error](err); ok { // its text repeats method and URL
			err = wrapped.Err
		}
		return nil, "", err
	}
	defer answer.Body.Close()
	resp = &Response{
		Status: answer.StatusCode, URL: at, ContentType: answer.Header.Get("Content-Type"),
		ETag: answer.Header.Get("ETag"), LastModified: answer.Header.Get("Last-Modified"),
		RetryAfter:  RetryAfter(answer.Header.Get("Retry-After"), time.Now(), c.cfg.MaxRetryAfter),
		NotModified: answer.StatusCode == http.StatusNotModified,
	}
	switch answer.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if location = answer.Header.Get("Location"); location != "" {
			drain(answer.Body)
			return resp, location, nil
		}
	}
	if answer.StatusCode != http.StatusOK {
		drain(answer.Body)
		return resp, "", nil
	}
	resp.Body, err = c.read(req, answer)
	resp.Received = int64(len(resp.Body))
	switch {
	case err == nil, errors.Is(err, ErrTooLarge):
	case ctx.Err() != nil:
		err = ctx.Err()
	case timed.Err() != nil:
		err = fmt.Errorf("%w: %d bytes after %s", ErrUnfinished, resp.Received, c.cfg.Timeout)
	default:
		err = fmt.Errorf("read answer: %w", err)
	}
	return resp, "", err
}

// read takes the body up to the limit, which counts what decompression yields.
func (c *Client) read(req Request, answer *http.Response) ([]byte, error) {
	limit := c.cfg.MaxBytes
	if req.MaxBytes > 0 {
		limit = req.MaxBytes
	}
	if answer.ContentLength > limit && !req.Truncate {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d (fetch.max_bytes)", ErrTooLarge, answer.ContentLength, limit)
	}
	body, err := bounded(answer.Body, limit, answer.ContentLength, req.Truncate)
	if err != nil || !bytes.HasPrefix(body, []byte{0x1f, 0x8b, 8}) {
		return body, err
	}
	// A file that is itself gzip, such as sitemap.xml.gz: the transport only undoes Content-Encoding.
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body, fmt.Errorf("gzip: %w", err)
	}
	return bounded(z, limit, -1, req.Truncate)
}

func bounded(r io.Reader, limit, expect int64, truncate bool) ([]byte, error) {
	var b bytes.Buffer
	if expect > 0 {
		b.Grow(int(min(expect, limit) + bytes.MinRead))
	}
	n, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if n > limit {
		if truncate {
			return b.Bytes()[:limit], nil
		}
		return b.Bytes()[:limit], fmt.Errorf("%w: more than %d bytes (fetch.max_bytes)", ErrTooLarge, limit)
	}
	return b.Bytes(), err
}

// drain reads a little of a body that is not used, so that the connection can be used again.
func drain(r io.Reader) { _, _ = io.CopyN(io.Discard, r, 64<<10) }
