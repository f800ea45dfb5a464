package fetch

import (
	"context"
	"errors"
	"net"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	requests *prometheus.CounterVec
	bytes    prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	auto := promauto.With(reg)
	return &metrics{
		requests: auto.NewCounterVec(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "fetch", Name: "requests_total",
			Help: "Requests to sources by outcome: ok, not_modified, redirect, client_error, server_error, too_large, timeout, forbidden, canceled, error."}, []string{"outcome"}),
		bytes: auto.NewCounter(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "fetch", Name: "received_bytes_total",
			Help: "Bytes of answers' bodies, decompressed."}),
	}
}

// count records one request's end.
func (m *metrics) count(resp *Response, err error) {
	m.requests.WithLabelValues(outcome(resp, err)).Inc()
	if resp != nil {
		m.bytes.Add(float64(resp.Received))
	}
}

func outcome(resp *Response, err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, ErrTooLarge):
		return "too_large"
	case errors.Is(err, ErrForbiddenAddress):
		return "forbidden"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, ErrUnfinished), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case err != nil:
		return "error"
	case resp.NotModified:
		return "not_modified"
	case resp.Status < 300:
		return "ok"
	case resp.Status < 400:
		return "redirect"
	case resp.Status < 500:
		return "client_error"
	}
	return "server_error"
}
