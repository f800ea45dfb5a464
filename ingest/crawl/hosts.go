package crawl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/ingest/robots"
)

// The bounds of politeness.
const (
	robotsLife      = 24 * time.Hour   // RFC 9309 section 2.4
	robotsRetry     = time.Minute      // until a robots.txt that could not be read is asked for again
	maxCrawlDelay   = 60 * time.Second // a longer Crawl-delay is taken for this
	maxRobotsPauses = 1                // retries of robots.txt itself
)

// errDisallowed says that robots.txt forbids a URL.
var errDisallowed = errors.New("robots.txt forbids it")

// errNoRobots says that robots.txt could not be read, which forbids everything. RFC 9309 section 2.3.1.4.
var errNoRobots = errors.New("robots.txt cannot be read, so nothing may be fetched")

// pausedError says that a host asked for more patience than a run has.
type pausedError struct {
	host  string
	until time.Time
}

func (e *pausedError) Error() string {
	return fmt.Sprintf("%s asks to be left alone until %s", e.host, e.until.UTC().Format(time.RFC3339))
}

// hosts remembers what the process owes to each host.
type hosts struct {
	cfg    Config
	client *fetch.Client
	mu     sync.Mutex
	byKey  map[string]*host
}

func newHosts(cfg Config, client *fetch.Client) *hosts {
	return &hosts{cfg: cfg, client: client, byKey: map[string]*host{}}
}

// host is one host's state: all requests to it go through its limiter, whichever source they are for.
type host struct {
	key     string
	limiter *rate.Limiter

	mu    sync.Mutex
	slow  rate.Limit    // of the slowest source that visits it
	delay time.Duration // Crawl-delay
	until time.Time     // no request before

	reading sync.Mutex // one reader of robots.txt at a time
	robots  map[string]robotsEntry
}

// robotsEntry is the cached robots.txt of a scheme and host.
type robotsEntry struct {
	rules   *robots.Rules
	err     error // errNoRobots with its reason
	expires time.Time
}

// of returns the host of a served URL, no faster than want.
func (h *hosts) of(u *url.URL, want float64) *host {
	key := hostKey(u)
	h.mu.Lock()
	defer h.mu.Unlock()
	x := h.byKey[key]
	if x == nil {
		x = &host{key: key, slow: rate.Limit(want), limiter: rate.NewLimiter(rate.Limit(want), 1), robots: map[string]robotsEntry{}}
		h.byKey[key] = x
	}
	x.mu.Lock()
	x.slow = min(x.slow, rate.Limit(want))
	x.mu.Unlock()
	return x
}

// wait returns when the next request to the host may be sent.
func (x *host) wait(ctx context.Context, maxPause time.Duration) error {
	for {
		x.mu.Lock()
		pause, until := time.Until(x.until), x.until
		limit := x.slow
		if x.delay > 0 {
			limit = min(limit, rate.Every(x.delay))
		}
		if x.limiter.Limit() != limit {
			x.limiter.SetLimit(limit)
		}
		x.mu.Unlock()
		switch {
		case pause > maxPause:
			return &pausedError{x.key, until}
		case pause > 0:
			if err := sleep(ctx, pause); err != nil {
				return err
			}
			continue
		}
		if err := x.limiter.Wait(ctx); err != nil {
			return err
		}
		x.mu.Lock()
		paused := time.Now().Before(x.until) // another request was told to wait meanwhile
		x.mu.Unlock()
		if !paused {
			return nil
		}
	}
}

// pause keeps every request from the host for d.
func (x *host) pause(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if until := time.Now().Add(d); until.After(x.until) {
		x.until = until
	}
}

// rules returns the robots.txt that governs a served URL, from the cache when it is fresh. The error is the
// context's; that the file cannot be read is part of the entry.
func (h *hosts) rules(ctx context.Context, s *source, u *url.URL) (robotsEntry, error) {
	x := h.of(u, s.Rate)
	x.reading.Lock()
	defer x.reading.Unlock()
	if e, ok := x.robots[u.Scheme]; ok && time.Now().Before(e.expires) {
		return e, nil
	}
	e, err := h.readRobots(ctx, s, u)
	if err != nil {
		return robotsEntry{}, err
	}
	x.robots[u.Scheme] = e
	x.mu.Lock()
	x.delay = min(e.rules.CrawlDelay(fetch.Product), maxCrawlDelay)
	x.mu.Unlock()
	return e, nil
}

// readRobots fetches a robots.txt. 4xx and too many redirects mean that there is none, which allows everything;
// 5xx, 429 and a host that does not answer forbid everything. RFC 9309 section 2.3.
func (h *hosts) readRobots(ctx context.Context, s *source, u *url.URL) (robotsEntry, error) {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	req := fetch.Request{URL: at, MaxBytes: robots.MaxSize, Truncate: true, Redirect: func(ctx context.Context, to *url.URL) (*url.URL, error) {
		to = s.served(to)
		return to, h.of(to, s.Rate).wait(ctx, h.cfg.MaxPause)
	}}
	resp, err := h.get(ctx, s, req, min(h.cfg.Retries, maxRobotsPauses))
	if ctx.Err() != nil {
		return robotsEntry{}, ctx.Err()
	}
	unreadable := func(why error) (robotsEntry, error) {
		return robotsEntry{rules: robots.DisallowAll(), err: fmt.Errorf("%w: %w", errNoRobots, why), expires: time.Now().Add(robotsRetry)}, nil
	}
	switch {
	case errors.Is(err, fetch.ErrTooManyRedirects):
		return robotsEntry{expires: time.Now().Add(robotsLife)}, nil
	case err != nil && resp == nil:
		return unreadable(err)
	case resp.Status >= 500 || resp.Status == http.StatusTooManyRequests:
		return unreadable(fmt.Errorf("%s answered %d", at, resp.Status))
	case resp.Status == http.StatusOK:
		return robotsEntry{rules: robots.Parse(resp.Body), expires: time.Now().Add(robotsLife)}, nil
	}
	return robotsEntry{expires: time.Now().Add(robotsLife)}, nil
}

// permit returns nil when robots.txt lets a served URL be fetched.
func (h *hosts) permit(ctx context.Context, s *source, u *url.URL) error {
	e, err := h.rules(ctx, s, u)
	if err != nil {
		return err
	}
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	switch {
	case e.err != nil:
		return e.err
	case !e.rules.Allowed(fetch.Product, path):
		return fmt.Errorf("%s: %w", u.Redacted(), errDisallowed)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
