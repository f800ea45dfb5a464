package pages

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// overviewRows is how many rows the first page shows until all are asked for.
const overviewRows = 25

// overviewBody is the data of the first page.
type overviewBody struct {
	Filter   read.Filter
	Spans    []talent.GrainSpan
	Choices  read.Choices
	Empty    bool // nothing has been counted yet
	Table    read.GapTable
	More     int // rows that are not shown
	Firing   []talent.Alert
	Groups   []firingGroup
	Counts   map[talent.Severity]int
	NFiring  int
	Sources  []read.SourceHealth
	Healthy  int
	Fresh    read.Freshness
	OldWeeks int // how many weeks ago the last counted period ended, when that is long
}

// firingGroup is the active alerts about one skill: the one about the whole market, else the worst, stands for all.
type firingGroup struct {
	Alert talent.Alert
	More  int
}

// bySkill groups alerts, keeping their order.
func bySkill(alerts []talent.Alert) []firingGroup {
	var out []firingGroup
	at := map[string]int{}
	for _, a := range alerts {
		i, seen := at[a.Key.Skill]
		if !seen {
			at[a.Key.Skill] = len(out)
			out = append(out, firingGroup{Alert: a})
			continue
		}
		out[i].More++
		if a.Key == (talent.SeriesKey{Grain: a.Key.Grain, Skill: a.Key.Skill}) {
			out[i].Alert = a
		}
	}
	return out
}

func (p *Pages) overview(ctx context.Context, v *visit) (view, error) {
	f, err := read.ParseFilter(v.URL.Query())
	if err != nil {
		return view{}, err
	}
	b := overviewBody{Filter: f}
	var counts talent.AlertCounts
	ask, askCtx := errgroup.WithContext(ctx)
	ask.Go(func() (err error) { b.Spans, err = p.read.Spans(askCtx); return err })
	ask.Go(func() (err error) { b.Firing, err = p.read.Firing(askCtx, f); return err })
	ask.Go(func() (err error) { counts, err = p.read.AlertCounts(askCtx, f.Alerts()); return err })
	ask.Go(func() (err error) { b.Sources, b.Fresh, err = p.read.Health(askCtx); return err })
	if err := ask.Wait(); err != nil {
		return view{}, err
	}
	b.Groups = bySkill(b.Firing)
	b.Counts = counts[talent.AlertFiring]
	b.NFiring = counts.Of(talent.AlertFiring)
	for _, s := range b.Sources {
		if s.Good() {
			b.Healthy++
		}
	}
	span, ok := read.Settle(&b.Filter, b.Spans)
	b.Empty = len(b.Spans) == 0
	if b.Choices, err = p.read.Choices(ctx, b.Filter.Grain); err != nil {
		return view{}, err
	}
	if ok {
		if b.Table, err = p.read.Gaps(ctx, b.Filter, span, b.Firing); err != nil {
			return view{}, err
		}
		if !b.Filter.All && len(b.Table.Rows) > overviewRows {
			b.More = len(b.Table.Rows) - overviewRows
			b.Table.Rows = b.Table.Rows[:overviewRows]
		}
		if weeks := int(p.read.Now().Sub(words.LastDay(span.Grain, span.Last)).Hours() / 24 / 7); weeks > 8 {
			b.OldWeeks = weeks
		}
	}
	return view{name: "overview", title: v.text.Say("overview.title"), nav: "overview", filter: &b.Filter, body: b}, nil
}
