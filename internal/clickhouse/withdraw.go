package clickhouse

import (
	"context"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// A source is withdrawn by newer rows under the same keys, never by deleting: whoever reads a message of it again, or
// compares what was stored with what is there, finds the later version. A withdrawn posting has no grain, and of its
// content only source, vacancy and day; a withdrawn run has no outcome, a withdrawn page no status, a withdrawn
// source no kind.

// SourceFacts is what would change if a source were withdrawn.
type SourceFacts struct {
	Postings  uint64    `ch:"postings"`
	Vacancies uint64    `ch:"vacancies"`
	Shared    uint64    `ch:"shared"` // vacancies that other sources have too
	Skills    uint64    `ch:"skills"` // with at least one posting
	Hidden    uint64    `ch:"hidden"` // postings whose key held personal data
	First     time.Time `ch:"first"`
	Last      time.Time `ch:"last"`
	Weeks     uint64    `ch:"weeks"`  // periods that hold its postings
	Months    uint64    `ch:"months"` // the same, of a monthly source
}

// SourceFacts counts what a source has brought in.
func (s *Store) SourceFacts(ctx context.Context, source string) (SourceFacts, error) {
	got, err := rows[SourceFacts](ctx, s, "facts of a source", `
		SELECT count() AS postings, uniqExact(vacancy_id) AS vacancies, uniqExactArray(skills) AS skills, min(date) AS first, max(date) AS last,
			uniqExactIf(vacancy_id, vacancy_id GLOBAL IN (SELECT vacancy_id FROM postings FINAL WHERE source != {source:String} AND grain != '')) AS shared,
			countIf(match(key, {hidden:String})) AS hidden, uniqExactIf(toMonday(date), grain = 'week') AS weeks, uniqExactIf(toStartOfMonth(date), grain = 'month') AS months
		FROM postings FINAL WHERE source = {source:String} AND grain != ''`, named("source", source), named("hidden", "^"+talent.HiddenKey("[0-9a-f]{32}")+"$"))
	if err != nil {
		return SourceFacts{}, err
	}
	return got[0], nil
}

// WithdrawPostings takes every posting of a source out of the facts; MarkWithdrawn has to follow.
func (s *Store) WithdrawPostings(ctx context.Context, source string) error {
	return s.exec(ctx, "withdraw postings of "+source, `INSERT INTO postings
		SELECT * REPLACE('' AS grain, '' AS key, '' AS url, '' AS title, '' AS employer, '' AS employer_key, '' AS location, '' AS text,
			[] AS skills, [] AS mentioned, greatest(version + 1, {version:UInt64}) AS version, now64(3) AS inserted_at)
		FROM (SELECT * FROM postings FINAL WHERE source = {source:String} AND grain != '')`,
		named("source", source), named("version", uint64(time.Now().UnixNano())))
}

// MarkWithdrawn marks every period that a withdrawn posting of a source had a part in. It may be repeated.
func (s *Store) MarkWithdrawn(ctx context.Context, source string) error {
	return s.exec(ctx, "mark the periods of "+source, `INSERT INTO period_marks (grain, period)
		SELECT DISTINCT place.1 AS grain, place.2 AS period FROM (
			SELECT arrayJoin([('week', toDate32(toMonday(day))), ('month', toDate32(toStartOfMonth(day)))]) AS place
			FROM (SELECT DISTINCT arrayJoin([date, date + {days:UInt16}]) AS day FROM postings FINAL WHERE source = {source:String} AND grain = '')
		) WHERE place GLOBAL IN (SELECT (toString(grain), period) FROM period_marks)`, named("source", source), named("days", talent.VacancyDays))
}

// ForgetCrawl forgets which pages of a source were read, and its runs.
func (s *Store) ForgetCrawl(ctx context.Context, source string) error {
	if err := s.exec(ctx, "forget the pages of "+source, `INSERT INTO crawl_pages
		SELECT * REPLACE('' AS etag, '' AS last_modified, '' AS content_hash, now64(3) AS last_seen, 0 AS status)
		FROM (SELECT * FROM crawl_pages FINAL WHERE source = {source:String} AND status != 0)`, named("source", source)); err != nil {
		return err
	}
	return s.exec(ctx, "forget the runs of "+source, `INSERT INTO crawl_runs
		SELECT * REPLACE('' AS outcome, '' AS reason, '' AS notes, now64(3) AS ended)
		FROM (SELECT * FROM crawl_runs FINAL WHERE source = {source:String} AND outcome != '')`, named("source", source))
}

// ForgetSource takes a source from the list of sources.
func (s *Store) ForgetSource(ctx context.Context, source string) error {
	return insert(ctx, s, "sources", "", "INSERT INTO sources (name, version)", 1, func(int) []any { return []any{source, uint64(time.Now().UnixMicro())} })
}

// copyAtOnce is how many postings one statement copies: their ids are parameters of it.
const copyAtOnce = 1000

// CopySource gives every posting, page and run of a source to another name as well: postings under the ids that
// follow from that name, with their vacancies and versions as they are, so nothing is counted that was not counted
// before. It may be repeated.
func (s *Store) CopySource(ctx context.Context, from, to string) error {
	type row struct {
		ID  string `ch:"id"`
		Key string `ch:"key"`
	}
	for after := ""; ; {
		got, err := rows[row](ctx, s, "postings of "+from, `SELECT id, key FROM postings FINAL
			WHERE source = {source:String} AND grain != '' AND id > {after:String} ORDER BY id LIMIT {n:UInt32}`,
			named("source", from), named("after", after), named("n", copyAtOnce))
		if err != nil {
			return err
		}
		if len(got) == 0 {
			break
		}
		before, now := make([]string, len(got)), make([]string, len(got))
		for i, r := range got {
			before[i], now[i] = r.ID, talent.PostingID(to, r.Key)
			after = r.ID
		}
		if err := s.exec(ctx, "copy postings of "+from, `INSERT INTO postings
			WITH splitByChar(',', {before:String}) AS olds, splitByChar(',', {now:String}) AS news
			SELECT * REPLACE(news[indexOf(olds, id)] AS id, {to:String} AS source, now64(3) AS inserted_at)
			FROM (SELECT * FROM postings FINAL WHERE id IN splitByChar(',', {before:String}))`,
			named("before", strings.Join(before, ",")), named("now", strings.Join(now, ",")), named("to", to)); err != nil {
			return err
		}
	}
	for _, table := range []string{"crawl_pages FINAL WHERE source = {from:String} AND status != 0", "crawl_runs FINAL WHERE source = {from:String} AND outcome != ''"} {
		name, _, _ := strings.Cut(table, " ")
		if err := s.exec(ctx, "copy "+name+" of "+from, "INSERT INTO "+name+" SELECT * REPLACE({to:String} AS source) FROM (SELECT * FROM "+table+")",
			named("from", from), named("to", to)); err != nil {
			return err
		}
	}
	return nil
}
