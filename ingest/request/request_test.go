package request

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// skills is a small taxonomy of the tests' own.
func skills() []talent.Skill {
	return []talent.Skill{
		{ID: "machine-learning", NameEN: "Machine learning", NameZH: "机器学习", Category: "field"},
		{ID: "computer-vision", NameEN: "Computer vision", NameZH: "计算机视觉", Category: "field"},
		{ID: "pytorch", NameEN: "PyTorch", NameZH: "", Category: "framework"},
	}
}

// market is a running API with real store and broker, and no aggregator: tests store what they need themselves.
type market struct {
	t      *testing.T
	url    string
	store  *clickhouse.Store
	kafka  *kafka.Client
	writer *writer
}

// writer passes messages on to the broker, or fails as a broker that does not answer would.
type writer struct {
	Writer
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
	if err := m.store.PutSkills(t.Context(), skills(), 1); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.VisibleWait = 0
	for _, w := range wait {
		cfg.VisibleWait = w
	}
	s, err := New(cfg, m.store, m.store, terms.NewSkills(m.store), m.writer, testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.Register(httpd.NewAPI(mux, httpd.NewAuth(m.store), "test", testenv.Logger(t)))
	conf := httpd.DefaultConfig()
	conf.Listen = "127.0.0.1:0"
	server, err := httpd.New(conf, mux, testenv.Logger(t), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	m.url = "http://" + server.Addr()
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

// answer is what the API said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
}

// problem returns the code of a problem and the places that it names.
func (a answer) problem(t *testing.T) (string, []string) {
	t.Helper()
	var p struct {
		Type, Detail string
		Status       int
		Errors       []struct{ Location string }
	}
	a.into(t, &p)
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type of a problem = %q", ct)
	}
	if p.Status != a.status || p.Detail == "" {
		t.Errorf("status %d, problem %s", a.status, a.body)
	}
	var places []string
	for _, e := range p.Errors {
		places = append(places, e.Location)
	}
	return strings.TrimPrefix(p.Type, httpd.ProblemPrefix), places
}

// call sends a request; headers are pairs.
func (m *market) call(method, path, key, body string, headers ...string) answer {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.url+path, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, bytes.TrimSpace(b)}
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
