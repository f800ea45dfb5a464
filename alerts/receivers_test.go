package alerts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/alerts/notify/webhook"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// receiver is a real webhook endpoint that checks signatures.
type receiver struct {
	mu     sync.Mutex
	secret string
	status []int
	calls  []call
}

type call struct {
	delivery string
	body     webhook.Body
	signed   bool
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	b, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var body webhook.Body
	_ = json.Unmarshal(b, &body)
	r.mu.Lock()
	defer r.mu.Unlock()
	want := webhook.Sign(r.secret, req.Header.Get(webhook.HeaderTimestamp), b)
	r.calls = append(r.calls, call{req.Header.Get(webhook.HeaderDelivery), body, req.Header.Get(webhook.HeaderSignature) == want})
	w.WriteHeader(r.status[min(len(r.calls), len(r.status))-1])
}

func (r *receiver) check(t *testing.T, want talent.AlertEvent) {
	t.Helper()
	if len(r.calls) != 2 {
		t.Fatalf("%d calls of the webhook, want a refused and an accepted one", len(r.calls))
	}
	for _, c := range r.calls {
		if !c.signed || c.delivery != r.calls[0].delivery || c.body.Event.ID != want.ID || c.body.SkillZH != "PyTorch 框架" {
			t.Errorf("call %+v", c)
		}
	}
}

// consume reads alerts.v1 until it has n messages, waits a moment for more, and counts them by event id.
func consume(t *testing.T, k *kafka.Client, n int) map[string]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var mu sync.Mutex
	got, total := map[string]int{}, 0
	err := k.Consume(ctx, kafka.GroupConfig{Group: "reader", Topics: []string{talent.TopicAlerts}, MaxRecords: 100, MaxBytes: 1 << 20, MaxWait: 100 * time.Millisecond},
		func(_ context.Context, batch []kafka.Record) error {
			mu.Lock()
			defer mu.Unlock()
			for _, r := range batch {
				var e talent.AlertEvent
				if err := json.Unmarshal(r.Value, &e); err != nil {
					return err
				}
				if string(r.Key) != e.AlertID {
					return fmt.Errorf("key %s of alert %s", r.Key, e.AlertID)
				}
				got[e.ID]++
				total++
			}
			if total >= n {
				time.AfterFunc(300*time.Millisecond, cancel)
			}
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	return got
}

// dump is what is stored of alerts and their events, without the clock.
func (w *world) dump(t *testing.T) []string {
	t.Helper()
	var out []string
	list, err := w.store.Alerts(t.Context(), talent.AlertFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		out = append(out, fmt.Sprintf("%s %v %s %s %+v", a.ID, a.Key, a.Status, a.Severity, a.Evidence))
		events, err := w.store.AlertEvents(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			out = append(out, fmt.Sprintf("  %s %s %s %+v", e.ID, e.Kind, e.Severity, e.Evidence))
		}
	}
	return out
}

// counted compares a metric, summed over its labels.
func (w *world) counted(t *testing.T, name string, want float64) {
	t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				got += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	if got != want {
		t.Errorf("%s is %g, want %g", name, got, want)
	}
}
