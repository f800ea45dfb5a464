package clickhouse_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func day(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

// fact is a posting fact with what the roll-up looks at.
func fact(id, date, region, industry, vacancy, employer string, openings uint32, skills ...string) talent.PostingFact {
	return talent.PostingFact{ID: id, Source: "s", Key: id, Region: region, Industry: industry, Date: day(date), DateBasis: talent.DateStated,
		VacancyID: vacancy, EmployerKey: employer, Openings: openings, Skills: skills, Grain: talent.Week,
		FirstSeen: day(date), Fetched: day(date).Add(time.Hour), ExperienceYears: -1}
}

func rollUp(t *testing.T, s *clickhouse.Store) {
	t.Helper()
	dirty, err := s.DirtyPeriods(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byGrain := map[talent.Grain][]talent.DirtyPeriod{}
	for _, d := range dirty {
		byGrain[d.Grain] = append(byGrain[d.Grain], d)
	}
	for g, d := range byGrain {
		if err := s.RollUp(t.Context(), g, d); err != nil {
			t.Fatal(err)
		}
	}
}

func put(t *testing.T, s *clickhouse.Store, facts ...talent.PostingFact) {
	t.Helper()
	if err := s.PutPostings(t.Context(), "", facts); err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if err := s.MarkPeriods(t.Context(), talent.PeriodMark{Grain: f.Grain, Period: f.Date},
			talent.PeriodMark{Grain: f.Grain, Period: f.Date.AddDate(0, 0, talent.VacancyDays)}); err != nil {
			t.Fatal(err)
		}
	}
}

// describe prints a series in one line a period: openings/vacancies/exposure/employers requested supply state.
func describe(s talent.Series) []string {
	var out []string
	for _, p := range s.Points {
		supply := "unknown"
		if p.Supply != nil {
			supply = fmt.Sprintf("%.3f", *p.Supply)
		}
		out = append(out, fmt.Sprintf("%s %g/%d/%d/%d +%g supply %s %s", p.Period.Format(time.DateOnly), p.Openings, p.Vacancies, p.Exposure, p.Employers, p.Requested, supply, p.State))
	}
	return out
}

// seriesRange names a series and the periods of it that a test looks at; zero times leave the range open.
type seriesRange struct {
	Grain                   talent.Grain
	Skill, Region, Industry string
	From, Through           time.Time
}

func (r seriesRange) key() talent.SeriesKey {
	return talent.SeriesKey{Grain: r.Grain, Skill: r.Skill, Region: r.Region, Industry: r.Industry}
}

func series(t *testing.T, s *clickhouse.Store, f seriesRange) []string {
	t.Helper()
	got, err := s.Series(t.Context(), f.key(), f.From, f.Through)
	if err != nil {
		t.Fatal(err)
	}
	re, err := s.Recount(t.Context(), f.key(), got.Points[0].Period, got.Points[len(got.Points)-1].Period)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Points {
		got.Points[i].Hidden = 0 // decided by the cells around it, which a recount does not see
	}
	if d := cmp.Diff(got.Points, re); d != "" {
		t.Errorf("recount from the facts differs from the series of %+v:\n%s", f.key(), d)
	}
	return describe(got)
}

func TestRollUp(t *testing.T) {
	s := testenv.Store(t)
	put(t, s,
		fact("a", "2026-03-02", "310115", "I", "v1", "e1", 2, "pytorch", "rust"),
		fact("b", "2026-03-04", "310000", "I", "v2", "e1", 1, "pytorch"),
		fact("c", "2026-03-08", "110108", "", "v3", "e2", 1),
		fact("d", "2026-03-09", "310115", "I", "v1", "e1", 2, "pytorch", "rust"), // copy of a, a week later
		fact("e", "2026-03-20", "", "", "v5", "", 1, "rust"),
		fact("f", "2026-04-08", "310115", "I", "v1", "e1", 2, "pytorch"), // 30 days after d: a vacancy of its own
	)
	rollUp(t, s)
	if dirty, err := s.DirtyPeriods(t.Context()); err != nil || len(dirty) != 0 {
		t.Fatalf("dirty after roll-up: %v %v", dirty, err)
	}
	for name, c := range map[string]struct {
		f    seriesRange
		want []string
	}{
		"all": {seriesRange{Grain: talent.Week, Skill: "pytorch"}, []string{
			"2026-03-02 3/2/3/1 +0 supply unknown ok",
			"2026-03-09 0/0/0/0 +0 supply unknown no_data",
			"2026-03-16 0/0/1/0 +0 supply unknown ok",
			"2026-03-23 0/0/0/0 +0 supply unknown no_data",
			"2026-03-30 0/0/0/0 +0 supply unknown no_data",
			"2026-04-06 2/1/1/1 +0 supply unknown ok",
		}},
		"region": {seriesRange{Grain: talent.Week, Skill: "pytorch", Region: "310000", Through: day("2026-03-30")}, []string{
			"2026-03-02 3/2/2/1 +0 supply unknown ok",
		}},
		"region and industry": {seriesRange{Grain: talent.Week, Skill: "rust", Region: "310000", Industry: "I", Through: day("2026-03-30")}, []string{
			"2026-03-02 2/1/2/1 +0 supply unknown ok",
		}},
	} {
		if d := cmp.Diff(c.want, series(t, s, c.f)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}

	// a posting that is read again with another skill replaces itself; the old skill's row is gone
	changed := fact("e", "2026-03-20", "", "", "v5", "", 1, "go")
	changed.Fetched = changed.Fetched.Add(time.Hour)
	put(t, s, changed)
	rollUp(t, s)
	got := series(t, s, seriesRange{Grain: talent.Week, Skill: "rust", From: day("2026-03-16"), Through: day("2026-03-16")})
	if d := cmp.Diff([]string{"2026-03-16 0/0/1/0 +0 supply unknown ok"}, got); d != "" {
		t.Errorf("after replacement:\n%s", d)
	}
}

func TestRollUpSupplyAndRequests(t *testing.T) {
	s := testenv.Store(t)
	put(t, s, fact("a", "2026-09-07", "310115", "I", "v1", "e1", 5, "pytorch"), fact("b", "2026-09-07", "110108", "I", "v2", "e2", 1, "rust"))
	if err := s.PutRequests(t.Context(), "", []talent.Request{
		{ID: "r1", Org: "o", Skill: "pytorch", Heads: 7, Region: "310115", CreatedAt: day("2026-09-08"), Version: 1},
		{ID: "r2", Org: "o", Skill: "pytorch", Heads: 9, CreatedAt: day("2026-09-08"), Withdrawn: true, Version: 1},
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutProgrammes(t.Context(), "", []talent.Programme{
		{ID: "p1", Org: "u", Region: "310000", CohortSize: 100, GraduationMonth: 7, FirstYear: 2026, Version: 2, Courses: []talent.Course{
			{ID: "c1", Title: "DL", Required: true, Skills: []string{"pytorch"}},
			{ID: "c2", Title: "Systems", Seats: 20, Skills: []string{"rust", "pytorch"}},
		}},
		{ID: "p2", Org: "u", Region: "310000", CohortSize: 50, GraduationMonth: 7, FirstYear: 2027, Version: 1, Courses: []talent.Course{
			{ID: "c1", Title: "later", Required: true, Skills: []string{"pytorch"}}}},
	}, "t"); err != nil {
		t.Fatal(err)
	}
	if err := s.MarkAll(context.Background(), day("2026-01-01")); err != nil {
		t.Fatal(err)
	}
	rollUp(t, s)
	for name, c := range map[string]struct {
		f    seriesRange
		want string
	}{
		"all":                             {seriesRange{Skill: "pytorch"}, "2026-09-07 5/1/2/1 +7 supply 1.916 ok"},
		"region with a school":            {seriesRange{Skill: "rust", Region: "310000"}, "2026-09-07 0/0/1/0 +0 supply 0.383 ok"},
		"region without a school":         {seriesRange{Skill: "rust", Region: "110000"}, "2026-09-07 1/1/1/1 +0 supply unknown ok"},
		"industry: supply is not divided": {seriesRange{Skill: "pytorch", Industry: "I"}, "2026-09-07 5/1/2/1 +0 supply unknown ok"},
		"not taught is zero":              {seriesRange{Skill: "go", Region: "310000"}, "2026-09-07 0/0/1/0 +0 supply 0.000 ok"},
	} {
		c.f.Grain, c.f.Through = talent.Week, day("2026-09-07")
		if d := cmp.Diff([]string{c.want}, series(t, s, c.f)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestSourceDown: a period in which an important source had runs and none was good is source_down, whether it is
// rolled up alone or together with its past; a small source that fails does not blind the system.
func TestSourceDown(t *testing.T) {
	for name, together := range map[string]bool{"rolled up with its past": true, "rolled up alone": false} {
		t.Run(name, func(t *testing.T) {
			s := testenv.Store(t)
			var facts []talent.PostingFact
			for week := range 6 {
				for i := range 10 {
					f := fact(fmt.Sprintf("w%d-%d", week, i), day("2026-03-02").AddDate(0, 0, 7*week).Format(time.DateOnly), "", "", fmt.Sprintf("v%d-%d", week, i), "e", 1, "go")
					if i == 0 {
						f.Source = "small"
					}
					if i > 0 && week == 5 {
						continue // the large source gave nothing in the last week
					}
					facts = append(facts, f)
				}
			}
			put(t, s, facts...)
			if !together {
				rollUp(t, s)
			}
			at := day("2026-04-08")
			run := func(source string, outcome talent.RunOutcome, at time.Time) talent.CrawlRun {
				return talent.CrawlRun{ID: talent.NewID(source, string(outcome), at.String()), Source: source, Outcome: outcome, Started: at, Ended: at.Add(time.Minute)}
			}
			if err := s.PutCrawlRuns(t.Context(), run("s", talent.RunFailed, at), run("small", talent.RunComplete, at),
				run("small", talent.RunFailed, at.AddDate(0, 0, -14)), run("s", talent.RunComplete, at.AddDate(0, 0, -14)),
				run("s", talent.RunFailed, at.AddDate(0, 0, -7)), run("s", talent.RunComplete, at.AddDate(0, 0, -7).Add(time.Hour))); err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				if err := s.MarkPeriods(t.Context(), talent.PeriodMark{Grain: talent.Week, Period: at.AddDate(0, 0, -7*i)}); err != nil {
					t.Fatal(err)
				}
			}
			rollUp(t, s)
			got, err := s.Series(t.Context(), talent.SeriesKey{Grain: talent.Week, Skill: "go"}, time.Time{}, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			var states []talent.DataState
			for _, p := range got.Points {
				states = append(states, p.State)
			}
			want := []talent.DataState{talent.StateOK, talent.StateOK, talent.StateOK, talent.StateOK, talent.StateOK, talent.StateSourceDown}
			if d := cmp.Diff(want, states); d != "" {
				t.Errorf("states (-want +got):\n%s", d)
			}
		})
	}
}
