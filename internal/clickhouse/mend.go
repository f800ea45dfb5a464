package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// AttachTable gives a table whose definition was lost its data again, by the statement that the inventory kept.
func (s *Store) AttachTable(ctx context.Context, t Table) error {
	rest, ok := strings.CutPrefix(t.Definition, "CREATE TABLE ")
	if !ok {
		return fmt.Errorf("attach table %s: its definition is not known", t.Name)
	}
	return s.exec(ctx, "attach table "+t.Name, "ATTACH TABLE "+rest)
}

// RecreateTable makes a missing table again, empty, by the migrations that speak of it.
func (s *Store) RecreateTable(ctx context.Context, name string) error {
	all, err := migrations()
	if err != nil {
		return err
	}
	for _, m := range append([]migration{ledger()}, all...) {
		if strings.Contains(m.text, `table "`+name+`"`) || strings.Contains(m.text, `distributed "`+name+`"`) {
			if err := s.apply(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// DetachPart puts a part aside, so that queries no longer meet it.
func (s *Store) DetachPart(ctx context.Context, p Part) error {
	return s.exec(ctx, "detach part", "ALTER TABLE "+p.Table+" DETACH PART '"+quoted(p.Name)+"'")
}

// AttachPart takes a detached part up again.
func (s *Store) AttachPart(ctx context.Context, p Part) error {
	return s.exec(ctx, "attach part", "ALTER TABLE "+p.Table+" ATTACH PART '"+quoted(p.Name)+"'")
}

// SalvageRows copies the rows of a damaged part from one position up to another, which is not included, beside it.
func (s *Store) SalvageRows(ctx context.Context, p Part, from, to uint64) error {
	return s.exec(ctx, "salvage rows", "INSERT INTO "+p.Table+" SELECT * FROM "+p.Table+" WHERE _part = {part:String} AND _part_offset >= {from:UInt64} AND _part_offset < {to:UInt64}",
		named("part", p.Name), named("from", from), named("to", to))
}

// MarkEverything marks every period that any fact or roll-up knows, so that all series are counted again.
func (s *Store) MarkEverything(ctx context.Context) error {
	return s.exec(ctx, "mark every period", `INSERT INTO period_marks (grain, period)
		SELECT DISTINCT grain, period FROM (
			SELECT toString(grain) AS grain, toDate32(if(grain = 'month', toStartOfMonth(date), toMonday(date))) AS period FROM postings WHERE grain != ''
			UNION ALL SELECT toString(grain), toDate32(if(grain = 'month', toStartOfMonth(date + {days:UInt16}), toMonday(date + {days:UInt16}))) FROM postings WHERE grain != ''
			UNION ALL SELECT 'week', toDate32(toMonday(toDate32(created_at))) FROM requests
			UNION ALL SELECT 'month', toDate32(toStartOfMonth(toDate32(created_at))) FROM requests
			UNION ALL SELECT toString(grain), period FROM period_rollups
			UNION ALL SELECT toString(grain), period FROM period_marks)`, named("days", talent.VacancyDays))
}

// Probe writes one row, to learn whether the store can write.
func (s *Store) Probe(ctx context.Context) error {
	return s.exec(ctx, "write a row", "INSERT INTO probes (name) SELECT 'ready'")
}

func (s *Store) exec(ctx context.Context, what, query string, args ...any) error {
	if err := s.conn.Exec(ctx, query, args...); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
