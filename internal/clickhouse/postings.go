package clickhouse

import (
	"context"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutPostings writes posting facts; a batch that is written again under the same token changes nothing, and a
// posting that is written again under its id replaces itself.
func (s *Store) PutPostings(ctx context.Context, token string, facts []talent.PostingFact) error {
	const query = `INSERT INTO postings (id, source, key, url, title, employer, employer_key, location, region, industry, tier,
		education, experience_years, salary_min, salary_max, date, date_basis, openings, openings_stated, skills, mentioned,
		language, text, vacancy_id, grain, first_seen, fetched, taxonomy_version, extractor_version, dedup_version,
		kafka_partition, kafka_offset, version)`
	type fact = talent.PostingFact
	return insertColumns(ctx, s, "postings", token, query,
		column(facts, func(f *fact) string { return f.ID }), column(facts, func(f *fact) string { return f.Source }),
		column(facts, func(f *fact) string { return f.Key }), column(facts, func(f *fact) string { return f.URL }),
		column(facts, func(f *fact) string { return f.Title }), column(facts, func(f *fact) string { return f.Employer }),
		column(facts, func(f *fact) string { return f.EmployerKey }), column(facts, func(f *fact) string { return f.Location }),
		column(facts, func(f *fact) string { return f.Region }), column(facts, func(f *fact) string { return f.Industry }),
		column(facts, func(f *fact) string { return string(f.Tier) }), column(facts, func(f *fact) string { return f.Education }),
		column(facts, func(f *fact) int16 { return f.ExperienceYears }),
		column(facts, func(f *fact) float64 { return f.SalaryMin }), column(facts, func(f *fact) float64 { return f.SalaryMax }),
		column(facts, func(f *fact) time.Time { return f.Date }), column(facts, func(f *fact) string { return string(f.DateBasis) }),
		column(facts, func(f *fact) uint32 { return f.Openings }), column(facts, func(f *fact) bool { return f.OpeningsStated }),
		column(facts, func(f *fact) []string { return f.Skills }), column(facts, func(f *fact) []string { return f.Mentioned }),
		column(facts, func(f *fact) string { return f.Language }), column(facts, func(f *fact) string { return f.Text }),
		column(facts, func(f *fact) string { return f.VacancyID }), column(facts, func(f *fact) string { return string(f.Grain) }),
		column(facts, func(f *fact) time.Time { return f.FirstSeen }), column(facts, func(f *fact) time.Time { return f.Fetched }),
		column(facts, func(f *fact) string { return f.TaxonomyVersion }), column(facts, func(f *fact) string { return f.ExtractorVersion }),
		column(facts, func(f *fact) string { return f.DedupVersion }),
		column(facts, func(f *fact) int32 { return f.KafkaPartition }), column(facts, func(f *fact) int64 { return f.KafkaOffset }),
		column(facts, func(f *fact) uint64 { return f.Version() }))
}

// list makes a nil slice an empty one: the driver has no null array.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// join makes one parameter of many values that hold no comma (ids).
func join(ids []string) string { return strings.Join(ids, ",") }

// KnownPostings looks up which of ids are stored, and under which day.
func (s *Store) KnownPostings(ctx context.Context, ids []string) (map[string]talent.KnownPosting, error) {
	type row struct {
		ID        string    `ch:"id"`
		Grain     string    `ch:"grain"`
		Date      time.Time `ch:"date"`
		DateBasis string    `ch:"date_basis"`
		Fetched   time.Time `ch:"fetched"`
	}
	out := make(map[string]talent.KnownPosting)
	const chunk = 2000 // ids a query: keeps the parameter well below the server's limit
	for len(ids) > 0 {
		n := min(chunk, len(ids))
		got, err := rows[row](ctx, s, "known postings",
			"SELECT id, grain, date, date_basis, fetched FROM postings FINAL WHERE grain != '' AND id IN splitByChar(',', {ids:String})", named("ids", join(ids[:n])))
		if err != nil {
			return nil, err
		}
		for _, r := range got {
			out[r.ID] = talent.KnownPosting{Grain: talent.Grain(r.Grain), Date: r.Date, DateBasis: talent.DateBasis(r.DateBasis), Fetched: r.Fetched}
		}
		ids = ids[n:]
	}
	return out, nil
}

// CountPostings counts the stored postings of a source, or of all when it is empty.
func (s *Store) CountPostings(ctx context.Context, source string) (uint64, error) {
	type row struct {
		N uint64 `ch:"n"`
	}
	got, err := rows[row](ctx, s, "count of postings",
		"SELECT count() AS n FROM postings FINAL WHERE grain != '' AND ({source:String} = '' OR source = {source:String})", named("source", source))
	if err != nil {
		return 0, err
	}
	return got[0].N, nil
}

// SourceTotals counts the postings of every source. It reads all of the postings' narrow columns: callers keep
// the answer for some seconds.
func (s *Store) SourceTotals(ctx context.Context) ([]talent.SourceTotals, error) {
	type row struct {
		Source    string    `ch:"source"`
		Postings  uint64    `ch:"postings"`
		Vacancies uint64    `ch:"vacancies"`
		Stated    uint64    `ch:"stated"`
		NoRegion  uint64    `ch:"no_region"`
		NoSkill   uint64    `ch:"no_skill"`
		LastSeen  time.Time `ch:"last_seen"`
		FirstDate time.Time `ch:"first_date"`
		LastDate  time.Time `ch:"last_date"`
	}
	got, err := rows[row](ctx, s, "totals of the sources", `
SELECT source, count() AS postings, uniqExact(vacancy_id) AS vacancies, countIf(date_basis = 'stated') AS stated,
       countIf(region = '') AS no_region, countIf(empty(skills)) AS no_skill, max(fetched) AS last_seen, min(date) AS first_date, max(date) AS last_date
FROM postings FINAL WHERE grain != '' GROUP BY source ORDER BY source`)
	if err != nil {
		return nil, err
	}
	out := make([]talent.SourceTotals, len(got))
	for i, r := range got {
		out[i] = talent.SourceTotals(r)
	}
	return out, nil
}

// EvidencePostings returns at most limit vacancies that ask for the skill of key in its cell, in the periods from …
// through, latest first: one posting of each. Texts are cut to 1,200 characters.
func (s *Store) EvidencePostings(ctx context.Context, key talent.SeriesKey, from, through time.Time, limit int) ([]talent.EvidencePosting, error) {
	type row struct {
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
		VacancyID string    `ch:"vacancy_id"`
	}
	where := `has(skills, {skill:String}) AND grain = {grain:String} AND date >= {first:Date32} AND date < {end:Date32}
      AND ({region:String} = '' OR region = {region:String} OR ` + province + ` = {region:String})
      AND ({industry:String} = '' OR industry = {industry:String}) AND ({tier:String} = '' OR tier = {tier:String})`
	// The inner query reads narrow columns only; texts are read for the few rows that are shown.
	got, err := rows[row](ctx, s, "evidence of "+key.Skill, `
SELECT id, source, url, title, employer, location, region, tier, date, date_basis, openings, openings_stated, skills,
       substringUTF8(text, 1, 1200) AS snippet, vacancy_id
FROM postings FINAL
WHERE id GLOBAL IN (SELECT id FROM postings WHERE `+where+` ORDER BY date DESC, id LIMIT {scan:UInt32}) AND `+where+`
ORDER BY date DESC, id LIMIT 1 BY vacancy_id LIMIT {limit:UInt32}`,
		append(cellArgs(key), named("skill", key.Skill), named("first", key.Grain.Start(from).Format(time.DateOnly)),
			named("end", key.Grain.Add(through, 1).Format(time.DateOnly)), named("scan", 8*limit), named("limit", limit))...)
	if err != nil {
		return nil, err
	}
	out := make([]talent.EvidencePosting, len(got))
	for i, r := range got {
		out[i] = talent.EvidencePosting(r)
	}
	return out, nil
}
