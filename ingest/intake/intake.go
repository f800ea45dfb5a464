// Package intake is what the services of requests and of programmes share: messages that are acknowledged when
// the brokers have them, the wait until they are visible, and uploaded tables.
package intake

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/kafka"
)

// Writer writes to Kafka and returns when all replicas have it.
type Writer interface {
	Write(ctx context.Context, topic string, msgs ...kafka.Message) error
}

// Write sends msgs to topic within timeout. Its error is a problem with detail for the caller of the API, which
// says how to send the same again; the cause is logged.
func Write(ctx context.Context, w Writer, timeout time.Duration, logger *slog.Logger, topic, detail string, msgs ...kafka.Message) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := w.Write(ctx, topic, msgs...); err != nil {
		logger.Error("messages not written", "topic", topic, "messages", len(msgs), "request", httpd.RequestID(ctx), "error", err)
		return huma.ErrorWithHeaders(httpd.Problem(http.StatusServiceUnavailable, "queue_unavailable", detail),
			http.Header{"Retry-After": {"30"}})
	}
	return nil
}

// preferAsync (RFC 7240) asks for an answer that does not wait.
const preferAsync = "respond-async"

// Await polls visible until it answers true, for at most wait, so that a caller sees in lists what it sent. It
// does not wait when the caller's Prefer header asks for an answer at once.
func Await(ctx context.Context, wait time.Duration, prefer string, visible func(context.Context) bool) {
	if wait == 0 || prefer == preferAsync {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for !visible(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}
