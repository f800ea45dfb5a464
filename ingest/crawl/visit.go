package crawl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// statusError is an answer that is not a document.
type statusError struct {
	url    string
	status int
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.url, e.status, http.StatusText(e.status))
}

// gone reports whether the page no longer exists, which is not a failure of the crawl.
func gone(err error) bool {
	var s *statusError
	return errors.As(err, &s) && (s.status == http.StatusNotFound || s.status == http.StatusGone)
}

// visit asks for a URL that a source names: robots.txt first, then at the host's pace, with retries. The
// known page makes the request conditional. The answer is 200 or 304; at is its public URL after redirects.
func (h *hosts) visit(ctx context.Context, s *source, public *url.URL, known talent.Page) (resp *fetch.Response, at *url.URL, err error) {
	served := s.served(public)
	if err := h.permit(ctx, s, served); err != nil {
		return nil, nil, err
	}
	at = public
	req := fetch.Request{URL: served, ETag: known.ETag, LastModified: known.LastModified,
		Redirect: func(ctx context.Context, to *url.URL) (*url.URL, error) {
			at = to
			to = s.served(to)
			if err := h.permit(ctx, s, to); err != nil {
				return nil, err
			}
			return to, h.of(to, s.Rate).wait(ctx, h.cfg.MaxPause)
		}}
	resp, err = h.get(ctx, s, req, h.cfg.Retries)
	if err != nil {
		return nil, nil, err
	}
	if resp.Status != http.StatusOK && resp.Status != http.StatusNotModified {
		return nil, nil, &statusError{served.Redacted(), resp.Status}
	}
	return resp, at, nil
}

// get sends a request at the pace of its host and tries again, a bounded number of times, what may pass. A
// host that answers 429 or 503 is paused for all.
func (h *hosts) get(ctx context.Context, s *source, req fetch.Request, retries int) (*fetch.Response, error) {
	x := h.of(req.URL, s.Rate)
	intervals := backoff.NewExponentialBackOff()
	intervals.InitialInterval, intervals.Multiplier, intervals.MaxInterval = h.cfg.Backoff, 2, h.cfg.MaxPause
	return backoff.Retry(ctx, func() (*fetch.Response, error) {
		if err := x.wait(ctx, h.cfg.MaxPause); err != nil {
			return nil, backoff.Permanent(err)
		}
		resp, err := h.client.Get(ctx, req)
		if err != nil {
			if permanent(err) {
				return nil, backoff.Permanent(err)
			}
			return nil, err
		}
		switch resp.Status {
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			x.pause(max(resp.RetryAfter, h.cfg.Backoff))
			if resp.RetryAfter > h.cfg.MaxPause {
				return resp, backoff.Permanent(&pausedError{x.key, time.Now().Add(resp.RetryAfter)})
			}
			return resp, &statusError{req.URL.Redacted(), resp.Status}
		case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
			return resp, &statusError{req.URL.Redacted(), resp.Status}
		}
		return resp, nil
	}, backoff.WithBackOff(intervals), backoff.WithMaxTries(uint(retries)+1), backoff.WithMaxElapsedTime(0))
}

// permanent reports whether asking again would not help: the answer is what it is, or may not be asked for.
func permanent(err error) bool {
	var paused *pausedError
	for _, e := range []error{fetch.ErrTooLarge, fetch.ErrUnfinished, fetch.ErrTooManyRedirects, fetch.ErrForbiddenAddress, fetch.ErrNoContact,
		errDisallowed, errNoRobots, context.Canceled} {
		if errors.Is(err, e) {
			return true
		}
	}
	return errors.As(err, &paused)
}
