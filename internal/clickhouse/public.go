package clickhouse

import (
	"context"
	"fmt"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PublicTables are what anybody may read on the embedded engine's open port, by name. Every table and view that is
// not here is private, also one that a later migration adds. Public are what is published anyway, and series in a
// form that tells of nobody:
//
//   - public_series: the market as a whole, without small cells, see publicSeries.
//   - alerts, alert_events: warnings with their evidence, which holds no number that is hidden (talent.Evidence.Public).
//   - skills: the taxonomy. period_rollups: when a period was counted.
//
// Private stay
//
//   - postings: employers by name, texts, addresses of pages; each row is a cell of one.
//   - gap_series, bands: regions, industries and tiers with one employer, direct requests, and the supply of single
//     schools; also as the difference between a cell and the cells around it.
//   - requests, programmes, courses, organisations, api_keys, receivers, notifications, idempotency: who asks for
//     whom, who teaches what, who is told what where, and secrets.
//   - crawl_pages, crawl_runs, sources, period_marks, schema_migrations: how the operator works; addresses, errors.
func PublicTables() []string {
	return []string{"public_series", "alerts", "alert_events", "skills", "period_rollups"}
}

// publicSeries shows published rows of the whole market, which contain each other nowhere, so that no difference
// between two tells of a third. It leaves out requests and supply, and gaps, which are made of both. A number with
// fewer than Config.LeastParties behind it is null and its state says so. Rows that only requests made are left out.
//
// The view reads with the rights of its maker: who may read it may not read what it is made of.
const publicSeries = `CREATE OR REPLACE VIEW public_series DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT grain, skill, period,
	if(small, NULL, openings) AS openings, if(small, NULL, vacancies) AS vacancies, if(small, NULL, employers) AS employers,
	if(small, NULL, exposure) AS exposure, if(small, 'suppressed', state) AS state
FROM (
	SELECT grain, skill, period, openings, vacancies, employers, exposure, CAST(state AS String) AS state,
		bitAnd(hidden, %d) > 0 AS small
	FROM gap_series FINAL
	WHERE region = '' AND industry = '' AND tier = '' AND (skill = '' OR vacancies > 0)
		AND (grain, period, version) IN (SELECT grain, period, max(version) FROM period_rollups GROUP BY grain, period)
)`

// Publish makes the views among PublicTables, anew at every start, so that they are always this program's. They are
// for the embedded engine; on a server the operator decides who reads what.
func (s *Store) Publish(ctx context.Context) error {
	if err := s.conn.Exec(ctx, fmt.Sprintf(publicSeries, talent.HiddenOpenings)); err != nil {
		return fmt.Errorf("make the public views: %w", err)
	}
	return nil
}
