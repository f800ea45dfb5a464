package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// cellIs is the condition that names one cell of gap_series or bands by parameters.
const cellIs = `grain = {grain:String} AND region = {region:String} AND industry = {industry:String} AND tier = {tier:String}`

func cellArgs(key talent.SeriesKey) []any {
	return []any{
		named("grain", string(key.Grain)), named("region", key.Region),
		named("industry", key.Industry), named("tier", string(key.Tier)),
	}
}

// GrainSpans returns the grains that have published data, and how far it reaches; periods after last (per grain)
// are left out, because a period that has not ended says nothing yet.
func (s *Store) GrainSpans(ctx context.Context, lastWeek, lastMonth time.Time) ([]talent.GrainSpan, error) {
	type row struct {
		Grain    string    `ch:"grain"`
		First    time.Time `ch:"first_period"`
		Last     time.Time `ch:"last_period"`
		RolledAt time.Time `ch:"rolled"`
	}
	got, err := rows[row](ctx, s, "span of the series", `
SELECT g.grain AS grain, g.first_period AS first_period, g.last_period AS last_period, r.rolled AS rolled
FROM (
    SELECT grain, min(period) AS first_period, max(period) AS last_period
    FROM gap_series
    WHERE skill = '' AND region = '' AND industry = '' AND tier = '' AND exposure > 0 AND `+published+`
      AND period <= if(grain = 'month', {month:Date32}, {week:Date32})
    GROUP BY grain) AS g
GLOBAL LEFT JOIN (SELECT grain, max(rolled_at) AS rolled FROM period_rollups GROUP BY grain) AS r ON r.grain = g.grain
ORDER BY grain DESC`,
		named("week", lastWeek.Format(time.DateOnly)), named("month", lastMonth.Format(time.DateOnly)))
	if err != nil {
		return nil, err
	}
	out := make([]talent.GrainSpan, len(got))
	for i, r := range got {
		out[i] = talent.GrainSpan{Grain: talent.Grain(r.Grain), First: r.First.UTC(), Last: r.Last.UTC(), RolledAt: r.RolledAt.UTC()}
	}
	return out, nil
}

// cellRow is a row of gap_series among those of other grains.
type cellRow struct {
	seriesRow
	Grain string `ch:"grain"`
}

func (r cellRow) key() talent.SeriesKey {
	return talent.SeriesKey{Grain: talent.Grain(r.Grain), Skill: r.Skill, Region: r.Region, Industry: r.Industry, Tier: talent.Tier(r.Tier)}
}

// cellColumns are the columns of cellRow.
const cellColumns = "grain, " + seriesColumns

// Cell returns the series of every skill of one cell from first to last (both included), dense, in order of
// skills; key.Skill is ignored. The series of the empty skill carries the cell's exposure.
func (s *Store) Cell(ctx context.Context, key talent.SeriesKey, first, last time.Time) ([]talent.Series, error) {
	got, err := rows[cellRow](ctx, s, "series of a cell", `
SELECT `+cellColumns+` FROM gap_series
WHERE `+cellIs+` AND period BETWEEN {first:Date32} AND {last:Date32} AND `+published+`
ORDER BY skill, period LIMIT 1 BY skill, period`,
		append(cellArgs(key), named("first", first.Format(time.DateOnly)), named("last", last.Format(time.DateOnly)))...)
	if err != nil {
		return nil, err
	}
	var keys []talent.SeriesKey
	for _, r := range got {
		if k := r.key(); len(keys) == 0 || keys[len(keys)-1] != k {
			keys = append(keys, k)
		}
	}
	return denseOf(keys, got), nil
}

// denseOf lays the rows of each key over the periods of its cell.
func denseOf(keys []talent.SeriesKey, got []cellRow) []talent.Series {
	stored := map[talent.SeriesKey][]talent.Point{}
	for _, r := range got {
		stored[r.key()] = append(stored[r.key()], r.point())
	}
	now := time.Now()
	out := make([]talent.Series, len(keys))
	for i, k := range keys {
		cell := k
		cell.Skill = ""
		out[i] = talent.Series{Key: k, Points: dense(k.Grain, stored[cell], stored[k], now)}
	}
	return out
}

// Breakdown splits a skill's demand by region, by industry and by tier (one at a time) over the periods from
// first to last (both included), largest first and hidden ones last; a part is hidden when one of its periods is.
func (s *Store) Breakdown(ctx context.Context, grain talent.Grain, skill string, first, last time.Time) ([]talent.Breakdown, error) {
	type row struct {
		Region   string   `ch:"region"`
		Industry string   `ch:"industry"`
		Tier     string   `ch:"tier"`
		Demand   float64  `ch:"demand"`
		Exposed  uint64   `ch:"exposed"`
		Supplied *float64 `ch:"supplied"`
		Shown    float64  `ch:"shown"`
		Hides    bool     `ch:"hides"`
	}
	got, err := rows[row](ctx, s, "breakdown of a skill", `
SELECT region, industry, tier, if(hides, 0., shown) AS demand, if(hides, 0, sum(exposure)) AS exposed, sum(supply) AS supplied,
    sum(openings + if(bitAnd(hidden, {requests:UInt8}) > 0, 0, requested)) AS shown,
    toBool(max(bitAnd(hidden, {openings:UInt8})) > 0 OR (max(hidden) > 0 AND shown = 0)) AS hides
FROM (
    SELECT region, industry, tier, period, openings, requested, exposure, supply, hidden FROM gap_series
    WHERE grain = {grain:String} AND skill = {skill:String} AND period BETWEEN {first:Date32} AND {last:Date32}
      AND (region != '') + (industry != '') + (tier != '') = 1 AND `+published+`
    LIMIT 1 BY region, industry, tier, period)
GROUP BY region, industry, tier
HAVING demand > 0 OR hides
ORDER BY hides, demand DESC, region, industry, tier`,
		named("grain", string(grain)), named("skill", skill), named("openings", uint8(talent.HiddenOpenings)), named("requests", uint8(talent.HiddenRequests)),
		named("first", first.Format(time.DateOnly)), named("last", last.Format(time.DateOnly)))
	if err != nil {
		return nil, err
	}
	out := make([]talent.Breakdown, len(got))
	for i, r := range got {
		out[i] = talent.Breakdown{Region: r.Region, Industry: r.Industry, Tier: talent.Tier(r.Tier), Demand: r.Demand, Exposure: r.Exposed, Supply: r.Supplied, Hidden: r.Hides}
	}
	return out, nil
}

// CellCodes returns the regions, industries and tiers that have vacancies in a grain, for the filters; sorted.
func (s *Store) CellCodes(ctx context.Context, grain talent.Grain) (regions, industries, tiers []string, err error) {
	type row struct {
		Regions    []string `ch:"regions"`
		Industries []string `ch:"industries"`
		Tiers      []string `ch:"tiers"`
	}
	got, err := rows[row](ctx, s, "cells", `
SELECT arraySort(groupUniqArrayIf(toString(region), region != '')) AS regions,
       arraySort(groupUniqArrayIf(toString(industry), industry != '')) AS industries,
       arraySort(groupUniqArrayIf(toString(tier), tier != '')) AS tiers
FROM gap_series WHERE grain = {grain:String} AND skill = '' AND exposure > 0`, named("grain", string(grain)))
	if err != nil || len(got) == 0 {
		return nil, nil, nil, err
	}
	return got[0].Regions, got[0].Industries, got[0].Tiers, nil
}
