package outbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

var at = time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)

var board = outbox.Source{Name: "board", Grain: talent.Week, Employer: "示例科技有限公司"}

func posting(key string, change func(*talent.Posting)) talent.Posting {
	p := talent.Posting{Key: key, Title: "算法工程师", Text: "负责大模型训练"}
	if change != nil {
		change(&p)
	}
	board.Fill(&p, at, at)
	return p
}

// bus keeps what is written; it refuses batches over limit bytes, as a broker with a smaller maximum does.
type bus struct {
	limit    int
	failing  error
	postings map[string]talent.Posting
	keys     []string
	raw      bytes.Buffer
}

func (b *bus) Write(_ context.Context, _ string, msgs ...kafka.Message) error {
	size := 0
	for _, m := range msgs {
		size += len(m.Key) + len(m.Value)
	}
	switch {
	case b.failing != nil:
		return b.failing
	case b.limit > 0 && size > b.limit:
		return fmt.Errorf("write: %w", kafka.ErrTooLarge)
	}
	if b.postings == nil {
		b.postings = map[string]talent.Posting{}
	}
	for _, m := range msgs {
		var p talent.Posting
		if err := json.Unmarshal(m.Value, &p); err != nil {
			return err
		}
		b.postings[p.ID] = p
		b.keys = append(b.keys, string(m.Key))
		b.raw.Write(m.Value)
	}
	return nil
}

func newOutbox(t testing.TB, b outbox.Bus, logger *slog.Logger) (*outbox.Outbox, *prometheus.Registry) {
	t.Helper()
	reg := prometheus.NewRegistry()
	return outbox.New(b, logger, reg), reg
}

// What boards can write: nothing of it stops the postings beside it, on a real broker.
func TestOddPostings(t *testing.T) {
	client := testenv.Kafka(t)
	o, reg := newOutbox(t, client, testenv.Logger(t))
	long := func(s string, n int) string { return strings.Repeat(s, n) }
	odd := map[string]func(*talent.Posting){
		"plain":             nil,
		"ampersands":        func(p *talent.Posting) { p.Text = long("&", 200_000) },
		"controls":          func(p *talent.Posting) { p.Text = long("\x01", 3_000_000) },
		"quotes":            func(p *talent.Posting) { p.Text = long(`"\`, 2_000_000) },
		"han":               func(p *talent.Posting) { p.Text = long("招聘", 500_000) },
		"separators":        func(p *talent.Posting) { p.Text = long("\u2028<", 300_000) },
		"broken":            func(p *talent.Posting) { p.Text = long("\xff\xe5", 300_000); p.Title = "\xff" },
		"every field":       func(p *talent.Posting) { fill(p, long("&<\x02", 200_000)) },
		"long employer":     func(p *talent.Posting) { p.Employer = long("示例", 600_000) },
		"year 12000":        func(p *talent.Posting) { p.PostedAt = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"year -5":           func(p *talent.Posting) { p.ValidThrough = time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC) },
		"key\xff":           nil,
		long("key", 40_000): nil,
	}
	var all []talent.Posting
	for key, change := range odd {
		all = append(all, posting(key, change))
	}
	bad := posting("", nil)
	late := posting("late", nil)
	late.FirstSeen = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	all = append(all, bad, late)
	report, err := o.Write(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	if report.Sent != len(odd) || report.Refused != 2 || !strings.Contains(report.First, bad.ID) {
		t.Errorf("report = %+v, want %d sent and 2 refused, the first named", report, len(odd))
	}
	if report.Cut != 8 {
		t.Errorf("%d cut, want 8", report.Cut)
	}
	if n := testutil.ToFloat64(must(t, reg, "gapwatch_outbox_cut_total")); n != 8 {
		t.Errorf("metric says %v cut", n)
	}
	got := read(t, client, len(odd))
	for _, p := range all[:len(odd)] {
		q, ok := got[p.ID]
		if !ok {
			t.Errorf("posting %.20q did not arrive", p.Key)
		}
		if p.Key != "broken" && p.Key != "every field" && (!utf8.ValidString(q.Text) || strings.ContainsRune(q.Text, '\uFFFD')) {
			t.Errorf("posting %.20q: a character was cut", p.Key)
		}
		if len(p.Text) > 1<<20 && len(q.Text) < 100<<10 {
			t.Errorf("posting %.20q: only %d bytes of text are left", p.Key, len(q.Text))
		}
	}
}

// fill writes s into every field that a source fills.
func fill(p *talent.Posting, s string) {
	p.URL, p.Title, p.Employer, p.Location, p.Industry, p.Education, p.Experience, p.Salary, p.Text = "https://x/"+s, s, s, s, s, s, s, s, s
}

// A broker that takes less than a message can have loses only what it cannot take.
func TestBrokerWithSmallerLimit(t *testing.T) {
	b := &bus{limit: 20_000}
	var log bytes.Buffer
	o, _ := newOutbox(t, b, slog.New(slog.NewTextHandler(&log, nil)))
	var all []talent.Posting
	for i := range 200 {
		all = append(all, posting(fmt.Sprint(i), func(p *talent.Posting) {
			if i == 77 {
				p.Text = strings.Repeat("机密", 10_000)
			}
		}))
	}
	report, err := o.Write(t.Context(), all)
	if err != nil || report.Sent != 199 || report.Refused != 1 || len(b.postings) != 199 || !strings.Contains(report.First, all[77].ID) {
		t.Errorf("%+v, %v, %d arrived", report, err, len(b.postings))
	}
	if !strings.Contains(log.String(), all[77].ID) || strings.Contains(log.String(), "机密") {
		t.Errorf("log: %s", log.String())
	}
	b.failing = errors.New("broker is down")
	if report, err := o.Write(t.Context(), all); !errors.Is(err, b.failing) || report.Sent != 0 {
		t.Errorf("a broker that is down: %+v, %v", report, err)
	}
}

// Contacts in every field, the key too: none arrives, ids stay what they were, and doing it again is the same.
func TestMasks(t *testing.T) {
	const contacts = "hr.zhang@xinghe.example.com 电话 13800138000 微信：xinghe_hr QQ：123456789 联系人：张先生"
	b := &bus{}
	o, reg := newOutbox(t, b, testenv.Logger(t))
	p := posting("mailto:hr.zhang@xinghe.example.com", func(p *talent.Posting) {
		fill(p, contacts)
		p.URL = "https://example.com/apply?to=hr.zhang%40xinghe.example.com&wechat=xinghe_hr"
	})
	q := posting("7", nil)
	report, err := o.Write(t.Context(), []talent.Posting{p, q})
	if err != nil || report.Sent != 2 || report.Masked != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if n := testutil.ToFloat64(must(t, reg, "gapwatch_outbox_masked_total")); n != 1 {
		t.Errorf("metric says %v masked", n)
	}
	all := b.raw.String() + strings.Join(b.keys, " ")
	for _, secret := range []string{"hr.zhang", "xinghe.example", "13800138000", "xinghe_hr", "123456789", "张先生"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s reached the bus", secret)
		}
	}
	sent, ok := b.postings[talent.PostingID("board", "mailto:hr.zhang@xinghe.example.com")]
	if !ok || sent.Check() != nil {
		t.Errorf("the id is not that of the true key, or the message is not sound: %+v", sent)
	}
	if got := b.postings[q.ID]; got != q {
		t.Errorf("a posting without contacts changed: %+v", got)
	}
	again := sent
	if _, err := o.Write(t.Context(), []talent.Posting{sent}); err != nil || b.postings[sent.ID] != again {
		t.Errorf("sent again: %+v, %v", b.postings[sent.ID], err)
	}
}

// must finds a counter without labels.
func must(t *testing.T, reg *prometheus.Registry, name string) prometheus.Collector {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			c := prometheus.NewCounter(prometheus.CounterOpts{Name: "copy"})
			c.Add(f.GetMetric()[0].GetCounter().GetValue())
			return c
		}
	}
	t.Fatalf("no metric %s", name)
	return nil
}

// read consumes postings until n came.
func read(t *testing.T, c *kafka.Client, n int) map[string]talent.Posting {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	all := make(chan talent.Posting, 10*n)
	done := make(chan error, 1)
	go func() {
		done <- c.Consume(ctx, kafka.GroupConfig{Group: "outbox-test", Topics: []string{talent.TopicPostings}, MaxRecords: 100, MaxBytes: 16 << 20, MaxWait: 100 * time.Millisecond},
			func(_ context.Context, batch []kafka.Record) error {
				for _, r := range batch {
					var p talent.Posting
					if err := json.Unmarshal(r.Value, &p); err != nil {
						return err
					}
					all <- p
				}
				return nil
			})
	}()
	got := map[string]talent.Posting{}
	for len(got) < n {
		select {
		case p := <-all:
			got[p.ID] = p
		case <-t.Context().Done():
			t.Fatalf("%d postings came, want %d", len(got), n)
		}
	}
	cancel()
	<-done
	return got
}

// FuzzWrite: whatever a source writes, the message is one that a broker takes, says nothing that masking would still
// find, and its text is a part of what came in.
func FuzzWrite(f *testing.F) {
	f.Add("7", "https://example.com/7", "title", "employer", "text a@b.com", 3)
	f.Add("mailto:a@b.com", "tel:123", "\xff", "联系人：张先生", "&", 300_000)
	f.Add("k", "http://x?wechat=abcdef", "", "", "\x01", 70_000)
	f.Fuzz(func(t *testing.T, key, url, title, employer, text string, times int) {
		b := &bus{limit: 1 << 20}
		o, _ := newOutbox(t, b, slog.New(slog.DiscardHandler))
		if n := len(text); n > 0 {
			text = strings.Repeat(text, 1+max(0, min(times, 300<<10/n)))
		}
		p := posting(key, func(p *talent.Posting) { p.URL, p.Title, p.Employer, p.Text = url, title, employer, text })
		report, err := o.Write(t.Context(), []talent.Posting{p})
		if err != nil || report.Sent+report.Refused != 1 || report.Refused == 1 && key != "" {
			t.Fatalf("%+v, %v", report, err)
		}
		for id, got := range b.postings {
			if id != p.ID || got.Check() != nil {
				t.Errorf("not sound: %v", got.Check())
			}
		}
	})
}
