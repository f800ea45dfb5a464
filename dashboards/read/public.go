package read

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// public is a store that hands over nothing of which fewer than the least number of parties stand behind it. What is
// hidden was decided when the period was rolled up, for all of its cells together; here it is left out, before any page,
// answer or file is made of it. Bands lack the points that they stand on, so their readers hand both to
// talent.PublicBands. Alerts are stored without what is hidden.
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
