package dashboards

import (
	"cmp"
	"context"
	"html/template"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// What a row of the table of gaps says about its skill. The last four are different kinds of "no number".
const (
	rowAbove        = "above"
	rowWithin       = "within"
	rowBelow        = "below"
	rowZero         = "zero"
	rowInsufficient = "insufficient_history"
	rowUnjudged     = "unjudged"
	rowSourceDown   = "source_down"
	rowNoData       = "no_data"
)

// sparkPeriods is how many periods the small pictures show.
func sparkPeriods(g talent.Grain) int {
	if g == talent.Month {
		return 24
	}
	return 52
}

// usualWindow is how many periods are looked at together when no evaluation says otherwise.
func usualWindow(g talent.Grain) int {
	if g == talent.Month {
		return 1
	}
	return 4
}

// gapRow is one skill of a cell in the window of periods that was judged last.
type gapRow struct {
	Skill      string
	State      string
	Demand     float64 // heads wanted in the window
	Vacancies  int
	Exposure   int
	Band       *talent.Band // nil when there is none for this window
	Excess     float64      // demand − expected, when Band is judged
	Supply     *float64     // nil when unknown
	Gap, Ratio *float64
	Alert      *talent.Alert
	Spark      template.HTML
	Meter      template.HTML
}

// Judged reports whether the row has a band to compare with.
func (r gapRow) Judged() bool { return r.Band != nil && r.Band.Judged() }

// Why says why the row has no band.
func (r gapRow) Why() string {
	switch {
	case r.State == rowSourceDown || r.State == rowNoData:
		return r.State
	case r.Band == nil:
		return rowUnjudged
	}
	return string(r.Band.State)
}

// gapTable is the state of every skill of one cell.
type gapTable struct {
	Span        talent.GrainSpan
	First, Last time.Time // periods of the window, both included
	Window      int
	Rows        []gapRow
	States      map[string]int
	Demand      float64 // of all skills
	Exposure    int     // vacancies of the cell in the window
	SupplyKnown bool
	Sorted      string
}

// Through is the last day of the window.
func (t gapTable) Through() time.Time { return words.LastDay(t.Span.Grain, t.Last) }

// gaps reads the table of one cell; it is the same for every language.
func (d *Dashboards) gaps(ctx context.Context, f filter, span talent.GrainSpan, firing []talent.Alert) (gapTable, error) {
	return remember(ctx, d.cache, "gaps "+f.String(), d.cfg.CacheFor, func(ctx context.Context) (gapTable, error) {
		g := f.Grain
		first := g.Add(span.Last, -sparkPeriods(g)+1)
		bands, err := d.store.CellBands(ctx, f.Key(""), g.Add(span.Last, -8), span.Last)
		if err != nil {
			return gapTable{}, err
		}
		series, err := d.store.Cell(ctx, f.Key(""), first, span.Last)
		if err != nil {
			return gapTable{}, err
		}
		return tabulate(f, span, series, bands, firing), nil
	})
}

// tabulate lays series, bands and alerts of one cell together.
func tabulate(f filter, span talent.GrainSpan, series []talent.Series, bands []talent.Band, firing []talent.Alert) gapTable {
	t := gapTable{Span: span, Last: span.Last, Window: usualWindow(f.Grain), States: map[string]int{}}
	if len(bands) > 0 {
		t.Last = time.Time{}
		for _, b := range bands {
			if b.Period.After(t.Last) {
				t.Last, t.Window = b.Period, max(1, b.Window)
			}
		}
	}
	t.First = f.Grain.Add(t.Last, 1-t.Window)
	bandOf := map[string]*talent.Band{}
	for i := range bands {
		if bands[i].Period.Equal(t.Last) {
			bandOf[bands[i].Key.Skill] = &bands[i]
		}
	}
	alertOf := map[string]*talent.Alert{}
	for i := range firing {
		if firing[i].Key == f.Key(firing[i].Key.Skill) {
			alertOf[firing[i].Key.Skill] = &firing[i]
		}
	}
	for _, s := range series {
		r := rowOf(s, t.First, t.Last, bandOf[s.Key.Skill])
		if s.Key.Skill == "" {
			t.Exposure = r.Exposure
			continue
		}
		r.Alert = alertOf[s.Key.Skill]
		t.Demand += r.Demand
		t.States[r.State]++
		t.SupplyKnown = t.SupplyKnown || r.Supply != nil
		t.Rows = append(t.Rows, r)
	}
	t.Sorted = f.Sort
	if t.Sorted == "" {
		t.Sorted = "excess"
		if t.SupplyKnown {
			t.Sorted = "gap"
		}
	}
	slices.SortFunc(t.Rows, func(a, b gapRow) int { return compareRows(t.Sorted, a, b) })
	return t
}

// rowOf sums a series over the window and says what the numbers are worth.
func rowOf(s talent.Series, first, last time.Time, band *talent.Band) gapRow {
	r := gapRow{Skill: s.Key.Skill, Band: band, Spark: sparkline(s.Points, 104, 28)}
	sum := sumWindow(s.Points, first, last)
	r.Demand, r.Vacancies, r.Exposure, r.Supply = sum.Demand, sum.Vacancies, sum.Exposure, sum.Supply
	if r.Supply != nil {
		gap := r.Demand - *r.Supply
		r.Gap = &gap
		if *r.Supply > 0 {
			ratio := r.Demand / *r.Supply
			r.Ratio = &ratio
		}
	}
	switch {
	case sum.Down:
		r.State = rowSourceDown
	case r.Exposure == 0:
		r.State = rowNoData
	case r.Demand == 0:
		r.State = rowZero
	case band == nil:
		r.State = rowUnjudged
	case !band.Judged():
		r.State = rowInsufficient
	case r.Demand > band.Upper:
		r.State = rowAbove
	case r.Demand < band.Lower:
		r.State = rowBelow
	default:
		r.State = rowWithin
	}
	if r.Judged() {
		r.Excess = r.Demand - band.Expected
		r.Meter = meter(r.Demand, band.Lower, band.Expected, band.Upper, 112, 24)
	}
	return r
}

// windowSum is what some periods of a series amount to.
type windowSum struct {
	Demand    float64
	Openings  float64
	Requested float64
	Vacancies int
	Exposure  int
	Supply    *float64 // nil when it is unknown in any of the periods
	Down      bool     // the last period's sources were down
}

func sumWindow(points []talent.Point, first, last time.Time) windowSum {
	var s windowSum
	supply, supplied := 0.0, false
	unknown := false
	for _, p := range points {
		if p.Period.Before(first) || p.Period.After(last) {
			continue
		}
		s.Openings += p.Openings
		s.Requested += p.Requested
		s.Vacancies += p.Vacancies
		s.Exposure += p.Exposure
		if p.Supply != nil {
			supply += *p.Supply
			supplied = true
		} else {
			unknown = true
		}
		s.Down = p.State == talent.StateSourceDown
	}
	s.Demand = s.Openings + s.Requested
	if supplied && !unknown {
		s.Supply = &supply
	}
	return s
}

// compareRows orders rows largest first; rows that lack the number come last, and equal ones go by demand and name.
func compareRows(by string, a, b gapRow) int {
	value := func(r gapRow) (float64, bool) {
		switch by {
		case "gap":
			if r.Gap != nil {
				return *r.Gap, true
			}
		case "ratio":
			if r.Ratio != nil {
				return *r.Ratio, true
			}
		case "excess":
			if r.Judged() {
				return r.Excess, true
			}
		case "demand":
			return r.Demand, true
		}
		return 0, false
	}
	x, okX := value(a)
	y, okY := value(b)
	switch {
	case okX != okY:
		if okX {
			return -1
		}
		return 1
	case okX && x != y:
		return cmp.Compare(y, x)
	case a.Demand != b.Demand:
		return cmp.Compare(b.Demand, a.Demand)
	}
	return cmp.Compare(a.Skill, b.Skill)
}
