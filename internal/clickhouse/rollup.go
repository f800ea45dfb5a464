package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// rollUpRows is how many rows of series are written at once.
const rollUpRows = 100_000

// RollUp recomputes whole periods of one grain from the facts and then publishes them, so a reader sees a
// period before or after, never in between. Doing it twice, or in two processes at once, changes nothing.
func (s *Store) RollUp(ctx context.Context, grain talent.Grain, dirty []talent.DirtyPeriod) error {
	if len(dirty) == 0 {
		return nil
	}
	if err := s.Intact(ctx); err != nil { // what is lost is not published as if it had never been
		return fmt.Errorf("roll up: %w", err)
	}
	periods := make([]time.Time, len(dirty))
	version := make(map[int64]uint64, len(dirty)) // each period its own mark: one that becomes visible late must still be newer than what was rolled up
	for i, d := range dirty {
		periods[i] = d.Period
		version[d.Period.Unix()] = d.Version
	}
	counted, err := rows[seriesRow](ctx, s, "cells to roll up", "SELECT "+countedColumns+" FROM ("+cellsQuery(grain)+") ORDER BY period, skill", cellsArgs(grain, periods)...)
	if err != nil {
		return fmt.Errorf("roll up %d periods by %s: %w", len(dirty), grain, err)
	}
	hide(grain, counted, s.cfg.LeastParties)
	counted = slices.DeleteFunc(counted, func(r seriesRow) bool {
		return slices.Contains([]string{r.Region, r.Industry, r.Tier}, talent.Unstated)
	})
	for batch := range slices.Chunk(counted, rollUpRows) {
		type row = seriesRow
		err := insertColumns(ctx, s, "series", "", `INSERT INTO gap_series (grain, skill, region, industry, tier, period, openings, vacancies, exposure, employers,
			requested, requesters, judged, supply, gap, state, hidden, version)`,
			column(batch, func(*row) string { return string(grain) }), column(batch, func(r *row) string { return r.Skill }),
			column(batch, func(r *row) string { return r.Region }), column(batch, func(r *row) string { return r.Industry }),
			column(batch, func(r *row) string { return r.Tier }), column(batch, func(r *row) time.Time { return r.Period }),
			column(batch, func(r *row) float64 { return r.Openings }), column(batch, func(r *row) uint32 { return r.Vacancies }),
			column(batch, func(r *row) uint32 { return r.Exposure }), column(batch, func(r *row) uint32 { return r.Employers }),
			column(batch, func(r *row) float64 { return r.Requested }), column(batch, func(r *row) uint32 { return r.Requesters }),
			column(batch, func(r *row) float64 { return r.Judged }), column(batch, func(r *row) *float64 { return r.Supply }),
			column(batch, func(r *row) *float64 { return r.gap() }), column(batch, func(r *row) string { return r.State }),
			column(batch, func(r *row) uint8 { return r.Hidden }),
			column(batch, func(r *row) uint64 { return version[r.Period.Unix()] }))
		if err != nil {
			return fmt.Errorf("roll up %d periods by %s: %w", len(dirty), grain, err)
		}
	}
	return insert(ctx, s, "period roll-ups", "", "INSERT INTO period_rollups (grain, period, version)", len(dirty), func(i int) []any {
		return []any{string(grain), dirty[i].Period, dirty[i].Version}
	})
}

// Recount computes one series straight from the facts, past gap_series: what explain compares with.
func (s *Store) Recount(ctx context.Context, key talent.SeriesKey, from, through time.Time) ([]talent.Point, error) {
	var periods []time.Time
	for p := key.Grain.Start(from); !p.After(through); p = key.Grain.Add(p, 1) {
		periods = append(periods, p)
	}
	if len(periods) == 0 {
		return nil, nil
	}
	got, err := rows[seriesRow](ctx, s, "recount of "+key.Skill, "SELECT "+countedColumns+" FROM ("+cellsQuery(key.Grain)+`)
		WHERE skill IN ('', {skill:String}) AND region = {region:String} AND industry = {industry:String} AND tier = {tier:String} ORDER BY skill, period`,
		append(cellsArgs(key.Grain, periods), named("skill", key.Skill), named("region", key.Region),
			named("industry", key.Industry), named("tier", string(key.Tier)))...)
	if err != nil {
		return nil, err
	}
	return framed(key, got), nil
}

// cellsArgs are the parameters of cellsQuery: the periods, and the days that they and the memory of vacancies
// span.
func cellsArgs(grain talent.Grain, periods []time.Time) []any {
	days := make([]string, len(periods))
	first, last := periods[0], periods[0]
	for i, p := range periods {
		days[i] = p.Format(time.DateOnly)
		if p.Before(first) {
			first = p
		}
		if p.After(last) {
			last = p
		}
	}
	return []any{
		named("grain", string(grain)), named("periods", strings.Join(days, ",")),
		named("from", first.AddDate(0, 0, -talent.VacancyDays).Format(time.DateOnly)), named("until", grain.Add(last, 1).Format(time.DateOnly)),
		named("first", first.Format(time.DateOnly)), named("year", fmt.Sprint(grain.PerYear())),
		named("judged_heads", fmt.Sprint(talent.JudgedHeads)), named("judged_parties", fmt.Sprint(talent.JudgedParties)),
		named("vacancy_days", talent.VacancyDays), named("down_days", talent.DownDays), named("down_share", talent.DownShare),
		named("good", texts(talent.GoodOutcomes())),
	}
}

// province is talent.Province of the column region.
const province = "if(length(region) = 6, concat(substring(region, 1, 2), '0000'), toString(region))"

// stated is an expression of a column, or talent.Unstated where the column is empty.
func stated(column, expression string) string {
	return "if(" + column + " = '', '" + talent.Unstated + "', " + expression + ")"
}

// texts are named values as a parameter of the type Array(String).
func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// cellsQuery selects the numbers of every cell and skill of the periods in {periods} straight from the facts:
// skill, region, industry, tier, period, openings, vacancies, exposure, employers, requested, requesters, judged, supply,
// state.
// Cells are the whole market, each region (province or country), industry and tier, and region × industry. What states
// no region, industry or tier is counted under talent.Unstated, which no one publishes.
// The row of skill ” carries the cell: its vacancies are the exposure.
func cellsQuery(grain talent.Grain) string {
	start := "toMonday"
	if grain == talent.Month {
		start = "toStartOfMonth"
	}
	return strings.NewReplacer("$start", "toDate32("+start, "$province", province,
		"$place", stated("region", province), "$branch", stated("industry", "toString(industry)"), "$level", stated("tier", "toString(tier)")).Replace(`
WITH
	arrayMap(x -> toDate32(x), splitByChar(',', {periods:String})) AS wanted,
	-- a copy within {vacancy_days} days of the one before it is the same vacancy
	vacancies AS (
		SELECT period, place, branch, level, openings, skills, employer FROM (
			SELECT $start(date)) AS period, openings, skills, date,
				$place AS place, $branch AS branch, $level AS level,
				if(employer_key = '', vacancy_id, employer_key) AS employer,
				any(toNullable(date)) OVER (PARTITION BY vacancy_id ORDER BY date, id ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before
			FROM postings FINAL
			WHERE grain = {grain:String} AND date >= toDate32({from:String}) AND date < toDate32({until:String})
		) WHERE has(wanted, period) AND (before IS NULL OR dateDiff('day', before, date) > {vacancy_days:UInt16})
	),
	-- heads a year that each programme supplies of each skill: all of the cohort for a required
	-- course, the seats of an elective, which are not more than the cohort and all of it where they are not limited
	supplied AS (
		SELECT p.id AS id, p.region AS region, p.since AS since, c.skill AS skill,
			if(max(c.required) = 1, p.cohort, max(if(c.seats = 0, p.cohort, least(c.seats, p.cohort)))) AS heads
		FROM (SELECT id, $province AS region, toDate32(makeDate(first_year, graduation_month, 1)) AS since, cohort_size AS cohort, version
			FROM programmes FINAL WHERE NOT closed) AS p
		INNER JOIN (SELECT programme_id, arrayJoin(skills) AS skill, toUInt8(required) AS required, seats, version FROM courses FINAL) AS c
			ON p.id = c.programme_id AND p.version = c.version
		GROUP BY id, region, since, skill, p.cohort
	),
	-- where supply is known at all, and since when
	(SELECT groupArray(($province, toDate32(makeDate(first_year, graduation_month, 1)))) FROM programmes FINAL WHERE NOT closed) AS schools,
	-- what each organisation asks for, and of that what is judged (talent.Winsor)
	asked AS (
		SELECT period, cell, skill, sum(heads) AS requested, toUInt32(count()) AS requesters, arrayReverseSort(groupArray(heads)) AS each,
			if(requesters < {judged_parties:UInt8}, 0., least({judged_heads:Float64}, each[{judged_parties:UInt8}])) AS most,
			arraySum(x -> least(x, most), each) AS judged
		FROM (
			SELECT $start(toDate32(created_at))) AS period,
				arrayJoin([('', '', ''), ($place, '', ''), ('', $branch, ''), ('', '', $level), ($place, $branch, '')]) AS cell,
				arrayJoin(['', toString(requests.skill)]) AS skill, org, sum(toFloat64(requests.heads)) AS heads
			FROM requests FINAL WHERE NOT withdrawn AND state = '' AND has(wanted, period)
			GROUP BY period, cell, skill, org
		) GROUP BY period, cell, skill
	),
	parts AS (
		SELECT period, arrayJoin([('', '', ''), (place, '', ''), ('', branch, ''), ('', '', level), (place, branch, '')]) AS cell,
			arrayJoin(arrayPushFront(arrayMap(x -> toString(x), skills), '')) AS skill,
			toFloat64(openings) AS open, toUInt32(1) AS vacancy, employer, 0. AS request, toUInt32(0) AS requester, 0. AS judge, 0. AS supplies
		FROM vacancies
		UNION ALL
		SELECT period, cell, skill, 0., toUInt32(0), '', requested, requesters, judged, 0. FROM asked
		UNION ALL
		SELECT arrayJoin(wanted) AS period, arrayJoin(arrayDistinct([('', '', ''), (region, '', '')])) AS cell, toString(skill),
			0., toUInt32(0), '', 0., toUInt32(0), 0., heads / {year:Float64}
		FROM supplied WHERE since <= period
	),
	-- sources that had runs in a period, none of them good, weighted by their share of the postings of the quarter before it
	down AS (
		SELECT period, sum(weight) AS share FROM (
			SELECT r.period AS period, r.source AS source, countIf(p.source = r.source) / count() AS weight
			FROM (SELECT source, date FROM postings FINAL
				WHERE grain = {grain:String} AND date >= toDate32({first:String}) - {down_days:UInt16} AND date < toDate32({until:String})) AS p
			CROSS JOIN (SELECT source, $start(toDate32(ended))) AS period FROM crawl_runs FINAL WHERE has(wanted, period)
				GROUP BY source, period HAVING countIf(outcome IN {good:Array(String)}) = 0) AS r
			WHERE p.date >= r.period - {down_days:UInt16} AND p.date < r.period GROUP BY period, source
		) GROUP BY period
	),
	summed AS (
		SELECT period, cell, skill, sum(open) AS openings, toUInt32(sum(vacancy)) AS vacancies,
			toUInt32(uniqExactIf(employer, vacancy = 1)) AS employers, sum(request) AS requested,
			toUInt32(sum(requester)) AS requesters, sum(judge) AS judged, sum(supplies) AS supply
		FROM parts GROUP BY period, cell, skill
	)
SELECT skill, cell.1 AS region, cell.2 AS industry, cell.3 AS tier, period, openings, vacancies, employers, requested, requesters, judged,
	toUInt32(sumIf(vacancies, skill = '') OVER (PARTITION BY period, cell)) AS exposure,
	-- supply is known where a programme of the cell is registered; other cells do not know it, which is not zero
	if(cell.2 = '' AND cell.3 = '' AND arrayExists(x -> x.2 <= period AND (cell.1 = '' OR x.1 = cell.1), schools), toNullable(supply), NULL) AS supply,
	multiIf(exposure = 0, 'no_data', (period IN (SELECT period FROM down WHERE share >= {down_share:Float64})), 'source_down', 'ok') AS state
FROM summed`)
}
