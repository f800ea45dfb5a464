package crawl

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	runs     *prometheus.CounterVec
	postings *prometheus.CounterVec
	page     prometheus.Histogram
	last     *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "crawl", Name: "runs_total",
			Help: "Crawl runs by source and outcome: complete, partial, failed, empty, disallowed."}, []string{"source", "outcome"}),
		postings: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "crawl", Name: "postings_total",
			Help: "Postings acknowledged by Kafka, by source."}, []string{"source"}),
		page: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "gapwatch", Subsystem: "crawl", Name: "page_seconds",
			Help: "Time from asking for a page to its answer, with waiting for the host's turn and retries.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 10)}),
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "gapwatch", Subsystem: "crawl", Name: "last_run_timestamp_seconds",
			Help: "End of the latest run of a source in this process."}, []string{"source"}),
	}
	for _, c := range []prometheus.Collector{m.runs, m.postings, m.page, m.last} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register crawl metrics: %w", err)
		}
	}
	return m, nil
}
