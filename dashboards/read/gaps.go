package read

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// What a row of the table of gaps says about its skill. The last five are different kinds of "no number".
const (
	Above        = "above"
	Within       = "within"
	Below        = "below"
	Zero         = "zero"
	Insufficient = "insufficient_history"
	Unjudged     = "unjudged"
	SourceDown   = "source_down"
	NoData       = "no_data"
	Suppressed   = "suppressed" // fewer than three parties stand behind it, or it would tell of such a cell
)

// ShownPeriods is how many periods the small pictures show.
func ShownPeriods(g talent.Grain) int {
	if g == talent.Month {
		return 24
	}
	return 52
}

// GapRow is one skill of a cell in the window of periods that was judged last.
type GapRow struct {
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
	Points     []talent.Point // of the last periods, for a small picture
}

// Judged reports whether the row has a band to compare with.
func (r GapRow) Judged() bool { return r.Band != nil && r.Band.Judged() }

// Blank reports whether the row has no demand to show.
func (r GapRow) Blank() bool { return r.State == NoData || r.State == Suppressed }

// Why says why the row has no band.
func (r GapRow) Why() string {
	switch {
	case r.State == SourceDown || r.State == NoData || r.State == Suppressed:
		return r.State
	case r.Band == nil:
		return Unjudged
	}
	return string(r.Band.State)
}

// GapTable is the state of every skill of one cell.
type GapTable struct {
	Span        talent.GrainSpan
	First, Last time.Time // periods of the window, both included
	Window      int
	Rows        []GapRow
	States      map[string]int
	Demand      float64 // of all skills that are not suppressed
	Exposure    int     // vacancies of the cell in the window
	Suppressed  bool    // Exposure is hidden
	SupplyKnown bool
	Sorted      string
}

// Through is the last day of the window.
func (t GapTable) Through() time.Time { return words.LastDay(t.Span.Grain, t.Last) }

// Gaps reads the table of one cell; it is the same for every language.
func (r *Reader) Gaps(ctx context.Context, f Filter, span talent.GrainSpan, firing []talent.Alert) (GapTable, error) {
	return Remember(ctx, r, Key{Question: "gaps", About: f.String()}, r.cacheFor, func(ctx context.Context) (GapTable, error) {
		g := f.Grain
		first := g.Add(span.Last, -ShownPeriods(g)+1)
		bands, err := r.store.CellBands(ctx, f.Key(""), g.JudgedSince(span.Last), span.Last)
		if err != nil {
			return GapTable{}, err
		}
		series, err := r.store.Cell(ctx, f.Key(""), first, span.Last)
		if err != nil {
			return GapTable{}, err
		}
		return tabulate(f, span, r.rules.Window(g), series, publicOf(series, bands), firing), nil
	})
}

// tabulate lays series, bands and alerts of one cell together; window is how many periods are looked at together when
// no evaluation says otherwise.
func tabulate(f Filter, span talent.GrainSpan, window int, series []talent.Series, bands []talent.Band, firing []talent.Alert) GapTable {
	t := GapTable{Span: span, Last: span.Last, Window: window, States: map[string]int{}}
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
		r := RowOf(s, t.First, t.Last, bandOf[s.Key.Skill])
		if s.Key.Skill == "" {
			t.Exposure, t.Suppressed = r.Exposure, r.State == Suppressed
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
	slices.SortFunc(t.Rows, func(a, b GapRow) int { return compareRows(t.Sorted, a, b) })
	return t
}

// RowOf sums a series over the window and says what the numbers are worth.
func RowOf(s talent.Series, first, last time.Time, band *talent.Band) GapRow {
	r := GapRow{Skill: s.Key.Skill, Band: band, Points: s.Points}
	sum := talent.Sum(talent.Between(s.Points, first, last))
	r.Demand, r.Vacancies, r.Exposure, r.Supply = sum.Demand(), sum.Vacancies, sum.Exposure, sum.Supply
	r.Gap, r.Ratio = maybe(sum.Gap()), maybe(sum.Ratio())
	switch {
	case sum.State == talent.StateSuppressed:
		r.State, r.Band = Suppressed, nil
	case sum.State == talent.StateSourceDown:
		r.State = SourceDown
	case r.Exposure == 0:
		r.State = NoData
	case r.Demand == 0:
		r.State = Zero
	case band == nil, band.Suppressed:
		r.State = Unjudged
	case !band.Judged():
		r.State = Insufficient
	case r.Demand > band.Upper:
		r.State = Above
	case r.Demand < band.Lower:
		r.State = Below
	default:
		r.State = Within
	}
	if r.Judged() {
		r.Excess = r.Demand - band.Expected
	}
	return r
}

// publicOf are bands of some series as anyone may see them.
func publicOf(series []talent.Series, bands []talent.Band) []talent.Band {
	of := make(map[talent.SeriesKey][]talent.Point, len(series))
	for _, s := range series {
		of[s.Key] = s.Points
	}
	out := make([]talent.Band, 0, len(bands))
	for _, b := range bands {
		out = append(out, talent.PublicBands(of[b.Key], []talent.Band{b})...)
	}
	return out
}

// maybe is a number that may be unknown.
func maybe(v float64, known bool) *float64 {
	if !known {
		return nil
	}
	return &v
}

// standing puts a row among those with public demand (0), with suppressed demand and a warning (1), with suppressed
// demand (2), or without demand (3).
func standing(r GapRow) int {
	switch {
	case r.State == Suppressed && r.Alert != nil:
		return 1
	case r.State == Suppressed:
		return 2
	case r.State == Zero || r.State == NoData:
		return 3
	}
	return 0
}

// compareRows orders rows largest first; rows that lack the number come last, and equal ones go by demand and name.
func compareRows(by string, a, b GapRow) int {
	value := func(r GapRow) (float64, bool) {
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
	// Suppressed numbers are more than nothing: skills that somebody wants come before those that nobody does.
	if x, y := standing(a), standing(b); x != y {
		return cmp.Compare(x, y)
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
