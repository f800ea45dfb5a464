package aggregate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/aggregate/skills"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// world is an aggregator with a store and topics of its own.
type world struct {
	store    *clickhouse.Store
	bus      *kafka.Client
	agg      *aggregate.Aggregator
	registry *prometheus.Registry
}

func newWorld(t *testing.T) *world {
	t.Helper()
	extractor, err := skills.New()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{store: testenv.Store(t), bus: testenv.Kafka(t), registry: prometheus.NewRegistry()}
	cfg := aggregate.DefaultConfig()
	cfg.BatchWait, cfg.RollUpQuiet = 50*time.Millisecond, 50*time.Millisecond
	if w.agg, err = aggregate.New(cfg, w.store, w.bus, extractor, testenv.Logger(t), w.registry); err != nil {
		t.Fatal(err)
	}
	return w
}

// run starts the aggregator and returns its stop.
func (w *world) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.agg.Run(ctx) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}
	return stop
}

func (w *world) drain(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := w.agg.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

func posting(key, text string) talent.Posting {
	at := time.Date(2026, 10, 7, 8, 0, 0, 0, time.UTC)
	return talent.Posting{ID: talent.PostingID("board", key), Source: "board", Key: key, Title: "Engineer", Employer: "Invented Ltd",
		Location: "杭州", Text: text, PostedAt: at, FirstSeen: at, Fetched: at, Grain: talent.Week}
}

func message(t *testing.T, key string, v any) kafka.Message {
	t.Helper()
	m, err := kafka.JSON(key, v)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// records makes what Consume would hand over.
func records(t *testing.T, topic string, first int64, values ...any) []kafka.Record {
	t.Helper()
	var out []kafka.Record
	for i, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, kafka.Record{Topic: topic, Offset: first + int64(i), Value: b, Time: time.Now()})
	}
	return out
}

func week(t *testing.T, s *clickhouse.Store, skill string) talent.Point {
	t.Helper()
	at := talent.Week.Start(time.Date(2026, 10, 7, 0, 0, 0, 0, time.UTC))
	got, err := s.Series(t.Context(), talent.SeriesKey{Grain: talent.Week, Skill: skill}, at, at)
	if err != nil || len(got.Points) != 1 {
		t.Fatalf("series of %s: %+v %v", skill, got, err)
	}
	return got.Points[0]
}

// TestTheWayThrough: messages become facts and series, what cannot be read is set aside and can be replayed, and a
// second process that reads everything again changes nothing.
func TestTheWayThrough(t *testing.T) {
	w := newWorld(t)
	stop := w.run(t)
	good := posting("1", "Requirements: PyTorch. Call 13812345678 or mail hr@invented.example")
	wrongID := posting("2", "Requirements: Go language, Golang")
	wrongID.ID = "0"
	if err := w.bus.Write(t.Context(), talent.TopicPostings,
		message(t, "k", good), message(t, "k", good), kafka.Message{Key: []byte("k"), Value: []byte(`{"id":`)}, message(t, "k", wrongID)); err != nil {
		t.Fatal(err)
	}
	if err := w.bus.Write(t.Context(), talent.TopicRequests, message(t, "r", talent.Request{ID: "r", Org: "o", Skill: "pytorch", Heads: 4,
		CreatedAt: good.FirstSeen, Version: 1}), message(t, "r", talent.Request{ID: "r", Org: "o"})); err != nil {
		t.Fatal(err)
	}
	if err := w.bus.Write(t.Context(), talent.TopicProgrammes, message(t, "p", talent.Programme{ID: "p", Org: "u", Region: "330000", Name: "AI",
		CohortSize: 52, GraduationMonth: 7, FirstYear: 2024, Version: 1, Courses: []talent.Course{{ID: "c", Title: "深度学习", Description: "使用 PyTorch", Required: true}}})); err != nil {
		t.Fatal(err)
	}
	w.drain(t)
	p := week(t, w.store, "pytorch")
	if p.Openings != 1 || p.Exposure != 1 || p.Requested != 4 || p.Supply == nil || *p.Supply < 0.99 || *p.Supply > 1.01 || p.State != talent.StateOK {
		t.Errorf("series: %+v supply %v", p, p.Supply)
	}
	var letters []talent.DeadLetter
	if _, err := w.bus.Scan(t.Context(), "", talent.TopicDeadLetter, func(r kafka.Record) error {
		var d talent.DeadLetter
		err := json.Unmarshal(r.Value, &d)
		letters = append(letters, d)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, d := range letters {
		reasons = append(reasons, d.Topic+": "+d.Reason[:12])
	}
	slices.Sort(reasons)
	if d := cmp.Diff([]string{"postings.v1: posting id \"", "postings.v1: unexpected e", "requests.v1: request with"}, reasons); d != "" {
		t.Errorf("dead letters:\n%s", d)
	}
	if n := testutil.ToFloat64(counter(t, w.registry, "gapwatch_aggregate_dead_letters_total", talent.TopicPostings)); n != 2 {
		t.Errorf("metric counts %v dead letters of postings, want 2", n)
	}
	stop()

	evidence, err := w.store.EvidencePostings(t.Context(), talent.SeriesKey{Grain: talent.Week, Skill: "pytorch"}, good.PostedAt, good.PostedAt, 10)
	if err != nil || len(evidence) != 1 || evidence[0].ID != good.ID {
		t.Errorf("behind the number stand %+v, %v", evidence, err)
	}
}

// counter finds a counter of a registry by name and topic.
func counter(t *testing.T, reg *prometheus.Registry, name, topic string) prometheus.Collector {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	c := prometheus.NewGauge(prometheus.GaugeOpts{Name: "found"})
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == name && l.GetName() == "topic" && l.GetValue() == topic {
					c.Set(m.GetCounter().GetValue())
				}
			}
		}
	}
	return c
}

// TestFlushTwiceChangesNothing: whatever part of a batch was flushed before a crash, the replay leaves the same facts.
func TestFlushTwiceChangesNothing(t *testing.T) {
	w := newWorld(t)
	var values []any
	for i := range 30 {
		values = append(values, posting(fmt.Sprint(i), fmt.Sprintf("Requirements: PyTorch, Kafka. Number %d is one of many advertisements.", i)))
	}
	all := records(t, talent.TopicPostings, 0, values...)
	for _, batch := range [][]kafka.Record{all[:10], all[:10], all[:20], all, all[20:]} {
		if err := w.agg.Flush(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if err := w.agg.RollUpAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := w.store.CountPostings(t.Context(), "board"); err != nil || n != 30 {
		t.Errorf("%d postings, %v", n, err)
	}
	if p := week(t, w.store, "kafka"); p.Vacancies != 30 || p.Exposure != 30 || p.Employers != 1 {
		t.Errorf("series: %+v", p)
	}
}

// TestFirstSeenStays: a posting without a date of its own keeps the day it was first seen, also when another
// fetcher, or an import, says that it saw it later.
func TestFirstSeenStays(t *testing.T) {
	w := newWorld(t)
	first := posting("1", "Requirements: PyTorch")
	first.PostedAt = time.Time{}
	again := first
	again.FirstSeen, again.Fetched = first.FirstSeen.AddDate(0, 1, 0), first.Fetched.AddDate(0, 1, 0)
	again.Text += ", Kafka"
	for i, p := range []talent.Posting{first, again} {
		if err := w.agg.Flush(t.Context(), records(t, talent.TopicPostings, int64(i), p)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.agg.RollUpAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := week(t, w.store, "kafka"); p.Vacancies != 1 {
		t.Errorf("the changed posting is not in the week in which it was first seen: %+v", p)
	}
}

// TestMovedPosting: a posting whose stated date was mended leaves its old week.
func TestMovedPosting(t *testing.T) {
	w := newWorld(t)
	first := posting("1", "Requirements: PyTorch")
	moved := first
	moved.PostedAt, moved.Fetched = first.PostedAt.AddDate(0, 0, -14), first.Fetched.Add(time.Hour)
	other := posting("2", "Requirements: Kafka")
	for i, p := range []talent.Posting{first, other, moved} {
		if err := w.agg.Flush(t.Context(), records(t, talent.TopicPostings, int64(i), p)); err != nil {
			t.Fatal(err)
		}
		if err := w.agg.RollUpAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if p := week(t, w.store, "pytorch"); p.Vacancies != 0 || p.Exposure != 1 {
		t.Errorf("the old week still has it: %+v", p)
	}
}

// TestFailedFlushLosesNothing: while the store is gone a batch is not committed; when it is back everything arrives.
func TestFailedFlushLosesNothing(t *testing.T) {
	w := newWorld(t)
	gone := testenv.Store(t)
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	extractor, err := skills.New()
	if err != nil {
		t.Fatal(err)
	}
	broken, err := aggregate.New(aggregate.DefaultConfig(), gone, w.bus, extractor, testenv.Logger(t), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	batch := records(t, talent.TopicPostings, 0, posting("1", "Requirements: PyTorch"))
	if err := broken.Flush(t.Context(), batch); err == nil {
		t.Fatal("a flush without a store succeeded")
	}
	if err := w.agg.Flush(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if n, err := w.store.CountPostings(t.Context(), ""); err != nil || n != 1 {
		t.Errorf("%d postings, %v", n, err)
	}
}

func TestEnrich(t *testing.T) {
	extractor, err := skills.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, employer, text string
		want                 []string
	}{
		{"an employer's name asks for nothing", "Star Robotics Ltd", "Star Robotics Ltd is hiring.\nRequirements: PyTorch", []string{"pytorch"}},
		{"nor does a Chinese one", "青穹机器人有限公司", "你将参与青穹机器人有限公司的产品研发。\n任职要求：熟悉PyTorch", []string{"pytorch"}},
		{"a name that is a skill may be asked for", "Kafka", "Requirements: Kafka", []string{"kafka"}},
	} {
		p := posting("1", c.text)
		p.Employer = c.employer
		f := aggregate.Enrich(p, extractor)
		if d := cmp.Diff(c.want, f.Skills); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
	p := posting("1", "联系电话 13812345678，邮箱 hr@invented.example")
	if f := aggregate.Enrich(p, extractor); strings.Contains(f.Text, "138") || strings.Contains(f.Text, "@invented") || f.VacancyID == "" || f.TaxonomyVersion == "" {
		t.Errorf("fact is not masked or not complete: %+v", f)
	}
}
