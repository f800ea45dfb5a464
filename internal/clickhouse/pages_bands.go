package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PageBand is one evaluated period of one series, as the alert job stored it. Heads are those of Window periods
// that end with Period.
type PageBand struct {
	Key         talent.SeriesKey
	Period      time.Time
	State       talent.DataState
	Window      int
	Observed    float64
	Exposure    float64
	Expected    float64
	Lower       float64
	Upper       float64
	P           float64
	Dispersion  float64
	BaseRate    float64
	TrendYear   float64
	History     int
	Version     string
	EvaluatedAt time.Time
}

// Judged reports whether the evaluation had enough history to draw a band.
func (b PageBand) Judged() bool {
	return b.State != talent.StateInsufficient && b.State != talent.StateNoData && b.State != talent.StateSourceDown
}

type pageBandRow struct {
	Grain       string    `ch:"grain"`
	Skill       string    `ch:"skill"`
	Region      string    `ch:"region"`
	Industry    string    `ch:"industry"`
	Tier        string    `ch:"tier"`
	Period      time.Time `ch:"period"`
	State       string    `ch:"state"`
	Window      uint16    `ch:"window"`
	Observed    float64   `ch:"observed"`
	Exposure    float64   `ch:"exposure"`
	Expected    float64   `ch:"expected"`
	Lower       float64   `ch:"lower"`
	Upper       float64   `ch:"upper"`
	P           float64   `ch:"p"`
	Dispersion  float64   `ch:"dispersion"`
	BaseRate    float64   `ch:"base_rate"`
	TrendYear   float64   `ch:"trend_year"`
	History     uint32    `ch:"history"`
	BandVersion string    `ch:"band_version"`
	EvaluatedAt time.Time `ch:"evaluated_at"`
}

func (r pageBandRow) band() PageBand {
	return PageBand{
		Key: talent.SeriesKey{Grain: talent.Grain(r.Grain), Skill: r.Skill, Region: r.Region, Industry: r.Industry,
			Tier: talent.Tier(r.Tier)},
		Period: r.Period.UTC(), State: talent.DataState(r.State), Window: int(r.Window), Observed: r.Observed,
		Exposure: r.Exposure, Expected: r.Expected, Lower: r.Lower, Upper: r.Upper, P: r.P, Dispersion: r.Dispersion,
		BaseRate: r.BaseRate, TrendYear: r.TrendYear, History: int(r.History), Version: r.BandVersion,
		EvaluatedAt: r.EvaluatedAt.UTC(),
	}
}

const pageBandColumns = "grain, skill, region, industry, tier, period, state, `window`, observed, exposure, expected, lower, upper, p," +
	" dispersion, base_rate, trend_year, history, band_version, evaluated_at"

func (s *Store) pageBands(ctx context.Context, what, query string, args ...any) ([]PageBand, error) {
	got, err := rows[pageBandRow](ctx, s, what, query, args...)
	if err != nil {
		return nil, err
	}
	out := make([]PageBand, len(got))
	for i, r := range got {
		out[i] = r.band()
	}
	return out, nil
}

// PageCellBands returns the latest evaluation of every skill of one cell, at or before last and not before first;
// key.Skill is ignored.
func (s *Store) PageCellBands(ctx context.Context, key talent.SeriesKey, first, last time.Time) ([]PageBand, error) {
	return s.pageBands(ctx, "bands of a cell", `
SELECT `+pageBandColumns+` FROM bands FINAL
WHERE `+pageCell+` AND period BETWEEN {first:Date32} AND {last:Date32}
ORDER BY skill, period DESC LIMIT 1 BY skill`,
		append(cellArgs(key), named("first", first.Format(time.DateOnly)), named("last", last.Format(time.DateOnly)))...)
}

// PageBands returns every evaluated period of one series, oldest first.
func (s *Store) PageBands(ctx context.Context, key talent.SeriesKey) ([]PageBand, error) {
	return s.pageBands(ctx, "bands of a series", `
SELECT `+pageBandColumns+` FROM bands FINAL
WHERE `+pageCell+` AND skill = {skill:String}
ORDER BY period`, append(cellArgs(key), named("skill", key.Skill))...)
}
