package programmes

import (
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
)

// The bounds of a programme.
const (
	maxCohort      = 20_000
	maxCourses     = 200
	maxHours       = 2000
	maxSeats       = 20_000
	maxName        = 200
	maxDescription = 4000
	oldestYear     = 1980
	farthestYears  = 10
)

// ProgrammeInput is what a university states of a degree programme.
type ProgrammeInput struct {
	School          string        `json:"school" minLength:"1" maxLength:"200" doc:"School or college that gives it." example:"Lakeside University, School of AI"`
	Region          string        `json:"region" minLength:"1" doc:"GB/T 2260 code of six digits, ISO 3166-1 alpha-2 outside China, or a name." example:"330100"`
	Name            string        `json:"name" minLength:"1" maxLength:"200" example:"人工智能"`
	Degree          string        `json:"degree" minLength:"1" doc:"bachelor 本科, master 硕士, doctor 博士 or college 大专." example:"bachelor"`
	CohortSize      int           `json:"cohort_size" minimum:"1" maximum:"20000" doc:"People who graduate a year." example:"120"`
	GraduationMonth int           `json:"graduation_month" minimum:"1" maximum:"12" example:"6"`
	FirstYear       int           `json:"first_year" minimum:"1980" doc:"Year in which the first cohort graduates." example:"2024"`
	Courses         []CourseInput `json:"courses,omitempty" maxItems:"200" nullable:"false"`
}

// CourseInput is what a university states of a course; its skills are extracted from title and description.
type CourseInput struct {
	Title       string `json:"title" minLength:"1" maxLength:"200" example:"深度学习"`
	Description string `json:"description,omitempty" maxLength:"4000" doc:"What is taught: the skills of the course are read from here."`
	Hours       int    `json:"hours,omitempty" minimum:"0" maximum:"2000" doc:"Taught hours; 0: not stated."`
	Required    bool   `json:"required,omitempty" doc:"Required for all, or an elective."`
	Seats       int    `json:"seats,omitempty" minimum:"0" maximum:"20000" doc:"Seats of an elective a year; 0: not limited."`
}

// check makes a programme without id, owner and version of what was stated, and notes every wrong field in f.
func check(in ProgrammeInput, now time.Time, f *intake.Fields) talent.Programme {
	p := talent.Programme{School: f.String("school", in.School, 1, maxName), Name: f.String("name", in.Name, 1, maxName), Region: f.Region("region", in.Region),
		CohortSize: in.CohortSize, GraduationMonth: in.GraduationMonth, FirstYear: in.FirstYear}
	var ok bool
	if p.Degree, ok = terms.Degree(in.Degree); !ok {
		f.Bad("degree", in.Degree, "wrong.degree")
	}
	f.Within("cohort_size", in.CohortSize, 1, maxCohort)
	f.Within("graduation_month", in.GraduationMonth, 1, 12)
	f.Within("first_year", in.FirstYear, oldestYear, now.Year()+farthestYears)
	if len(in.Courses) > maxCourses {
		f.Bad("courses", len(in.Courses), "wrong.courses", maxCourses)
	}
	for i, c := range in.Courses {
		at := "courses[" + strconv.Itoa(i) + "]."
		p.Courses = append(p.Courses, talent.Course{
			Title:       f.String(at+"title", c.Title, 1, maxName),
			Description: f.String(at+"description", c.Description, 0, maxDescription),
			Hours:       c.Hours, Required: c.Required, Seats: c.Seats,
		})
		f.Within(at+"hours", c.Hours, 0, maxHours)
		f.Within(at+"seats", c.Seats, 0, maxSeats)
	}
	return p
}

// identify gives a programme of an organisation the id that follows from school, name and degree, so that the
// same programme sent twice is one.
func identify(p *talent.Programme, org string) {
	p.Org = org
	p.ID = talent.NewID("programme", org, strings.ToLower(p.School), strings.ToLower(p.Name), p.Degree)
	identifyCourses(p)
}

// identifyCourses names courses by programme and title; of several with one title each has its own id.
func identifyCourses(p *talent.Programme) {
	times := make(map[string]int)
	for i := range p.Courses {
		c := &p.Courses[i]
		times[c.Title]++
		c.ID = talent.NewID("course", p.ID, c.Title, strconv.Itoa(times[c.Title]))
	}
}

// same reports whether a stored programme says what p says; skills are the aggregator's.
func same(stored, p talent.Programme) bool {
	if stored.School != p.School || stored.Region != p.Region || stored.Name != p.Name || stored.Degree != p.Degree || stored.CohortSize != p.CohortSize ||
		stored.GraduationMonth != p.GraduationMonth || stored.FirstYear != p.FirstYear || stored.Closed != p.Closed || len(stored.Courses) != len(p.Courses) {
		return false
	}
	byID := make(map[string]talent.Course, len(stored.Courses))
	for _, c := range stored.Courses {
		byID[c.ID] = c
	}
	for _, c := range p.Courses {
		o, ok := byID[c.ID]
		if !ok || o.Title != c.Title || o.Description != c.Description || o.Hours != c.Hours || o.Required != c.Required || o.Seats != c.Seats {
			return false
		}
	}
	return true
}
