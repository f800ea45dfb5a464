package clickhouse

import (
	"context"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

const listedWhere = `({grain:String} = '' OR grain = {grain:String})
  AND ({region:String} = '*' OR region = {region:String})
  AND ({industry:String} = '*' OR industry = {industry:String})
  AND ({tier:String} = '*' OR tier = {tier:String})
  AND period BETWEEN {first:Date32} AND {last:Date32} AND ` + published

// ListSeries lists series in order of their keys, dense: a period in which the cell has vacancies but none with the
// skill stands as zero, and a period without any row of the cell as no_data.
func (s *Store) ListSeries(ctx context.Context, q talent.SeriesQuery) ([]talent.Series, error) {
	args := []any{
		named("grain", string(q.Grain)), named("skill", q.Skill), named("region", q.Region), named("industry", q.Industry),
		named("tier", q.Tier), named("first", q.First.Format(time.DateOnly)), named("last", q.Last.Format(time.DateOnly)),
	}
	keys, err := s.listedKeys(ctx, q, args)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	lo, hi := keys[0], keys[len(keys)-1]
	args[5] = named("first", max(q.First.Add(-q.Lead).Format(time.DateOnly), "1970-01-01"))
	got, err := rows[cellRow](ctx, s, "series", `
SELECT `+cellColumns+` FROM gap_series
WHERE `+listedWhere+` AND (skill = '' OR (`+listedSkill+`
  AND `+keyRange+`))
ORDER BY grain, skill, region, industry, tier, period LIMIT 1 BY grain, skill, region, industry, tier, period`,
		append(append(args, keyArgs("lo_", lo)...), keyArgs("hi_", hi)...)...)
	if err != nil {
		return nil, err
	}
	return denseOf(keys, got), nil
}

// keyRange keeps the keys from the one of keyArgs("lo_") to that of keyArgs("hi_"), both included.
const keyRange = `(grain, skill, region, industry, tier) >= ({lo_grain:String}, {lo_skill:String}, {lo_region:String}, {lo_industry:String}, {lo_tier:String})
  AND (grain, skill, region, industry, tier) <= ({hi_grain:String}, {hi_skill:String}, {hi_region:String}, {hi_industry:String}, {hi_tier:String})`

// listedSkill is the condition on the skill; the exposure rows are not series of their own.
const listedSkill = `({skill:String} = '' OR skill = {skill:String}) AND skill != ''`

func (s *Store) listedKeys(ctx context.Context, q talent.SeriesQuery, args []any) ([]talent.SeriesKey, error) {
	query := `SELECT grain, skill, region, industry, tier FROM gap_series WHERE ` + listedWhere + ` AND ` + listedSkill
	if q.After != nil {
		query += ` AND (grain, skill, region, industry, tier) > ({a_grain:String}, {a_skill:String}, {a_region:String}, {a_industry:String}, {a_tier:String})`
		args = append(slices.Clip(args), keyArgs("a_", *q.After)...)
	}
	query += ` GROUP BY grain, skill, region, industry, tier ORDER BY grain, skill, region, industry, tier LIMIT {limit:UInt32}`
	type row struct {
		Grain    string `ch:"grain"`
		Skill    string `ch:"skill"`
		Region   string `ch:"region"`
		Industry string `ch:"industry"`
		Tier     string `ch:"tier"`
	}
	got, err := rows[row](ctx, s, "keys of series", query, append(slices.Clip(args), named("limit", q.Limit))...)
	if err != nil {
		return nil, err
	}
	keys := make([]talent.SeriesKey, len(got))
	for i, r := range got {
		keys[i] = talent.SeriesKey{Grain: talent.Grain(r.Grain), Skill: r.Skill, Region: r.Region, Industry: r.Industry, Tier: talent.Tier(r.Tier)}
	}
	return keys, nil
}

func keyArgs(prefix string, k talent.SeriesKey) []any {
	return []any{
		named(prefix+"grain", string(k.Grain)), named(prefix+"skill", k.Skill), named(prefix+"region", k.Region),
		named(prefix+"industry", k.Industry), named(prefix+"tier", string(k.Tier)),
	}
}
