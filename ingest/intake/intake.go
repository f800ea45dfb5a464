// Package intake is what the services of requests and of programmes share: messages that are acknowledged when
// the brokers have them, the wait until they are visible, the words for wrong fields, and uploaded tables.
package intake

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Config bounds a service.
type Config struct {
	WriteTimeout time.Duration `yaml:"write_timeout"` // for the brokers' acknowledgement
	VisibleWait  time.Duration `yaml:"visible_wait"`  // for the aggregator to store what was written; 0 does not wait
	MaxRows      int           `yaml:"max_rows"`      // of an uploaded table
}

// DefaultConfig waits two seconds for what was written to become visible, and takes tables of maxRows rows.
func DefaultConfig(maxRows int) Config {
	return Config{WriteTimeout: 10 * time.Second, VisibleWait: 2 * time.Second, MaxRows: maxRows}
}

// Check names the first setting of a section of the configuration that cannot work.
func (c Config) Check(section string) error {
	if c.WriteTimeout <= 0 || c.VisibleWait < 0 || c.VisibleWait > 30*time.Second {
		return fmt.Errorf("%s: write_timeout must be positive, visible_wait between 0s and 30s", section)
	}
	if c.MaxRows < 1 || c.MaxRows > 100_000 {
		return fmt.Errorf("%s.max_rows: give 1 to 100000", section)
	}
	return nil
}

// BodyInput is what operations with a JSON body read. It is exported because huma passes over other embedded types.
type BodyInput struct {
	ContentType string `header:"Content-Type"`
	Prefer      string `header:"Prefer" doc:"respond-async: answer at once, without waiting up to two seconds until lists show it."`
	Accept      string `header:"Accept-Language" doc:"zh or en: the language of what errors say; English where neither is asked for."`
	RawBody     []byte
}

// Lang is the language in which a caller wants to be told what is wrong.
func (in BodyInput) Lang() string { return httpd.Accepted(in.Accept, words.English) }

// UpdateInput names a thing and holds what it is to become.
type UpdateInput struct {
	ID string `path:"id" maxLength:"64"`
	BodyInput
}

// IDInput names a thing.
type IDInput struct {
	ID     string `path:"id" maxLength:"64"`
	Prefer string `header:"Prefer" doc:"respond-async: answer at once."`
}

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

// Version is a version after an earlier one, also when the clock of the machine that wrote that one runs ahead.
func Version(now time.Time, earlier uint64) uint64 { return max(uint64(now.UnixNano()), earlier+1) }
