package judge

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	evaluations, events, runs *prometheus.CounterVec
	firing                    *prometheus.GaugeVec
	runSeconds                prometheus.Histogram
	lastSuccess               prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) metrics {
	f := promauto.With(reg)
	return metrics{
		evaluations: f.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_alerts_evaluations_total", Help: "Series judged, by grain and state."}, []string{"grain", "state"}),
		events:      f.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_alerts_events_total", Help: "Steps of alerts' lives, by kind and severity."}, []string{"kind", "severity"}),
		runs:        f.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_alerts_runs_total", Help: "Runs of the alert job, by result."}, []string{"result"}),
		firing:      f.NewGaugeVec(prometheus.GaugeOpts{Name: "gapwatch_alerts_firing", Help: "Alerts that fire now, by severity."}, []string{"severity"}),
		runSeconds: f.NewHistogram(prometheus.HistogramOpts{Name: "gapwatch_alerts_run_seconds", Help: "Time of one run over all series.",
			Buckets: prometheus.ExponentialBuckets(0.05, 2, 12)}),
		lastSuccess: f.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_alerts_last_success_timestamp_seconds", Help: "When the last complete run ended."}),
	}
}
