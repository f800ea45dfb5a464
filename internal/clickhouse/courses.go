package clickhouse

import (
	"context"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Courses returns at most f.Limit courses of open programmes that teach f.Skill, those of f.Region's province first.
func (s *Store) Courses(ctx context.Context, f talent.CourseFilter) ([]talent.TaughtCourse, error) {
	type row struct {
		School    string `ch:"school"`
		Region    string `ch:"region"`
		Programme string `ch:"programme"`
		Degree    string `ch:"degree"`
		Title     string `ch:"title"`
		Hours     uint32 `ch:"hours"`
		Required  bool   `ch:"required"`
		Seats     uint32 `ch:"seats"`
		Cohort    uint32 `ch:"cohort"`
	}
	got, err := rows[row](ctx, s, "courses", `
SELECT p.school AS school, p.region AS region, p.name AS programme, p.degree AS degree, c.title AS title,
       c.hours AS hours, c.required AS required, c.seats AS seats, p.cohort_size AS cohort
FROM (SELECT programme_id, title, hours, required, seats, version FROM courses FINAL WHERE has(skills, {skill:String})) AS c
GLOBAL INNER JOIN (SELECT id, school, region, name, degree, cohort_size, version FROM programmes FINAL
    WHERE NOT closed AND ({org:String} = '' OR org = {org:String})) AS p ON p.id = c.programme_id AND p.version = c.version
ORDER BY ({region:String} != '' AND substring(region, 1, 2) = substring({region:String}, 1, 2)) DESC, required DESC, school, programme, title
LIMIT {limit:UInt32}`, named("skill", f.Skill), named("org", f.Org), named("region", f.Region), named("limit", f.Limit))
	if err != nil {
		return nil, err
	}
	out := make([]talent.TaughtCourse, len(got))
	for i, r := range got {
		out[i] = talent.TaughtCourse(r)
	}
	return out, nil
}

// OpenProgrammes counts an organisation's programmes that are not closed.
func (s *Store) OpenProgrammes(ctx context.Context, org string) (int, error) {
	type row struct {
		N uint64 `ch:"n"`
	}
	got, err := rows[row](ctx, s, "programmes of "+org, "SELECT count() AS n FROM programmes FINAL WHERE org = {org:String} AND NOT closed", named("org", org))
	if err != nil || len(got) == 0 {
		return 0, err
	}
	return int(got[0].N), nil
}
