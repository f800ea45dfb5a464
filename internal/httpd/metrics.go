package httpd

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	auto := promauto.With(reg)
	return &metrics{
		requests: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "gapwatch_http_requests_total", Help: "HTTP requests answered, by method, route and status."},
			[]string{"method", "route", "status"}),
		seconds: auto.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gapwatch_http_request_seconds", Help: "Time from request to answer, by method and route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}},
			[]string{"method", "route"}),
		refused: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "gapwatch_http_refused_total", Help: "Requests refused because a caller took too much, by reason: address_rate, key_rate, wrong_keys, busy."},
			[]string{"reason"}),
	}
}

// observe counts an answer under the pattern of its route: paths and methods come from outside and would make
// labels without end.
func (m *metrics) observe(r *http.Request, rec *recorder, took time.Duration) {
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	method := "other"
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		method = r.Method
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(rec.code())).Inc()
	m.seconds.WithLabelValues(method, route).Observe(took.Seconds())
}
