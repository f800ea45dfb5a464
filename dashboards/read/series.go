package read

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Series reads every period of a series and its evaluations, oldest first.
func (r *Reader) Series(ctx context.Context, key talent.SeriesKey, from, through time.Time) (talent.Series, []talent.Band, error) {
	series, err := r.store.Series(ctx, key, from, through)
	if err != nil {
		return series, nil, err
	}
	bands, err := r.store.Bands(ctx, key)
	return series, talent.PublicBands(series.Points, bands), err
}

// SeriesPage is a page of the list of series.
type SeriesPage struct {
	Series []talent.Series
	Bands  map[talent.SeriesKey][]talent.Band // when they were asked for
	More   bool                               // the list goes on after the last one
}

// ListSeries reads a page of q.Limit series, with their evaluations when withBands is set.
func (r *Reader) ListSeries(ctx context.Context, q talent.SeriesQuery, withBands bool) (SeriesPage, error) {
	named, after := q, talent.SeriesKey{}
	if q.After != nil {
		named.After, after = nil, *q.After
	}
	about := fmt.Sprintf("%+v %+v %t", named, after, withBands)
	return Remember(ctx, r, Key{Question: "series", About: about}, r.cacheFor, func(ctx context.Context) (SeriesPage, error) {
		var page SeriesPage
		ask := q
		ask.Limit++
		if withBands { // a band's window begins before its period
			ask.Lead = r.rules.Lead()
		}
		var err error
		if page.Series, err = r.store.ListSeries(ctx, ask); err != nil {
			return page, err
		}
		if page.More = len(page.Series) > q.Limit; page.More {
			page.Series = page.Series[:q.Limit]
		}
		if withBands {
			if page.Bands, err = r.store.SeriesBands(ctx, ask, page.Series); err != nil {
				return page, err
			}
			for _, s := range page.Series {
				page.Bands[s.Key] = talent.PublicBands(s.Points, page.Bands[s.Key])
			}
		}
		for i, s := range page.Series {
			page.Series[i].Points = talent.Between(s.Points, q.First, q.Last)
		}
		return page, err
	})
}

// PeriodRow is one period of the table below a chart.
type PeriodRow struct {
	talent.Point
	Grain talent.Grain
	Band  *talent.Band
	State string // of the evaluation when there is one, else of the data
	Gap   *float64
	Ratio *float64
}

// Known reports whether the period's demand was observed.
func (r PeriodRow) Known() bool { return r.Point.State.Known() }

// RequestsHidden reports whether too few organisations ask for their heads to be shown.
func (r PeriodRow) RequestsHidden() bool {
	return r.Hidden&talent.HiddenRequests != 0 || r.Point.State == talent.StateSuppressed
}

// PeriodRows lists periods latest first, each with its band.
func PeriodRows(g talent.Grain, points []talent.Point, bands []talent.Band) []PeriodRow {
	bandOf := make(map[time.Time]*talent.Band, len(bands))
	for i := range bands {
		bandOf[bands[i].Period] = &bands[i]
	}
	out := make([]PeriodRow, 0, len(points))
	for _, p := range slices.Backward(points) {
		r := PeriodRow{Point: p, Grain: g, State: string(p.State), Band: bandOf[p.Period.UTC()]}
		if r.Band != nil && !r.Band.Judged() {
			if p.State == talent.StateOK && !r.Band.Suppressed {
				r.State = string(r.Band.State)
			}
			r.Band = nil
		}
		r.Gap = maybe(p.Gap())
		if r.Known() {
			r.Ratio = maybe(p.Ratio())
		}
		out = append(out, r)
	}
	return out
}
