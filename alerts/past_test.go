package alerts_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/alerts"
	"github.com/gapwatch/gapwatch/alerts/explain"
	"github.com/gapwatch/gapwatch/alerts/judge"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestBacktestAgreesWithTheLiveJob(t *testing.T) {
	w := newWorld(t)
	sum, err := w.start(t).RunOnce(t.Context(), w.asOf)
	if err != nil {
		t.Fatal(err)
	}
	last := talent.Week.LastComplete(w.asOf)
	var past []string
	got, err := judge.Backtest(t.Context(), w.cfg.Judge, w.store, judge.BacktestFilter{From: last, Through: last}, func(e talent.AlertEvent) error {
		past = append(past, e.ID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var now []string
	for _, e := range sum.Events {
		now = append(now, e.ID)
	}
	if d := cmp.Diff(now, past); d != "" || got.Fired != len(now) {
		t.Errorf("live and backtest (-live +backtest):\n%s", d)
	}
	// over the whole past it fires when the shift begins, and only for the planted skill
	var fired []string
	if _, err := judge.Backtest(t.Context(), w.cfg.Judge, w.store, judge.BacktestFilter{Keep: func(k talent.SeriesKey) bool { return k.Region == "" && k.Tier == "" }},
		func(e talent.AlertEvent) error {
			if e.Kind == talent.EventFired {
				fired = append(fired, e.Skill)
				if weeks := last.Sub(e.Opened).Hours() / 24 / 7; weeks > 3 {
					t.Errorf("fired %g weeks before the end, the shift began 3 before it", weeks)
				}
			}
			return nil
		}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"pytorch"}, fired); d != "" {
		t.Errorf("fired in the past (-want +got):\n%s", d)
	}
}

// Facts that arrive late for a past period are drawn into its band.
func TestLateFactsRedrawBands(t *testing.T) {
	w := newWorld(t)
	a := w.start(t)
	if _, err := a.RunOnce(t.Context(), w.asOf); err != nil {
		t.Fatal(err)
	}
	key := talent.SeriesKey{Grain: talent.Week, Skill: "sql"}
	at := func() (observed float64) {
		bands, err := w.store.Bands(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		return bands[len(bands)-9].Observed
	}
	before := at()
	w.put(t, talent.PostingFact{ID: "late", Source: "board", Key: "late", VacancyID: "late", Openings: 3, Skills: []string{"sql"}, Grain: talent.Week,
		Date: talent.Week.Add(talent.Week.LastComplete(w.asOf), -8), DateBasis: talent.DateStated, FirstSeen: w.asOf, Fetched: w.asOf, ExperienceYears: -1})
	if _, err := a.RunOnce(t.Context(), w.asOf); err != nil {
		t.Fatal(err)
	}
	if got := at(); got != before+3 {
		t.Errorf("observed %g before and %g after three heads came late", before, got)
	}
}

func TestExplainUnknown(t *testing.T) {
	w := &world{store: testenv.Store(t), cfg: alerts.DefaultConfig()}
	for _, id := range []string{"", "xyz", "0123456789"} {
		if _, err := explain.Alert(t.Context(), w.cfg.Judge, w.store, id); !errors.Is(err, explain.ErrNoAlert) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
