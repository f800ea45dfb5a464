package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PageRuns returns the latest n crawl runs of every source; by source, latest first.
func (s *Store) PageRuns(ctx context.Context, n int) ([]talent.CrawlRun, error) {
	return s.runs(ctx, "SELECT "+runColumns+" FROM crawl_runs FINAL WHERE outcome != '' ORDER BY source, started DESC, id LIMIT {n:UInt32} BY source", named("n", n))
}

// PageSourceTotals is what one source has brought in.
type PageSourceTotals struct {
	Source    string    `ch:"source"`
	Postings  uint64    `ch:"postings"`
	Vacancies uint64    `ch:"vacancies"`
	Stated    uint64    `ch:"stated"`     // postings whose date is their own
	NoRegion  uint64    `ch:"no_region"`  // postings whose region could not be told
	NoSkill   uint64    `ch:"no_skill"`   // postings in which no skill was found
	LastSeen  time.Time `ch:"last_seen"`  // latest read
	FirstDate time.Time `ch:"first_date"` // earliest date of a posting
	LastDate  time.Time `ch:"last_date"`  // latest date of a posting
}

// PageSourceTotals counts the postings of every source. It reads all of the postings' narrow columns: callers keep
// the answer for some seconds.
func (s *Store) PageSourceTotals(ctx context.Context) ([]PageSourceTotals, error) {
	return rows[PageSourceTotals](ctx, s, "totals of the sources", `
SELECT source, count() AS postings, uniqExact(vacancy_id) AS vacancies, countIf(date_basis = 'stated') AS stated,
       countIf(region = '') AS no_region, countIf(empty(skills)) AS no_skill, max(fetched) AS last_seen, min(date) AS first_date, max(date) AS last_date
FROM postings FINAL WHERE grain != '' GROUP BY source ORDER BY source`)
}

// PagePosting is a posting as evidence: masked text, one per vacancy.
type PagePosting struct {
	ID        string    `ch:"id"`
	Source    string    `ch:"source"`
	URL       string    `ch:"url"`
	Title     string    `ch:"title"`
	Employer  string    `ch:"employer"`
	Location  string    `ch:"location"`
	Region    string    `ch:"region"`
	Tier      string    `ch:"tier"`
	Date      time.Time `ch:"date"`
	DateBasis string    `ch:"date_basis"`
	Openings  uint32    `ch:"openings"`
	Stated    bool      `ch:"openings_stated"`
	Skills    []string  `ch:"skills"`
	Text      string    `ch:"snippet"`
	Vacancy   string    `ch:"vacancy_id"`
}

// PagePostings returns at most limit vacancies that ask for the skill of key in its cell, dated from first to before
// end, latest first. Texts are cut to 1,200 characters.
func (s *Store) PagePostings(ctx context.Context, key talent.SeriesKey, first, end time.Time, limit int) ([]PagePosting, error) {
	const where = `has(skills, {skill:String}) AND grain = {grain:String} AND date >= {first:Date32} AND date < {end:Date32}
      AND ({region:String} = '' OR region = {region:String} OR (length(region) = 6 AND concat(substring(region, 1, 2), '0000') = {region:String}))
      AND ({industry:String} = '' OR industry = {industry:String}) AND ({tier:String} = '' OR tier = {tier:String})`
	// The inner query reads narrow columns only; texts are read for the few rows that are shown.
	return rows[PagePosting](ctx, s, "postings of a skill", `
SELECT id, source, url, title, employer, location, region, tier, date, date_basis, openings, openings_stated, skills,
       substringUTF8(text, 1, 1200) AS snippet, vacancy_id
FROM postings FINAL
WHERE id GLOBAL IN (SELECT id FROM postings WHERE `+where+` ORDER BY date DESC, id LIMIT {scan:UInt32}) AND `+where+`
ORDER BY date DESC, id LIMIT 1 BY vacancy_id LIMIT {limit:UInt32}`,
		append(cellArgs(key), named("skill", key.Skill), named("first", first.Format(time.DateOnly)),
			named("end", end.Format(time.DateOnly)), named("scan", 8*limit), named("limit", limit))...)
}
