package outbox

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	postings    *prometheus.CounterVec
	masked, cut prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) (metrics, error) {
	m := metrics{
		postings: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "outbox", Name: "postings_total",
			Help: "Postings on their way to Kafka by result: sent (acknowledged) or refused (could not be sent)."}, []string{"result"}),
		masked: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "outbox", Name: "masked_total",
			Help: "Postings sent in which personal data was masked."}),
		cut: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "outbox", Name: "cut_total",
			Help: "Postings sent that were shortened to fit a message."}),
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.postings, m.masked, m.cut} {
		errs = append(errs, reg.Register(c))
	}
	return m, errors.Join(errs...)
}

func (m metrics) count(r Report) {
	m.postings.WithLabelValues("sent").Add(float64(r.Sent))
	m.postings.WithLabelValues("refused").Add(float64(r.Refused))
	m.masked.Add(float64(r.Masked))
	m.cut.Add(float64(r.Cut))
}
