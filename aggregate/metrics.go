package aggregate

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	records, flushes, deadLetters *prometheus.CounterVec
	flushSeconds                  *prometheus.HistogramVec
	rollUpSeconds                 prometheus.Histogram
	dirtyPeriods, lastRollUp      prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) metrics {
	auto := promauto.With(reg)
	return metrics{
		records:     auto.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_aggregate_records_total", Help: "Records made durable, by topic."}, []string{"topic"}),
		flushes:     auto.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_aggregate_flushes_total", Help: "Batches flushed, by topic and result."}, []string{"topic", "result"}),
		deadLetters: auto.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_aggregate_dead_letters_total", Help: "Records set aside as dead letters, by topic."}, []string{"topic"}),
		flushSeconds: auto.NewHistogramVec(prometheus.HistogramOpts{Name: "gapwatch_aggregate_flush_seconds", Help: "Time from a full batch to durable facts.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2, 12)}, []string{"topic"}),
		rollUpSeconds: auto.NewHistogram(prometheus.HistogramOpts{Name: "gapwatch_aggregate_rollup_seconds", Help: "Time of one roll-up of dirty periods.",
			Buckets: prometheus.ExponentialBuckets(0.01, 2, 12)}),
		dirtyPeriods: auto.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_aggregate_dirty_periods", Help: "Periods that wait for their roll-up."}),
		lastRollUp:   auto.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_aggregate_last_rollup_timestamp_seconds", Help: "When the last roll-up ended."}),
	}
}
