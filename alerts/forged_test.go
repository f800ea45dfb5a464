package alerts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/alerts/explain"
	"github.com/gapwatch/gapwatch/alerts/judge"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// ask stores requests for sql, posted over the last complete week, all counted: as if each had been let through the
// hold, or written past it. What was asked for before under another name is withdrawn.
func (w *world) ask(t *testing.T, name string, requests ...talent.Request) {
	t.Helper()
	last := talent.Week.LastComplete(w.asOf)
	for i := range requests {
		r := &requests[i]
		r.ID, r.Skill, r.Version = talent.NewID("forged", name, fmt.Sprint(i)), "sql", 1
		r.CreatedAt = last.Add(time.Duration(i%7) * 24 * time.Hour)
	}
	before, _, err := w.store.RequestsByOrg(t.Context(), "", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range before {
		r.Withdrawn, r.Version = true, 2
		requests = append(requests, r)
	}
	if err := w.store.PutRequests(t.Context(), "", requests); err != nil {
		t.Fatal(err)
	}
	if err := w.store.MarkPeriods(t.Context(), talent.PeriodMark{Grain: talent.Week, Period: last}); err != nil {
		t.Fatal(err)
	}
	dirty, err := w.store.DirtyPeriods(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.RollUp(t.Context(), talent.Week, dirty); err != nil {
		t.Fatal(err)
	}
}

// One requester makes no warning, and neither do two, whatever they ask for and however they cut it up; several that
// bear each other out do. Live job, backtest and explanation say the same.
func TestForgedRequests(t *testing.T) {
	of := func(org string, heads, n int) []talent.Request {
		out := make([]talent.Request, n)
		for i := range out {
			out[i] = talent.Request{Org: org, Heads: heads}
		}
		return out
	}
	var honest []talent.Request
	for i := range 9 {
		honest = append(honest, of(fmt.Sprint("org", i), 4+i%3, 1)...)
	}
	w := newWorld(t)
	for _, c := range []struct {
		name     string
		requests []talent.Request
		fires    bool
	}{
		{"one request of 9999 heads", of("a", 9999, 1), false},
		{"a hundred requests of one organisation", of("a", 99, 100), false},
		{"two organisations", append(of("a", 9999, 3), of("b", 9999, 3)...), false},
		{"two organisations below the cap", append(of("a", 19, 1), of("b", 19, 1)...), false},
		{"one organisation beside two honest small ones", append(of("a", 9999, 1), append(of("b", 1, 1), of("c", 1, 1)...)...), false},
		{"growth over nine organisations", honest, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.ask(t, c.name, c.requests...)
			sum, err := w.start(t).RunOnce(t.Context(), w.asOf)
			if err != nil {
				t.Fatal(err)
			}
			var live *talent.AlertEvent
			for _, e := range sum.Events {
				if e.Skill == "sql" && e.Region == "" && e.Industry == "" {
					live = &e
				}
				if e.Skill == "sql" && !c.fires {
					t.Errorf("fires %s in %q: %+v", e.Severity, e.Region, e.Evidence)
				}
			}
			if (live != nil) != c.fires {
				t.Fatalf("fires: %v, want %v", live != nil, c.fires)
			}
			tested := map[string]talent.Evidence{}
			if _, err := judge.Backtest(t.Context(), w.cfg.Judge, w.store, judge.BacktestFilter{Grains: []talent.Grain{talent.Week}, From: talent.Week.LastComplete(w.asOf)},
				func(e talent.AlertEvent) error {
					if tested[e.AlertID] = e.Evidence; e.Skill == "sql" && !c.fires {
						t.Errorf("backtest fires %s in %q", e.Severity, e.Region)
					}
					return nil
				}); err != nil {
				t.Fatal(err)
			}
			for _, e := range sum.Events {
				if d := cmp.Diff(e.Evidence, tested[e.AlertID]); d != "" {
					t.Errorf("live and backtest differ on %s in %q:\n%s", e.Skill, e.Region, d)
				}
				x, err := explain.Alert(t.Context(), w.cfg.Judge, w.store, e.AlertID)
				if err != nil || !x.Same {
					t.Errorf("explain of %s in %q differs: %v %+v", e.Skill, e.Region, err, x.Steps)
				}
			}
			if live != nil && (live.Evidence.Requesters != 9 || live.Evidence.Stated != live.Evidence.Requested || live.Evidence.Stated != 45) {
				t.Errorf("evidence: %+v", live.Evidence)
			}
		})
	}
}
