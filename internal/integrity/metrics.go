package integrity

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	findings, last prometheus.Gauge
	read           prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) (metrics, error) {
	m := metrics{
		findings: prometheus.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_integrity_findings", Help: "What the last check of the stored data found wrong; above 0 roll-up and alerts are stopped."}),
		last:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_integrity_last_check_timestamp_seconds", Help: "When the stored data was last checked."}),
		read:     prometheus.NewCounter(prometheus.CounterOpts{Name: "gapwatch_integrity_parts_read_total", Help: "Parts whose checksums were compared."}),
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.findings, m.last, m.read} {
		errs = append(errs, reg.Register(c))
	}
	return m, errors.Join(errs...)
}
