package pages

import (
	"context"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// tableRows is how many periods a page lists until all are asked for.
const tableRows = 26

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
	Hidden     bool
}

// skillBody is the data of a skill's page.
type skillBody struct {
	ID         string
	Filter     read.Filter
	Spans      []talent.GrainSpan
	Choices    read.Choices
	Empty      bool // the series has no period
	Row        read.GapRow
	First      time.Time
	Last       time.Time
	Window     int
	Chart      chart
	Periods    []read.PeriodRow // latest first
	More       int
	Alerts     []talent.Alert
	Postings   []talent.EvidencePosting
	Courses    []talent.TaughtCourse
	Breakdowns []breakdown
}

// Through is the last day of the window.
func (b skillBody) Through() time.Time { return words.LastDay(b.Filter.Grain, b.Last) }

func (p *Pages) skill(ctx context.Context, v *visit) (view, error) {
	id, known := p.skills.Stored(v.names.Skills, v.PathValue("id"))
	if !known {
		return view{}, read.ErrNotFound
	}
	f, err := read.ParseFilter(v.URL.Query())
	if err != nil {
		return view{}, err
	}
	b := skillBody{ID: id, Filter: f}
	if b.Spans, err = p.read.Spans(ctx); err != nil {
		return view{}, err
	}
	span, ok := read.Settle(&b.Filter, b.Spans)
	if b.Choices, err = p.read.Choices(ctx, b.Filter.Grain); err != nil {
		return view{}, err
	}
	data, err := p.read.Skill(ctx, b.Filter.Key(id), span, ok)
	if err != nil {
		return view{}, err
	}
	b.fill(v, data)
	return view{name: "skill", title: v.names.Skill(id), nav: "skills", charts: true, filter: &b.Filter, body: b}, nil
}

// fill lays out the page from what was read.
func (b *skillBody) fill(v *visit, s read.SkillData) {
	b.Alerts, b.Courses, b.Postings = s.Alerts, s.Courses, s.Postings
	b.First, b.Last, b.Window = s.First, s.Last, s.Window
	b.Empty = !anyDemand(s.Series.Points)
	if b.Empty {
		return
	}
	key := b.Filter.Key(b.ID)
	var band *talent.Band
	if n := len(s.Bands); n > 0 && s.Bands[n-1].Period.Equal(s.Last) {
		band = &s.Bands[n-1]
	}
	b.Row = read.RowOf(s.Series, s.First, s.Last, band)
	for i := range s.Alerts {
		if s.Alerts[i].Key == key && s.Alerts[i].Status == talent.AlertFiring {
			b.Row.Alert = &s.Alerts[i]
		}
	}
	b.Chart = drawn(v, key, s.Series.Points, s.Bands, marksOf(v, key, s.Alerts), s.Window, 2*read.ShownPeriods(key.Grain))
	b.Periods = read.PeriodRows(key.Grain, s.Series.Points, s.Bands)
	if !b.Filter.All && len(b.Periods) > tableRows {
		b.More = len(b.Periods) - tableRows
		b.Periods = b.Periods[:tableRows]
	}
	b.Breakdowns = breakdowns(v.names, s.Parts)
}

func anyDemand(points []talent.Point) bool {
	return slices.ContainsFunc(points, func(p talent.Point) bool {
		return p.Demand() > 0 || p.State == talent.StateSuppressed || (p.Supply != nil && *p.Supply > 0)
	})
}

// breakdowns splits parts by kind, at most eight of each.
func breakdowns(n words.Names, parts []talent.Breakdown) []breakdown {
	out := []breakdown{{By: "region"}, {By: "industry"}, {By: "tier"}}
	for _, p := range parts {
		i, part := 0, breakdownPart{Code: p.Region, Name: n.Region(p.Region), Demand: p.Demand, Supply: p.Supply, Hidden: p.Hidden}
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
			if top := out[i].Parts[0].Demand; top > 0 {
				out[i].Parts[j].Share = out[i].Parts[j].Demand / top
			}
		}
	}
	return slices.DeleteFunc(out, func(b breakdown) bool { return len(b.Parts) == 0 })
}
