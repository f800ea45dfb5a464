package crawl

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	runs     *prometheus.CounterVec
	postings *prometheus.CounterVec
	page     prometheus.Histogram
	last     *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	auto := promauto.With(reg)
	return &metrics{
		runs: auto.NewCounterVec(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "crawl", Name: "runs_total",
			Help: "Crawl runs by source and outcome: complete, partial, failed, empty, disallowed."}, []string{"source", "outcome"}),
		postings: auto.NewCounterVec(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "crawl", Name: "postings_total",
			Help: "Postings acknowledged by Kafka, by source."}, []string{"source"}),
		page: auto.NewHistogram(prometheus.HistogramOpts{Namespace: "gapwatch", Subsystem: "crawl", Name: "page_seconds",
			Help: "Time from asking for a page to its answer, with waiting for the host's turn and retries.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 10)}),
		last: auto.NewGaugeVec(prometheus.GaugeOpts{Namespace: "gapwatch", Subsystem: "crawl", Name: "last_run_timestamp_seconds",
			Help: "End of the latest run of a source in this process."}, []string{"source"}),
	}
}
