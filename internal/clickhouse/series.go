package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// published keeps the rows of gap_series that belong to the latest finished roll-up of their period.
const published = `(grain, period, version) IN (SELECT grain, period, max(version) FROM period_rollups GROUP BY grain, period)`

// seriesRow is a row of gap_series.
type seriesRow struct {
	Skill      string    `ch:"skill"`
	Region     string    `ch:"region"`
	Industry   string    `ch:"industry"`
	Tier       string    `ch:"tier"`
	Period     time.Time `ch:"period"`
	Openings   float64   `ch:"openings"`
	Vacancies  uint32    `ch:"vacancies"`
	Exposure   uint32    `ch:"exposure"`
	Employers  uint32    `ch:"employers"`
	Requested  float64   `ch:"requested"`
	Requesters uint32    `ch:"requesters"`
	Judged     float64   `ch:"judged"`
	Supply     *float64  `ch:"supply"`
	State      string    `ch:"state"`
	Hidden     uint8     `ch:"hidden"`
}

// countedColumns are those of seriesRow that the roll-up counts from the facts.
const (
	countedColumns = "skill, region, industry, tier, period, openings, vacancies, exposure, employers, requested, requesters, judged, supply, state"
	seriesColumns  = countedColumns + ", hidden"
)

func (r seriesRow) point() talent.Point {
	return talent.Point{Period: r.Period.UTC(), Openings: r.Openings, Vacancies: int(r.Vacancies), Exposure: int(r.Exposure),
		Employers: int(r.Employers), Requested: r.Requested, Requesters: int(r.Requesters), Judged: r.Judged, Supply: r.Supply, State: talent.DataState(r.State), Hidden: talent.Hidden(r.Hidden)}
}

// gap is that of the point, nil where it has none.
func (r *seriesRow) gap() *float64 {
	if g, ok := r.point().Gap(); ok {
		return &g
	}
	return nil
}

type cell struct {
	region, industry, tier string
}

// Series returns one series from … through (first days of periods, both included; zero times leave the range open),
// dense and in order; it is empty when its cell has no period in the range.
func (s *Store) Series(ctx context.Context, key talent.SeriesKey, from, through time.Time) (talent.Series, error) {
	got, err := rows[seriesRow](ctx, s, "series of "+key.Skill, "SELECT "+seriesColumns+` FROM gap_series FINAL
		WHERE `+cellIs+` AND skill IN ('', {skill:String}) AND period BETWEEN toDate32({from:String}) AND toDate32({through:String}) AND `+published+`
		ORDER BY skill, period`,
		append(append(rangeArgs(from, through), cellArgs(key)...), named("skill", key.Skill))...)
	if err != nil {
		return talent.Series{}, err
	}
	return talent.Series{Key: key, Points: framed(key, got)}, nil
}

// framed lays the rows of a skill into those of its cell, which are the rows without a skill.
func framed(key talent.SeriesKey, got []seriesRow) []talent.Point {
	var frame, own []talent.Point
	for _, r := range got {
		if r.Skill == "" {
			frame = append(frame, r.point())
		}
		if r.Skill == key.Skill {
			own = append(own, r.point())
		}
	}
	return dense(key.Grain, frame, own, time.Now())
}

// EachSeries hands over every series of a grain that has at least one period with demand in the range, dense
// over the periods of its cell. The order is by cell, then skill. It stops at the first error of each.
func (s *Store) EachSeries(ctx context.Context, grain talent.Grain, from, through time.Time, each func(talent.Series) error) error {
	now := time.Now()
	args := append(rangeArgs(from, through), named("grain", string(grain)))
	const where = ` FROM gap_series FINAL WHERE grain = {grain:String} AND period BETWEEN toDate32({from:String}) AND toDate32({through:String}) AND ` + published
	frames, err := rows[seriesRow](ctx, s, "exposure", "SELECT "+seriesColumns+where+" AND skill = '' ORDER BY region, industry, tier, period", args...)
	if err != nil {
		return err
	}
	frame := map[cell][]talent.Point{}
	for _, r := range frames {
		c := cell{r.Region, r.Industry, r.Tier}
		frame[c] = append(frame[c], r.point())
	}
	stream, err := s.conn.Query(ctx, "SELECT "+seriesColumns+where+" AND skill != '' ORDER BY region, industry, tier, skill, period", args...)
	if err != nil {
		return fmt.Errorf("read series by %s: %w", grain, err)
	}
	defer stream.Close()
	var key talent.SeriesKey
	var own []talent.Point
	flush := func() error {
		if len(own) == 0 {
			return nil
		}
		pts := dense(grain, frame[cell{key.Region, key.Industry, string(key.Tier)}], own, now)
		own = own[:0]
		if len(pts) == 0 {
			return nil
		}
		return each(talent.Series{Key: key, Points: pts})
	}
	for stream.Next() {
		var r seriesRow
		if err := stream.ScanStruct(&r); err != nil {
			return fmt.Errorf("scan series by %s: %w", grain, err)
		}
		k := talent.SeriesKey{Grain: grain, Skill: r.Skill, Region: r.Region, Industry: r.Industry, Tier: talent.Tier(r.Tier)}
		if k != key {
			if err := flush(); err != nil {
				return err
			}
			key = k
		}
		own = append(own, r.point())
	}
	if err := stream.Err(); err != nil {
		return fmt.Errorf("read series by %s: %w", grain, err)
	}
	return flush()
}

// dense puts a skill's points into the frame of its cell: a period of the frame without the skill is zero
// demand, a period without a frame row has no data, and a period that has not ended is partial.
func dense(grain talent.Grain, frame, own []talent.Point, now time.Time) []talent.Point {
	if len(frame) == 0 {
		return nil
	}
	at := make(map[int64]talent.Point, len(own))
	for _, p := range own {
		at[p.Period.Unix()] = p
	}
	byDay := make(map[int64]talent.Point, len(frame))
	for _, p := range frame {
		byDay[p.Period.Unix()] = p
	}
	var out []talent.Point
	for day := frame[0].Period; !day.After(frame[len(frame)-1].Period); day = grain.Add(day, 1) {
		f, known := byDay[day.Unix()]
		p, has := at[day.Unix()]
		switch {
		case !known:
			p = talent.Point{Period: day, State: talent.StateNoData}
		case !has:
			p = talent.Point{Period: day, Exposure: f.Exposure, Supply: zeroOf(f.Supply), State: f.State, Hidden: f.Hidden}
		}
		if known && p.State == talent.StateOK && grain.Add(day, 1).After(now) {
			p.State = talent.StatePartial
		}
		out = append(out, p)
	}
	return out
}

// zeroOf is zero where supply is known and nil where it is not: a skill without a row is taught by no
// registered programme.
func zeroOf(supply *float64) *float64 {
	if supply == nil {
		return nil
	}
	var zero float64
	return &zero
}

// rangeArgs are {from} and {through}; zero times leave the range open.
func rangeArgs(from, through time.Time) []any {
	if from.IsZero() {
		from = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if through.IsZero() {
		through = time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return []any{named("from", from.Format(time.DateOnly)), named("through", through.Format(time.DateOnly))}
}
