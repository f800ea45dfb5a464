package alerts

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	evaluations, events, notifications, runs *prometheus.CounterVec
	firing                                   *prometheus.GaugeVec
	runSeconds                               prometheus.Histogram
	lastSuccess, pending                     prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) metrics {
	auto := promauto.With(reg)
	return metrics{
		evaluations:   auto.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_alerts_evaluations_total", Help: "Series judged, by grain and state."}, []string{"grain", "state"}),
		events:        auto.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_alerts_events_total", Help: "Steps of alerts' lives, by kind and severity."}, []string{"kind", "severity"}),
		notifications: auto.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_alerts_notifications_total", Help: "Attempts to tell a subscriber, by channel, status and reason."}, []string{"channel", "status", "reason"}),
		runs:          auto.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_alerts_runs_total", Help: "Runs of the alert job, by result."}, []string{"result"}),
		firing:        auto.NewGaugeVec(prometheus.GaugeOpts{Name: "gapwatch_alerts_firing", Help: "Alerts that fire now, by severity."}, []string{"severity"}),
		runSeconds: auto.NewHistogram(prometheus.HistogramOpts{Name: "gapwatch_alerts_run_seconds", Help: "Time of one run over all series.",
			Buckets: prometheus.ExponentialBuckets(0.05, 2, 12)}),
		lastSuccess: auto.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_alerts_last_success_timestamp_seconds", Help: "When the last complete run ended."}),
		pending:     auto.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_alerts_notifications_pending", Help: "Messages that wait for their first or next attempt."}),
	}
}
