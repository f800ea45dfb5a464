package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

type bandRow struct {
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

func (r bandRow) band() talent.Band {
	return talent.Band{
		Key: talent.SeriesKey{Grain: talent.Grain(r.Grain), Skill: r.Skill, Region: r.Region, Industry: r.Industry,
			Tier: talent.Tier(r.Tier)},
		State: talent.Verdict(r.State), Evaluated: r.EvaluatedAt.UTC(),
		Evidence: talent.Evidence{Period: r.Period.UTC(), Window: int(r.Window), Observed: r.Observed,
			Exposure: r.Exposure, Expected: r.Expected, Lower: r.Lower, Upper: r.Upper, P: r.P, Dispersion: r.Dispersion,
			BaseRate: r.BaseRate, TrendYear: r.TrendYear, History: int(r.History), BandVersion: r.BandVersion},
	}
}

const bandColumns = "grain, skill, region, industry, tier, period, state, `window`, observed, exposure, expected, lower, upper, p," +
	" dispersion, base_rate, trend_year, history, band_version, evaluated_at"

// PutBands stores evaluations; a later evaluation of the same period replaces the earlier one.
func (s *Store) PutBands(ctx context.Context, bands []talent.Band) error {
	return insert(ctx, s, "bands", "", "INSERT INTO bands ("+bandColumns+")", len(bands), func(i int) []any {
		b, e := bands[i], bands[i].Evidence
		return []any{string(b.Key.Grain), b.Key.Skill, b.Key.Region, b.Key.Industry, string(b.Key.Tier), e.Period, string(b.State),
			uint16(e.Window), e.Observed, e.Exposure, e.Expected, e.Lower, e.Upper, e.P, e.Dispersion, e.BaseRate, e.TrendYear,
			uint32(e.History), e.BandVersion, b.Evaluated}
	})
}

// LastBands returns the latest evaluated period of every series of a grain under one version of the band, and
// when the last of all was evaluated (zero when none was).
func (s *Store) LastBands(ctx context.Context, grain talent.Grain, version string) (map[talent.SeriesKey]time.Time, time.Time, error) {
	type row struct {
		Skill     string    `ch:"skill"`
		Region    string    `ch:"region"`
		Industry  string    `ch:"industry"`
		Tier      string    `ch:"tier"`
		Period    time.Time `ch:"last"`
		Evaluated time.Time `ch:"evaluated"`
	}
	var latest time.Time
	got, err := rows[row](ctx, s, "last bands", `SELECT skill, region, industry, tier, max(period) AS last, max(evaluated_at) AS evaluated
		FROM bands WHERE grain = {grain:String} AND band_version = {version:String} GROUP BY skill, region, industry, tier`,
		named("grain", string(grain)), named("version", version))
	if err != nil {
		return nil, latest, err
	}
	out := make(map[talent.SeriesKey]time.Time, len(got))
	for _, r := range got {
		out[talent.SeriesKey{Grain: grain, Skill: r.Skill, Region: r.Region, Industry: r.Industry, Tier: talent.Tier(r.Tier)}] = r.Period.UTC()
		if r.Evaluated.After(latest) {
			latest = r.Evaluated.UTC()
		}
	}
	return out, latest, nil
}

func (s *Store) bands(ctx context.Context, what, query string, args ...any) ([]talent.Band, error) {
	got, err := rows[bandRow](ctx, s, what, query, args...)
	if err != nil {
		return nil, err
	}
	out := make([]talent.Band, len(got))
	for i, r := range got {
		out[i] = r.band()
	}
	return out, nil
}

// CellBands returns the latest evaluation of every skill of one cell, at or before last and not before first;
// key.Skill is ignored.
func (s *Store) CellBands(ctx context.Context, key talent.SeriesKey, first, last time.Time) ([]talent.Band, error) {
	return s.bands(ctx, "bands of a cell", `
SELECT `+bandColumns+` FROM bands FINAL
WHERE `+cellIs+` AND period BETWEEN {first:Date32} AND {last:Date32}
ORDER BY skill, period DESC LIMIT 1 BY skill`,
		append(cellArgs(key), named("first", first.Format(time.DateOnly)), named("last", last.Format(time.DateOnly)))...)
}

// Bands returns every evaluated period of one series, oldest first.
func (s *Store) Bands(ctx context.Context, key talent.SeriesKey) ([]talent.Band, error) {
	return s.bands(ctx, "bands of a series", `
SELECT `+bandColumns+` FROM bands FINAL
WHERE `+cellIs+` AND skill = {skill:String}
ORDER BY period`, append(cellArgs(key), named("skill", key.Skill))...)
}

// SeriesBands returns the evaluated periods of series that ListSeries listed for q, by key, oldest first.
func (s *Store) SeriesBands(ctx context.Context, q talent.SeriesQuery, listed []talent.Series) (map[talent.SeriesKey][]talent.Band, error) {
	out := make(map[talent.SeriesKey][]talent.Band, len(listed))
	if len(listed) == 0 {
		return out, nil
	}
	args := []any{named("region", q.Region), named("industry", q.Industry), named("tier", q.Tier),
		named("first", q.First.Format(time.DateOnly)), named("last", q.Last.Format(time.DateOnly))}
	args = append(append(args, keyArgs("lo_", listed[0].Key)...), keyArgs("hi_", listed[len(listed)-1].Key)...)
	got, err := s.bands(ctx, "bands of series", `
SELECT `+bandColumns+` FROM bands FINAL
WHERE ({region:String} = '*' OR region = {region:String}) AND ({industry:String} = '*' OR industry = {industry:String})
  AND ({tier:String} = '*' OR tier = {tier:String}) AND period BETWEEN {first:Date32} AND {last:Date32} AND `+keyRange+`
ORDER BY grain, skill, region, industry, tier, period`, args...)
	if err != nil {
		return nil, err
	}
	for _, b := range got {
		out[b.Key] = append(out[b.Key], b)
	}
	return out, nil
}
