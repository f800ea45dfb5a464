package integrity

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	findings, last prometheus.Gauge
	read           prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) metrics {
	auto := promauto.With(reg)
	return metrics{
		findings: auto.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_integrity_findings", Help: "What the last check of the stored data found wrong; above 0 roll-up and alerts are stopped."}),
		last:     auto.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_integrity_last_check_timestamp_seconds", Help: "When the stored data was last checked."}),
		read:     auto.NewCounter(prometheus.CounterOpts{Name: "gapwatch_integrity_parts_read_total", Help: "Parts whose checksums were compared."}),
	}
}
