package health

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// TestFloodIsShared: a thousand questions at once, and as many within the same second, ask the servers once.
func TestFloodIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		h := New([]Check{{Name: "slow", Ask: func(context.Context) error { asked.Add(1); time.Sleep(100 * time.Millisecond); return nil }}}, testenv.Logger(t))
		var group sync.WaitGroup
		for range 1000 {
			group.Go(func() {
				if !h.Ready(t.Context()).Ready {
					t.Error("not ready")
				}
			})
		}
		group.Wait()
		for range 1000 {
			h.Ready(t.Context())
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		time.Sleep(sharedFor)
		h.Ready(t.Context())
		if n := asked.Load(); n != 2 {
			t.Errorf("asked %d times after a second", n)
		}
	})
}

// TestHangingCheck: a server that never answers is not waited for, and does not hide what the others say.
func TestHangingCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := New([]Check{
			{Name: "hangs", Hint: "gives no answer", Ask: func(context.Context) error { <-release; return nil }},
			{Name: "fails", Hint: "see the log", Ask: func(context.Context) error { return errors.New("dial tcp 10.0.0.1: secret") }},
			{Name: "says", Hint: "unused", Ask: func(context.Context) error { return because("free some space", errors.New("secret")) }},
			{Name: "good", Ask: func(context.Context) error { return nil }},
		}, testenv.Logger(t))
		began := time.Now()
		mux := http.NewServeMux()
		h.Register(mux)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		if took := time.Since(began); took != answerWithin {
			t.Errorf("took %s", took)
		}
		var got Answer
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		want := []State{{"hangs", false, "gives no answer"}, {"fails", false, "see the log"}, {"says", false, "free some space"}, {"good", true, ""}}
		for i, s := range want {
			if got.Checks[i] != s {
				t.Errorf("got %+v, want %+v", got.Checks[i], s)
			}
		}
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		w = httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil))
		if w.Code != http.StatusOK {
			t.Errorf("/healthz %d", w.Code)
		}
		close(release)
	})
}

// TestChecks: each check against the real store and broker, ready and not.
func TestChecks(t *testing.T) {
	store, bus := testenv.Store(t), testenv.Kafka(t)
	ctx := t.Context()
	say := func(c Check, want string) {
		t.Helper()
		err := c.Ask(ctx)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s says %v, want %q", c.Name, err, want)
		}
	}
	say(Store(store), "")
	say(Kafka(bus), "")
	say(Disk(store), "")

	say(Intact(store), "not been checked yet")
	put := func(ok bool, findings ...string) {
		t.Helper()
		if err := store.PutCheck(ctx, clickhouse.IntegrityCheck{At: time.Now(), OK: ok, Findings: findings}); err != nil {
			t.Fatal(err)
		}
	}
	put(false, "table postings: part x is missing")
	say(Intact(store), "1 findings, first: table postings: part x is missing")
	put(true)
	say(Intact(store), "")

	late := RollUp(store, 50*time.Millisecond)
	say(late, "")
	if err := store.MarkPeriods(ctx, talent.PeriodMark{Grain: talent.Week, Period: talent.Week.Start(time.Now())}); err != nil {
		t.Fatal(err)
	}
	say(RollUp(store, time.Hour), "")
	time.Sleep(60 * time.Millisecond)
	say(late, "1 periods wait for their roll-up")
	dirty, err := store.DirtyPeriods(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.RollUp(ctx, talent.Week, dirty); err != nil {
		t.Fatal(err)
	}
	say(late, "")

	lag := Lag(bus, "aggregate", 50*time.Millisecond, talent.TopicPostings)
	say(lag, "")
	if err := bus.Write(ctx, talent.TopicPostings, kafka.Message{Key: []byte("k"), Value: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	say(lag, "") // it has only just been seen to wait
	time.Sleep(60 * time.Millisecond)
	say(lag, "1 messages wait")
	at, err := bus.Scan(ctx, "aggregate", talent.TopicPostings, func(kafka.Record) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Commit(ctx, "aggregate", talent.TopicPostings, at); err != nil {
		t.Fatal(err)
	}
	say(lag, "")

	away, err := kafka.New(kafka.Config{Brokers: []string{"127.0.0.1:1"}, Partitions: 1, Replication: 1}, nil, testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	defer away.Close()
	say(Kafka(away), "connect to kafka")
}
