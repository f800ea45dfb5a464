package clickhouse

import (
	"context"

	"github.com/gapwatch/gapwatch/internal/cursor"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutProgrammes stores versions of programmes with their courses, whose Skills were extracted with the given
// edition of the taxonomy; token makes a repeated batch a no-op. Courses are written first: a course counts
// while its version is its programme's, so a new version appears whole.
func (s *Store) PutProgrammes(ctx context.Context, token string, programmes []talent.Programme, taxonomyVersion string) error {
	type course struct {
		talent.Course
		programme string
		version   uint64
	}
	var courses []course
	for _, p := range programmes {
		for _, c := range p.Courses {
			courses = append(courses, course{c, p.ID, p.Version})
		}
	}
	courseToken := token
	if token != "" {
		courseToken += "/courses"
	}
	err := insert(ctx, s, "courses", courseToken, `INSERT INTO courses
		(programme_id, id, title, description, hours, required, seats, skills, taxonomy_version, version)`, len(courses),
		func(i int) []any {
			c := courses[i]
			return []any{c.programme, c.ID, c.Title, c.Description, uint32(max(c.Hours, 0)), c.Required, uint32(max(c.Seats, 0)),
				list(c.Skills), taxonomyVersion, c.version}
		})
	if err != nil {
		return err
	}
	return insert(ctx, s, "programmes", token, `INSERT INTO programmes
		(id, org, school, region, name, degree, cohort_size, graduation_month, first_year, closed, version)`, len(programmes),
		func(i int) []any {
			p := programmes[i]
			return []any{p.ID, p.Org, p.School, p.Region, p.Name, p.Degree, uint32(max(p.CohortSize, 0)), uint8(p.GraduationMonth),
				uint16(p.FirstYear), p.Closed, p.Version}
		})
}

type programmeRow struct {
	ID              string `ch:"id"`
	Org             string `ch:"org"`
	School          string `ch:"school"`
	Region          string `ch:"region"`
	Name            string `ch:"name"`
	Degree          string `ch:"degree"`
	CohortSize      uint32 `ch:"cohort_size"`
	GraduationMonth uint8  `ch:"graduation_month"`
	FirstYear       uint16 `ch:"first_year"`
	Closed          bool   `ch:"closed"`
	Version         uint64 `ch:"version"`
}

const programmeColumns = `SELECT id, org, school, region, name, degree, cohort_size, graduation_month, first_year, closed, version
	FROM programmes FINAL `

// Programme returns the latest version of a programme with its courses, closed or not, and false when there
// is none.
func (s *Store) Programme(ctx context.Context, id string) (talent.Programme, bool, error) {
	got, err := s.programmes(ctx, "WHERE id = {id:String}", named("id", id))
	if err != nil || len(got) == 0 {
		return talent.Programme{}, false, err
	}
	return got[0], true, nil
}

// programmeKey is the sort key of ProgrammesByOrg.
type programmeKey struct {
	School string `json:"s"`
	Name   string `json:"n"`
	ID     string `json:"i"`
}

func programmeCursors() cursor.Codec[programmeKey] { return cursor.For[programmeKey]("programmes") }

// ProgrammesByOrg returns a page of programmes with their courses by school and name, and the cursor of the
// next page, which is empty on the last one. An empty org means the programmes of all organisations without
// closed ones, as the public sees them; an organisation's own list has closed ones too. A cursor that it did
// not make gives cursor.ErrUnknown.
func (s *Store) ProgrammesByOrg(ctx context.Context, org, page string, limit int) ([]talent.Programme, string, error) {
	after, more, err := programmeCursors().Key(page)
	if err != nil {
		return nil, "", err
	}
	got, err := s.programmes(ctx, `WHERE (({org:String} = '' AND NOT closed) OR org = {org:String})
		AND (NOT {more:Bool} OR (school, name, id) > ({school:String}, {name:String}, {id:String}))
		ORDER BY school, name, id LIMIT {limit:UInt32}`,
		named("org", org), named("more", more), named("school", after.School), named("name", after.Name),
		named("id", after.ID), named("limit", limit+1))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(got) > limit {
		got = got[:limit]
		last := got[limit-1]
		next = programmeCursors().After(programmeKey{last.School, last.Name, last.ID})
	}
	return got, next, nil
}

// programmes reads the programmes of a condition and then their courses.
func (s *Store) programmes(ctx context.Context, condition string, args ...any) ([]talent.Programme, error) {
	got, err := rows[programmeRow](ctx, s, "programmes", programmeColumns+condition, args...)
	if err != nil || len(got) == 0 {
		return nil, err
	}
	out := make([]talent.Programme, len(got))
	at := make(map[string]int, len(got))
	ids := make([]string, len(got))
	for i, r := range got {
		out[i] = talent.Programme{ID: r.ID, Org: r.Org, School: r.School, Region: r.Region, Name: r.Name, Degree: r.Degree,
			CohortSize: int(r.CohortSize), GraduationMonth: int(r.GraduationMonth), FirstYear: int(r.FirstYear), Closed: r.Closed, Version: r.Version}
		at[r.ID], ids[i] = i, r.ID
	}
	type courseRow struct {
		Programme   string   `ch:"programme_id"`
		ID          string   `ch:"id"`
		Title       string   `ch:"title"`
		Description string   `ch:"description"`
		Hours       uint32   `ch:"hours"`
		Required    bool     `ch:"required"`
		Seats       uint32   `ch:"seats"`
		Skills      []string `ch:"skills"`
		Version     uint64   `ch:"version"`
	}
	courses, err := rows[courseRow](ctx, s, "courses", `SELECT programme_id, id, title, description, hours, required, seats, skills, version
		FROM courses FINAL WHERE programme_id IN {ids:Array(String)} ORDER BY programme_id, title, id`, named("ids", ids))
	if err != nil {
		return nil, err
	}
	for _, c := range courses {
		p := &out[at[c.Programme]]
		if c.Version != p.Version {
			continue // dropped by a later version, or not yet followed by its programme
		}
		p.Courses = append(p.Courses, talent.Course{ID: c.ID, Title: c.Title, Description: c.Description, Hours: int(c.Hours),
			Required: c.Required, Seats: int(c.Seats), Skills: c.Skills})
	}
	return out, nil
}
