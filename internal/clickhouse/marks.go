package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// MarkPeriods says that the facts of periods changed. It must be called after the facts were written: the
// roll-up that sees the mark then sees the facts.
func (s *Store) MarkPeriods(ctx context.Context, marks ...talent.PeriodMark) error {
	return insert(ctx, s, "period marks", "", "INSERT INTO period_marks (grain, period)", len(marks), func(i int) []any {
		return []any{string(marks[i].Grain), marks[i].Grain.Start(marks[i].Period)}
	})
}

// MarkAll marks every period that was ever marked: after supply changed, each may have another gap.
func (s *Store) MarkAll(ctx context.Context, from time.Time) error {
	if err := s.conn.Exec(ctx, `INSERT INTO period_marks (grain, period)
		SELECT DISTINCT grain, period FROM period_marks WHERE period >= toDate32({from:String})`,
		named("from", from.Format(time.DateOnly))); err != nil {
		return fmt.Errorf("mark periods since %s: %w", from.Format(time.DateOnly), err)
	}
	return nil
}

// DirtyPeriods lists the periods that were marked after their last roll-up, oldest first.
func (s *Store) DirtyPeriods(ctx context.Context) ([]talent.DirtyPeriod, error) {
	type row struct {
		Grain   string    `ch:"grain"`
		Period  time.Time `ch:"period"`
		Version uint64    `ch:"version"`
	}
	got, err := rows[row](ctx, s, "dirty periods", `
		SELECT m.grain AS grain, m.period AS period, m.version AS version
		FROM (SELECT grain, period, toUInt64(toUnixTimestamp64Micro(max(marked))) AS version FROM period_marks GROUP BY grain, period) AS m
		LEFT JOIN (SELECT grain, period, max(version) AS done FROM period_rollups GROUP BY grain, period) AS r
			ON m.grain = r.grain AND m.period = r.period
		WHERE m.version > r.done ORDER BY grain, period`)
	if err != nil {
		return nil, err
	}
	out := make([]talent.DirtyPeriod, len(got))
	for i, r := range got {
		out[i] = talent.DirtyPeriod{PeriodMark: talent.PeriodMark{Grain: talent.Grain(r.Grain), Period: r.Period}, Version: r.Version}
	}
	return out, nil
}

// Settling looks at the periods of a grain from … through.
func (s *Store) Settling(ctx context.Context, grain talent.Grain, from, through time.Time) (talent.Settling, error) {
	type row struct {
		Dirty  uint64    `ch:"dirty"`
		Rolled time.Time `ch:"rolled"`
	}
	got, err := rows[row](ctx, s, "state of the roll-up", `
		SELECT countIf(m.version > r.done) AS dirty, max(r.rolled) AS rolled
		FROM (SELECT period, toUInt64(toUnixTimestamp64Micro(max(marked))) AS version FROM period_marks
			WHERE grain = {grain:String} AND period BETWEEN toDate32({from:String}) AND toDate32({through:String}) GROUP BY period) AS m
		LEFT JOIN (SELECT period, max(version) AS done, max(rolled_at) AS rolled FROM period_rollups
			WHERE grain = {grain:String} GROUP BY period) AS r ON m.period = r.period`,
		append(rangeArgs(from, through), named("grain", string(grain)))...)
	if err != nil || len(got) == 0 {
		return talent.Settling{}, err
	}
	out := talent.Settling{Dirty: int(got[0].Dirty)}
	if got[0].Rolled.Unix() > 0 {
		out.Rolled = got[0].Rolled.UTC()
	}
	return out, nil
}

// RolledAfter lists the periods of a grain in from … through that were rolled up after a moment: facts that
// changed under an evaluation.
func (s *Store) RolledAfter(ctx context.Context, grain talent.Grain, from, through, after time.Time) ([]time.Time, error) {
	type row struct {
		Period time.Time `ch:"period"`
	}
	got, err := rows[row](ctx, s, "later roll-ups", `SELECT DISTINCT period FROM period_rollups WHERE grain = {grain:String}
		AND period BETWEEN toDate32({from:String}) AND toDate32({through:String}) AND rolled_at > fromUnixTimestamp64Milli({after:Int64}) ORDER BY period`,
		append(rangeArgs(from, through), named("grain", string(grain)), named("after", after.UnixMilli()))...)
	if err != nil {
		return nil, err
	}
	out := make([]time.Time, len(got))
	for i, r := range got {
		out[i] = r.Period
	}
	return out, nil
}
