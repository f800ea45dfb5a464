package judge

import (
	"context"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// BacktestFilter says which series and periods a backtest goes through. Nil functions and empty lists keep all.
type BacktestFilter struct {
	Grains        []talent.Grain
	From, Through time.Time // days; periods that begin in this range are judged
	Keep          func(talent.SeriesKey) bool
}

// BacktestSummary is what a backtest went through.
type BacktestSummary struct {
	Series, Judged, Fired, Resolved int
}

// Backtest runs the live evaluator over the past, period by period, each with only what was known then, and hands
// every step of every alert to each; At is the end of the period, when the live job would have seen it. Events
// come series by series. It reads the stored series and writes nothing.
func Backtest(ctx context.Context, cfg Config, store Series, f BacktestFilter, each func(talent.AlertEvent) error) (BacktestSummary, error) {
	var sum BacktestSummary
	e := NewEvaluator(cfg)
	grains := f.Grains
	if len(grains) == 0 {
		grains = []talent.Grain{talent.Week, talent.Month}
	}
	for _, grain := range grains {
		from := f.From
		if !from.IsZero() {
			from = grain.Add(from, 1-e.Span(grain)) // history that the first judged period looks back on
		}
		err := store.EachSeries(ctx, grain, from, f.Through, func(s talent.Series) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if f.Keep != nil && !f.Keep(s.Key) {
				return nil
			}
			sum.Series++
			return e.Replay(s, f.From, func(j Judgement, event *talent.AlertEvent) error {
				if j.State == talent.VerdictJudged {
					sum.Judged++
				}
				if event == nil {
					return nil
				}
				switch event.Kind {
				case talent.EventFired:
					sum.Fired++
				case talent.EventResolved:
					sum.Resolved++
				}
				return each(*event)
			})
		})
		if err != nil {
			return sum, fmt.Errorf("backtest by %s: %w", grain, err)
		}
	}
	return sum, nil
}

// Replay judges every period of a series from a day on, each with the points up to it, and hands over each
// judgement with the event that it led to, or nil.
func (e Evaluator) Replay(s talent.Series, from time.Time, each func(Judgement, *talent.AlertEvent) error) error {
	var alert *talent.Alert
	for i, p := range s.Points {
		if p.Period.Before(from) {
			continue
		}
		j := e.Judge(s.Points[:i+1], s.Key.Grain, alert)
		event, next := e.Decide(alert, s.Key, j, s.Key.Grain.Add(p.Period, 1))
		if next != nil {
			alert = next
		}
		if err := each(j, event); err != nil {
			return err
		}
	}
	return nil
}
