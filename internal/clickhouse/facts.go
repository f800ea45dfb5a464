package clickhouse

import (
	"context"
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
	return insert(ctx, s, "postings", token, query, len(facts), func(i int) []any {
		f := &facts[i]
		return []any{f.ID, f.Source, f.Key, f.URL, f.Title, f.Employer, f.EmployerKey, f.Location, f.Region, f.Industry, string(f.Tier),
			f.Education, f.ExperienceYears, f.SalaryMin, f.SalaryMax, f.Date, string(f.DateBasis), f.Openings, f.OpeningsStated,
			list(f.Skills), list(f.Mentioned), f.Language, f.Text, f.VacancyID, string(f.Grain), f.FirstSeen, f.Fetched,
			f.TaxonomyVersion, f.ExtractorVersion, f.DedupVersion, f.KafkaPartition, f.KafkaOffset, PostingVersion(*f)}
	})
}

// list makes a nil slice an empty one: the driver has no null array.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// KnownPosting is what a stored posting says about its day.
type KnownPosting struct {
	Grain     talent.Grain
	Date      time.Time
	DateBasis talent.DateBasis
	Fetched   time.Time
}

// KnownPostings looks up which of ids are stored, and under which day.
func (s *Store) KnownPostings(ctx context.Context, ids []string) (map[string]KnownPosting, error) {
	type row struct {
		ID        string    `ch:"id"`
		Grain     string    `ch:"grain"`
		Date      time.Time `ch:"date"`
		DateBasis string    `ch:"date_basis"`
		Fetched   time.Time `ch:"fetched"`
	}
	out := make(map[string]KnownPosting)
	const chunk = 2000 // ids a query: keeps the parameter well below the server's limit
	for len(ids) > 0 {
		n := min(chunk, len(ids))
		got, err := rows[row](ctx, s, "known postings",
			"SELECT id, grain, date, date_basis, fetched FROM postings FINAL WHERE grain != '' AND id IN splitByChar(',', {ids:String})", named("ids", join(ids[:n])))
		if err != nil {
			return nil, err
		}
		for _, r := range got {
			out[r.ID] = KnownPosting{talent.Grain(r.Grain), r.Date, talent.DateBasis(r.DateBasis), r.Fetched}
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
