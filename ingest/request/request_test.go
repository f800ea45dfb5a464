package request

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// market is a running API with real store and broker, and no aggregator: tests store what they need themselves.
type market struct {
	*apitest.Client
	t      *testing.T
	store  *clickhouse.Store
	kafka  *kafka.Client
	writer *writer
}

// writer passes messages on to the broker, or fails as a broker that does not answer would.
type writer struct {
	intake.Writer
	down  bool
	after func() // runs when the brokers have the messages
}

func (w *writer) Write(ctx context.Context, topic string, msgs ...kafka.Message) error {
	if w.down {
		return errors.New("no broker")
	}
	err := w.Writer.Write(ctx, topic, msgs...)
	if err == nil && w.after != nil {
		go w.after()
	}
	return err
}

// start runs an API that waits for an aggregator no longer than wait.
func start(t *testing.T, wait ...time.Duration) *market {
	t.Helper()
	m := &market{t: t, store: testenv.Store(t), kafka: testenv.Kafka(t)}
	m.writer = &writer{Writer: m.kafka}
	cfg := DefaultConfig()
	cfg.VisibleWait = 0
	for _, w := range wait {
		cfg.VisibleWait = w
	}
	text, skills := testenv.Words(t)
	s, err := New(cfg, Deps{Store: m.store, Claims: m.store, Skills: skills, Text: text, Writer: m.writer, Logger: testenv.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	m.Client = apitest.Start(t, m.store, s.Register)
	return m
}

func (m *market) key(name string, role talent.Role) string {
	m.t.Helper()
	_, key, err := org.CreateKey(m.t.Context(), m.store, name, role, "")
	if err != nil {
		m.t.Fatal(err)
	}
	return key
}

// messages reads all of requests.v1, of which there must be n; it plays the aggregator and stores them.
func (m *market) messages(n int) []talent.Request {
	m.t.Helper()
	var out []talent.Request
	_, err := m.kafka.Scan(m.t.Context(), "", talent.TopicRequests, func(rec kafka.Record) error {
		var r talent.Request
		dec := json.NewDecoder(bytes.NewReader(rec.Value))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&r); err != nil {
			return err
		}
		if string(rec.Key) != r.ID {
			m.t.Errorf("key %q of request %s", rec.Key, r.ID)
		}
		out = append(out, r)
		return nil
	})
	if err != nil || len(out) != n {
		m.t.Fatalf("%d messages, want %d: %v", len(out), n, err)
	}
	if err := m.store.PutRequests(m.t.Context(), "", out); err != nil {
		m.t.Fatal(err)
	}
	return out
}
