package read

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// public is a store that hands over nothing of which fewer than the least number of parties stand behind it. What is
// hidden was decided when the period was rolled up, for all of its cells together; here it is left out, before any page,
// answer or file is made of it. Bands lack the points that they stand on: their readers hand both to talent.PublicBands.
type public struct{ Store }

func (p public) Cell(ctx context.Context, key talent.SeriesKey, first, last time.Time) ([]talent.Series, error) {
	return publicSeries(p.Store.Cell(ctx, key, first, last))
}

func (p public) ListSeries(ctx context.Context, q talent.SeriesQuery) ([]talent.Series, error) {
	return publicSeries(p.Store.ListSeries(ctx, q))
}

func (p public) Series(ctx context.Context, key talent.SeriesKey, from, through time.Time) (talent.Series, error) {
	s, err := p.Store.Series(ctx, key, from, through)
	return s.Public(), err
}

func publicSeries(all []talent.Series, err error) ([]talent.Series, error) {
	for i := range all {
		all[i] = all[i].Public()
	}
	return all, err
}

func (p public) Alerts(ctx context.Context, f talent.AlertFilter) ([]talent.Alert, error) {
	all, err := p.Store.Alerts(ctx, f)
	for i := range all {
		all[i].Evidence = all[i].Evidence.Public()
	}
	return all, err
}

func (p public) Alert(ctx context.Context, id string) (talent.Alert, bool, error) {
	a, ok, err := p.Store.Alert(ctx, id)
	a.Evidence = a.Evidence.Public()
	return a, ok, err
}

func (p public) AlertEvents(ctx context.Context, alertID string) ([]talent.AlertEvent, error) {
	all, err := p.Store.AlertEvents(ctx, alertID)
	for i := range all {
		all[i].Evidence = all[i].Evidence.Public()
	}
	return all, err
}
