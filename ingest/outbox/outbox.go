// Package outbox is the one door through which postings reach Kafka. What passes it has an id that follows from source
// and key, holds no personal data, and fits a message whatever the source wrote. A posting that cannot be sent is counted
// and named and stops no other.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Bus takes messages and returns when they are safe; *kafka.Client is one.
type Bus interface {
	Write(ctx context.Context, topic string, msgs ...kafka.Message) error
}

// maxChunk bounds the bytes that are encoded before they are written.
const maxChunk = 8 << 20

// Outbox writes postings. Its methods are safe for concurrent use.
type Outbox struct {
	bus     Bus
	logger  *slog.Logger
	metrics metrics
}

// New makes an outbox that writes to bus.
func New(bus Bus, logger *slog.Logger, reg prometheus.Registerer) *Outbox {
	return &Outbox{bus: bus, logger: logger, metrics: newMetrics(reg)}
}

// Report is what became of postings.
type Report struct {
	Sent    int    // acknowledged
	Masked  int    // of these, how many held personal data
	Cut     int    // of these, how many were shortened to fit
	Refused int    // could not be sent
	First   string // names the first that was refused, and why
}

// Add adds what became of others.
func (r *Report) Add(o Report) {
	r.Sent, r.Masked, r.Cut, r.Refused = r.Sent+o.Sent, r.Masked+o.Masked, r.Cut+o.Cut, r.Refused+o.Refused
	if r.First == "" {
		r.First = o.First
	}
}

// Write returns when every posting is acknowledged or refused. The error is that of the broker or the context; the
// report then says how many had been acknowledged, and writing all of them again is safe.
func (o *Outbox) Write(ctx context.Context, postings []talent.Posting) (Report, error) {
	var (
		report Report
		chunk  []message
		bytes  int
	)
	flush := func() error {
		done, err := o.send(ctx, chunk)
		report.Add(done)
		o.metrics.count(done)
		chunk, bytes = chunk[:0], 0
		return err
	}
	for _, p := range postings {
		m, err := prepare(p)
		if err != nil {
			refused := o.refuse(p.ID, err)
			report.Add(refused)
			o.metrics.count(refused)
			continue
		}
		if bytes+len(m.Value) > maxChunk {
			if err := flush(); err != nil {
				return report, err
			}
		}
		chunk, bytes = append(chunk, m), bytes+len(m.Value)
	}
	return report, flush()
}

// send writes messages. When the broker finds one too large, they are halved until the one is alone and refused.
func (o *Outbox) send(ctx context.Context, messages []message) (Report, error) {
	if len(messages) == 0 {
		return Report{}, nil
	}
	out := make([]kafka.Message, len(messages))
	done := Report{Sent: len(messages)}
	for i, m := range messages {
		out[i] = m.Message
		if m.masked {
			done.Masked++
		}
		if m.cut {
			done.Cut++
		}
	}
	err := o.bus.Write(ctx, talent.TopicPostings, out...)
	switch {
	case err == nil:
		return done, nil
	case !errors.Is(err, kafka.ErrTooLarge):
		return Report{}, err
	case len(messages) == 1:
		return o.refuse(messages[0].id, err), nil
	}
	half := len(messages) / 2
	first, err := o.send(ctx, messages[:half])
	if err != nil {
		return first, err
	}
	second, err := o.send(ctx, messages[half:])
	first.Add(second)
	return first, err
}

// refuse names a posting that cannot be sent; its content stays out of the log.
func (o *Outbox) refuse(id string, why error) Report {
	o.logger.Warn("posting cannot be sent and is left out", "posting", id, "reason", why)
	return Report{Refused: 1, First: fmt.Sprintf("posting %s: %v", id, why)}
}
