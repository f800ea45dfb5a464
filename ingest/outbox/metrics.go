package outbox

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	postings    *prometheus.CounterVec
	masked, cut prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) metrics {
	auto := promauto.With(reg)
	return metrics{
		postings: auto.NewCounterVec(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "outbox", Name: "postings_total",
			Help: "Postings on their way to Kafka by result: sent (acknowledged) or refused (could not be sent)."}, []string{"result"}),
		masked: auto.NewCounter(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "outbox", Name: "masked_total",
			Help: "Postings sent in which personal data was masked."}),
		cut: auto.NewCounter(prometheus.CounterOpts{Namespace: "gapwatch", Subsystem: "outbox", Name: "cut_total",
			Help: "Postings sent that were shortened to fit a message."}),
	}
}

func (m metrics) count(r Report) {
	m.postings.WithLabelValues("sent").Add(float64(r.Sent))
	m.postings.WithLabelValues("refused").Add(float64(r.Refused))
	m.masked.Add(float64(r.Masked))
	m.cut.Add(float64(r.Cut))
}
