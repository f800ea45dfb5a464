package dashboards

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// tableRows is how many periods a page lists until all are asked for, evidenceRows how many postings.
const (
	tableRows    = 26
	evidenceRows = 12
)

// periodRow is one period of the table below a chart.
type periodRow struct {
	talent.Point
	Grain talent.Grain
	Band  *talent.Band
	State string // of the evaluation when there is one, else of the data
	Gap   *float64
	Ratio *float64
}

// Known reports whether the period's demand was observed.
func (r periodRow) Known() bool { return r.Point.State.Known() }

// breakdown is a skill's demand split one way.
type breakdown struct {
	By    string // region, industry or tier
	Parts []breakdownPart
}

type breakdownPart struct {
	Code, Name string
	Demand     float64
	Share      float64 // of the largest part, 0..1
	Supply     *float64
}

// skillBody is the data of a skill's page.
type skillBody struct {
	ID         string
	Filter     filter
	Spans      []talent.GrainSpan
	Choices    choices
	Empty      bool // the series has no period
	Row        gapRow
	First      time.Time
	Last       time.Time
	Window     int
	Chart      chart
	Periods    []periodRow // latest first
	More       int
	Alerts     []talent.Alert
	Postings   []talent.EvidencePosting
	Courses    []talent.TaughtCourse
	Breakdowns []breakdown
}

// Through is the last day of the window.
func (b skillBody) Through() time.Time { return words.LastDay(b.Filter.Grain, b.Last) }

// skillData is what a skill's page reads from the store.
type skillData struct {
	series   talent.Series
	bands    []talent.Band
	alerts   []talent.Alert
	postings []talent.EvidencePosting
	courses  []talent.TaughtCourse
	parts    []talent.Breakdown
	first    time.Time
	last     time.Time
	window   int
}

func (d *Dashboards) skill(ctx context.Context, v *visit) (view, error) {
	id := v.PathValue("id")
	if _, ok := v.names.Skills[id]; !ok {
		return view{}, errNotFound
	}
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return view{}, err
	}
	b := skillBody{ID: id, Filter: f}
	if b.Spans, err = d.grains(ctx); err != nil {
		return view{}, err
	}
	span, ok := settle(&b.Filter, b.Spans)
	if b.Choices, err = d.choices(ctx, b.Filter.Grain); err != nil {
		return view{}, err
	}
	data, err := remember(ctx, d.cache, "skill "+id+" "+b.Filter.Query(), d.cfg.CacheFor, func(ctx context.Context) (skillData, error) {
		return d.readSkill(ctx, b.Filter.Key(id), span, ok && b.Filter.Counted())
	})
	if err != nil {
		return view{}, err
	}
	b.fill(v, data)
	return view{name: "skill", title: v.names.Skill(id), nav: "skills", charts: true, body: b}, nil
}

// readSkill asks for everything about one series; counted is false when the roll-up does not keep it.
func (d *Dashboards) readSkill(ctx context.Context, key talent.SeriesKey, span talent.GrainSpan, counted bool) (skillData, error) {
	var s skillData
	ask, askCtx := errgroup.WithContext(ctx)
	ask.Go(func() (err error) {
		s.alerts, err = d.store.Alerts(askCtx, talent.AlertFilter{Skill: key.Skill, Worst: true, Limit: 50})
		return err
	})
	ask.Go(func() (err error) {
		s.courses, err = d.store.Courses(askCtx, talent.CourseFilter{Skill: key.Skill, Region: key.Region, Limit: 50})
		return err
	})
	if counted {
		ask.Go(func() error { return d.readSeries(askCtx, key, span, &s) })
	}
	if err := ask.Wait(); err != nil {
		return s, err
	}
	if !counted {
		return s, nil
	}
	var err error
	if s.postings, err = d.store.EvidencePostings(ctx, key, s.first, s.last, evidenceRows); err != nil {
		return s, err
	}
	s.parts, err = d.store.Breakdown(ctx, key.Grain, key.Skill, s.first, s.last)
	return s, err
}

// readSeries reads points and bands of a series and chooses its window: the one that was judged last, else the last
// complete periods.
func (d *Dashboards) readSeries(ctx context.Context, key talent.SeriesKey, span talent.GrainSpan, s *skillData) error {
	var err error
	s.series, err = d.store.Series(ctx, key, time.Time{}, time.Time{})
	if err != nil {
		return err
	}
	if s.bands, err = d.store.Bands(ctx, key); err != nil {
		return err
	}
	s.last, s.window = span.Last, usualWindow(key.Grain)
	if n := len(s.bands); n > 0 && s.bands[n-1].Period.After(key.Grain.Add(span.Last, -9)) {
		s.last, s.window = s.bands[n-1].Period, max(1, s.bands[n-1].Window)
	}
	s.first = key.Grain.Add(s.last, 1-s.window)
	return nil
}

// fill lays out the page from what was read.
func (b *skillBody) fill(v *visit, s skillData) {
	b.Alerts, b.Courses, b.Postings = s.alerts, s.courses, s.postings
	b.First, b.Last, b.Window = s.first, s.last, s.window
	b.Empty = !anyDemand(s.series.Points)
	if b.Empty {
		return
	}
	key := b.Filter.Key(b.ID)
	var band *talent.Band
	if n := len(s.bands); n > 0 && s.bands[n-1].Period.Equal(s.last) {
		band = &s.bands[n-1]
	}
	b.Row = rowOf(s.series, s.first, s.last, band)
	for i := range s.alerts {
		if s.alerts[i].Key == key && s.alerts[i].Status == talent.AlertFiring {
			b.Row.Alert = &s.alerts[i]
		}
	}
	b.Chart = drawn(v, key, s.series.Points, s.bands, marksOf(v, key, s.alerts), s.window, 2*sparkPeriods(key.Grain))
	b.Periods = periodRows(key.Grain, s.series.Points, s.bands)
	if !b.Filter.All && len(b.Periods) > tableRows {
		b.More = len(b.Periods) - tableRows
		b.Periods = b.Periods[:tableRows]
	}
	b.Breakdowns = breakdowns(v.names, s.parts)
}

func anyDemand(points []talent.Point) bool {
	return slices.ContainsFunc(points, func(p talent.Point) bool { return p.Demand() > 0 || (p.Supply != nil && *p.Supply > 0) })
}

// periodRows lists periods latest first, each with its band.
func periodRows(g talent.Grain, points []talent.Point, bands []talent.Band) []periodRow {
	bandOf := make(map[time.Time]*talent.Band, len(bands))
	for i := range bands {
		bandOf[bands[i].Period] = &bands[i]
	}
	out := make([]periodRow, 0, len(points))
	for _, p := range slices.Backward(points) {
		r := periodRow{Point: p, Grain: g, State: string(p.State), Band: bandOf[p.Period.UTC()]}
		if r.Band != nil && !r.Band.Judged() {
			if p.State == talent.StateOK {
				r.State = string(r.Band.State)
			}
			r.Band = nil
		}
		if gap, ok := p.Gap(); ok {
			r.Gap = &gap
			if *p.Supply > 0 && r.Known() {
				r.Ratio = new(p.Demand() / *p.Supply)
			}
		}
		out = append(out, r)
	}
	return out
}

// breakdowns splits parts by kind, at most eight of each.
func breakdowns(n words.Names, parts []talent.Breakdown) []breakdown {
	out := []breakdown{{By: "region"}, {By: "industry"}, {By: "tier"}}
	for _, p := range parts {
		i, part := 0, breakdownPart{Code: p.Region, Name: n.Region(p.Region), Demand: p.Demand, Supply: p.Supply}
		switch {
		case p.Industry != "":
			i, part.Code, part.Name = 1, p.Industry, n.Industry(p.Industry)
		case p.Tier != "":
			i, part.Code, part.Name = 2, string(p.Tier), n.Tier(p.Tier)
		}
		if len(out[i].Parts) < 8 {
			out[i].Parts = append(out[i].Parts, part)
		}
	}
	for i := range out {
		for j := range out[i].Parts {
			out[i].Parts[j].Share = out[i].Parts[j].Demand / out[i].Parts[0].Demand
		}
	}
	return slices.DeleteFunc(out, func(b breakdown) bool { return len(b.Parts) == 0 })
}
