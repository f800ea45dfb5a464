package clickhouse_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// TestRollUpIsTheDefinition draws markets and holds every number of every cell of the SQL roll-up against a roll-up
// in plain Go that is written from the definitions in docs/data-dictionary.md.
func TestRollUpIsTheDefinition(t *testing.T) {
	s := testenv.Store(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := drawFacts(rt)
		clickhouse.Empty(t, s)
		half := len(w.postings) / 2 // versions of a posting meet in the table, not in one batch
		for _, err := range []error{s.PutPostings(t.Context(), "", w.postings[:half]), s.PutPostings(t.Context(), "", w.postings[half:]), s.PutRequests(t.Context(), "", w.requests),
			s.PutProgrammes(t.Context(), "", w.programmes, "t"), s.PutCrawlRuns(t.Context(), w.runs...)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		got := map[cellKey]talent.Point{}
		for _, c := range clickhouse.Cells(t, s, w.grain, w.periods) {
			got[cellKey{c.Key, c.Period}] = c.Point
		}
		want := plainRollUp(w)
		for k, p := range want {
			if g, ok := got[k]; !ok || !samePoint(g, p) {
				rt.Errorf("%+v:\n SQL %s\nwant %s", k, printed(g), printed(p))
			}
		}
		for k, g := range got {
			if _, ok := want[k]; !ok {
				rt.Errorf("%+v: SQL has a row that should not be: %s", k, printed(g))
			}
		}
	})
}

// TestProvinceInSQL holds the province of a region in SQL against that in Go.
func TestProvinceInSQL(t *testing.T) {
	regions := []string{""}
	for _, list := range [][]codes.Named{codes.Regions(), slices.Collect(codes.Cities()), slices.Collect(codes.Areas())} {
		for _, n := range list {
			regions = append(regions, n.Code)
		}
	}
	for i, got := range clickhouse.Provinces(t, testenv.Store(t), regions) {
		if got != talent.Province(regions[i]) {
			t.Errorf("%q: SQL says %q, talent.Province %q", regions[i], got, talent.Province(regions[i]))
		}
	}
}

type cellKey struct {
	talent.SeriesKey
	period time.Time
}

func samePoint(a, b talent.Point) bool {
	near := func(x, y float64) bool { return math.Abs(x-y) <= 1e-9*math.Max(1, math.Abs(y)) }
	return near(a.Openings, b.Openings) && near(a.Requested, b.Requested) && near(a.Judged, b.Judged) && a.Vacancies == b.Vacancies &&
		a.Exposure == b.Exposure && a.Employers == b.Employers && a.Requesters == b.Requesters && a.State == b.State &&
		(a.Supply == nil) == (b.Supply == nil) && (a.Supply == nil || near(*a.Supply, *b.Supply))
}

func printed(p talent.Point) string {
	supply := "unknown"
	if p.Supply != nil {
		supply = fmt.Sprint(*p.Supply)
	}
	return fmt.Sprintf("openings %g vacancies %d exposure %d employers %d requested %g requesters %d judged %g supply %s %s",
		p.Openings, p.Vacancies, p.Exposure, p.Employers, p.Requested, p.Requesters, p.Judged, supply, p.State)
}

// world is everything that a roll-up looks at.
type world struct {
	grain      talent.Grain
	periods    []time.Time
	postings   []talent.PostingFact
	requests   []talent.Request
	programmes []talent.Programme
	runs       []talent.CrawlRun
}

// plainRollUp counts a world as the definitions say.
func plainRollUp(w world) map[cellKey]talent.Point {
	out := map[cellKey]*talent.Point{}
	at := func(period time.Time, c talent.SeriesKey, skill string) *talent.Point {
		c.Grain, c.Skill = w.grain, skill
		k := cellKey{c, period}
		if out[k] == nil {
			out[k] = &talent.Point{Period: period}
		}
		return out[k]
	}
	employers := map[cellKey]map[string]bool{}
	for _, v := range vacanciesOf(w) {
		period := w.grain.Start(v.Date)
		if !slices.ContainsFunc(w.periods, period.Equal) {
			continue
		}
		who := v.EmployerKey
		if who == "" { // an employer of its own
			who = v.VacancyID
		}
		for _, c := range cellsOf(v.Region, v.Industry, v.Tier) {
			for _, skill := range append([]string{""}, v.Skills...) {
				p := at(period, c, skill)
				p.Openings += float64(v.Openings)
				p.Vacancies++
				k := cellKey{talent.SeriesKey{Grain: w.grain, Skill: skill, Region: c.Region, Industry: c.Industry, Tier: c.Tier}, period}
				if employers[k] == nil {
					employers[k] = map[string]bool{}
				}
				employers[k][who] = true
				p.Employers = len(employers[k])
			}
		}
	}
	heads := map[*talent.Point]map[string]float64{}
	for _, r := range latest(w.requests, func(r talent.Request) (string, uint64) { return r.ID, r.Version }) {
		period := w.grain.Start(r.CreatedAt)
		if !r.Counts() || !slices.ContainsFunc(w.periods, period.Equal) {
			continue
		}
		for _, c := range cellsOf(r.Region, r.Industry, r.Tier) {
			for _, skill := range []string{"", r.Skill} {
				p := at(period, c, skill)
				if heads[p] == nil {
					heads[p] = map[string]float64{}
				}
				heads[p][r.Org] += float64(r.Heads)
			}
		}
	}
	for p, by := range heads {
		each := slices.Collect(maps.Values(by))
		for _, h := range each {
			p.Requested += h
		}
		p.Requesters, p.Judged = len(each), talent.Winsor(each)
	}
	supplied := map[cellKey]float64{}
	for _, p := range openProgrammes(w) {
		for skill, n := range headsOf(p) {
			for _, period := range w.periods {
				if since(p).After(period) {
					continue
				}
				for _, region := range slices.Compact([]string{"", talent.Province(p.Region)}) {
					c := talent.SeriesKey{Grain: w.grain, Skill: skill, Region: region}
					at(period, c, skill)
					supplied[cellKey{c, period}] += n / w.grain.PerYear()
				}
			}
		}
	}
	done := make(map[cellKey]talent.Point, len(out))
	for k, p := range out {
		cell := k
		cell.Skill = ""
		if frame := out[cell]; frame != nil {
			p.Exposure = frame.Vacancies
		}
		if k.Industry == "" && k.Tier == "" && slices.ContainsFunc(openProgrammes(w), func(p talent.Programme) bool {
			return !since(p).After(k.period) && (k.Region == "" || talent.Province(p.Region) == k.Region)
		}) {
			p.Supply = new(supplied[k])
		}
		switch {
		case p.Exposure == 0:
			p.State = talent.StateNoData
		case isDown(w, k.period):
			p.State = talent.StateSourceDown
		default:
			p.State = talent.StateOK
		}
		done[k] = *p
	}
	return done
}

// cellsOf are the cells that a posting or a request counts in.
func cellsOf(region, industry string, tier talent.Tier) []talent.SeriesKey {
	region = cmp.Or(talent.Province(region), talent.Unstated)
	industry, tier = cmp.Or(industry, talent.Unstated), cmp.Or(tier, talent.Unstated)
	return []talent.SeriesKey{{}, {Region: region}, {Industry: industry}, {Tier: tier}, {Region: region, Industry: industry}}
}

// vacanciesOf keeps the first of copies: one that follows another of its vacancy within VacancyDays is no new one.
func vacanciesOf(w world) []talent.PostingFact {
	byVacancy := map[string][]talent.PostingFact{}
	for _, f := range latest(w.postings, func(f talent.PostingFact) (string, uint64) { return f.ID, f.Version() }) {
		if f.Grain == w.grain {
			byVacancy[f.VacancyID] = append(byVacancy[f.VacancyID], f)
		}
	}
	var out []talent.PostingFact
	for _, copies := range byVacancy {
		slices.SortFunc(copies, func(a, b talent.PostingFact) int {
			return cmp.Or(a.Date.Compare(b.Date), cmp.Compare(a.ID, b.ID))
		})
		for i, f := range copies {
			if i == 0 || f.Date.Sub(copies[i-1].Date) > talent.VacancyDays*24*time.Hour {
				out = append(out, f)
			}
		}
	}
	return out
}

// latest keeps the newest version of each id.
func latest[T any](all []T, version func(T) (string, uint64)) []T {
	newest := map[string]T{}
	for _, x := range all {
		id, v := version(x)
		if old, ok := newest[id]; ok {
			if _, before := version(old); before > v {
				continue
			}
		}
		newest[id] = x
	}
	return slices.Collect(maps.Values(newest))
}

func openProgrammes(w world) []talent.Programme {
	return slices.DeleteFunc(latest(w.programmes, func(p talent.Programme) (string, uint64) { return p.ID, p.Version }),
		func(p talent.Programme) bool { return p.Closed })
}

func since(p talent.Programme) time.Time {
	return time.Date(p.FirstYear, time.Month(p.GraduationMonth), 1, 0, 0, 0, 0, time.UTC)
}

// headsOf are the heads a year that a programme supplies of each skill: the cohort where a course that teaches it is
// required, else the seats of its largest elective, which are not limited when they are 0 and never above the cohort.
func headsOf(p talent.Programme) map[string]float64 {
	out := map[string]float64{}
	for _, c := range p.Courses {
		n := p.CohortSize
		if !c.Required && c.Seats > 0 {
			n = min(n, c.Seats)
		}
		for _, s := range c.Skills {
			out[s] = max(out[s], float64(n))
		}
	}
	return out
}

// isDown reports whether sources that stood for DownShare of the postings of the quarter before the period had runs in
// it and none that was good.
func isDown(w world, period time.Time) bool {
	ran, good := map[string]bool{}, map[string]bool{}
	for _, r := range w.runs {
		if w.grain.Start(r.Ended).Equal(period) {
			ran[r.Source] = true
			good[r.Source] = good[r.Source] || r.Outcome.Good()
		}
	}
	all, lost := 0, 0
	for _, f := range latest(w.postings, func(f talent.PostingFact) (string, uint64) { return f.ID, f.Version() }) {
		if f.Grain != w.grain || f.Date.Before(period.AddDate(0, 0, -talent.DownDays)) || !f.Date.Before(period) {
			continue
		}
		all++
		if ran[f.Source] && !good[f.Source] {
			lost++
		}
	}
	return lost > 0 && float64(lost)/float64(all) >= talent.DownShare
}

// drawFacts draws a small market around the turn of a year.
func drawFacts(t *rapid.T) world {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	number := func(label string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, label) }
	region := func() string {
		return pick("region", "110108", "110000", "440305", "440100", "659001", "US", "DE", "")
	}
	industry := func() string { return pick("industry", "I", "C", "") }
	tier := func() talent.Tier {
		return talent.Tier(pick("tier", string(talent.TierLead), string(talent.TierReserve), ""))
	}
	skills := func() []string { // sorted and distinct, as facts hold them
		var out []string
		for _, s := range []string{"go", "llm", "python"} {
			if rapid.Bool().Draw(t, s) {
				out = append(out, s)
			}
		}
		return out
	}
	start := day("2025-12-01").AddDate(0, 0, number("start", 0, 27))
	w := world{grain: rapid.SampledFrom([]talent.Grain{talent.Week, talent.Month}).Draw(t, "grain")}
	for i := range number("periods", 1, 5) {
		if i == 0 || number("left out", 0, 4) > 0 {
			w.periods = append(w.periods, w.grain.Add(start, i))
		}
	}
	version := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for v := range number("vacancies", 0, 14) {
		f := talent.PostingFact{Source: pick("source", "a", "b", "c"), Region: region(), Industry: industry(), Tier: tier(), DateBasis: talent.DateStated, VacancyID: fmt.Sprint("v", v),
			EmployerKey: pick("employer", "e1", "e2", "e3", "e4", ""), Openings: uint32(number("openings", 1, 50)), Skills: skills(), Grain: w.grain, ExperienceYears: -1}
		f.Date = start.AddDate(0, 0, number("day", -110, 60))
		if len(w.periods) > 0 && number("at an edge", 0, 3) == 0 {
			f.Date = w.periods[0].AddDate(0, 0, -rapid.SampledFrom([]int{0, 1, 21, 22, 90, 91, 92}).Draw(t, "before"))
		}
		for c := range number("copies", 1, 4) {
			if c > 0 {
				f.Date = f.Date.AddDate(0, 0, rapid.SampledFrom([]int{0, 1, 20, 21, 22, 23, 45}).Draw(t, "later"))
				switch number("differs", 0, 7) {
				case 0:
					f.Region, f.Skills = region(), skills()
				case 1:
					f.EmployerKey, f.Openings = pick("employer", "e1", "e2", ""), 7
				case 2:
					f.Grain = rapid.SampledFrom([]talent.Grain{talent.Week, talent.Month}).Draw(t, "grain")
				}
			}
			f.ID = talent.NewID(f.VacancyID, fmt.Sprint(c))
			if number("read again", 0, 5) == 0 && len(w.postings) > 0 {
				f.ID = w.postings[number("which", 0, len(w.postings)-1)].ID
			}
			version = version.Add(time.Second)
			f.Key, f.FirstSeen, f.Fetched = f.ID, f.Date, version
			w.postings = append(w.postings, f)
		}
	}
	for i := range number("requests", 0, 14) {
		w.requests = append(w.requests, talent.Request{ID: fmt.Sprint("r", number("id", 0, 12)), Org: pick("org", "o1", "o2", "o3", "o4", "o5"), Skill: pick("skill", "go", "llm", "python"),
			Heads: number("heads", 1, 90), Tier: tier(), Region: region(), Industry: industry(), Version: uint64(i + 1), Withdrawn: number("withdrawn", 0, 6) == 0,
			CreatedAt: start.AddDate(0, 0, number("day", -10, 40)).Add(time.Duration(number("minutes", 0, 1439)) * time.Minute),
			State:     rapid.SampledFrom([]talent.RequestState{"", "", "", "", talent.RequestHeld, talent.RequestRefused}).Draw(t, "state")})
	}
	for i := range number("programmes", 0, 4) {
		p := talent.Programme{ID: fmt.Sprint("p", number("id", 0, 2)), Org: "u", Region: pick("school", "110000", "440300", "US"), CohortSize: number("cohort", 0, 200),
			GraduationMonth: number("month", 1, 12), FirstYear: number("year", 2024, 2026), Closed: number("closed", 0, 4) == 0, Version: uint64(i + 1)}
		for c := range number("courses", 0, 3) {
			p.Courses = append(p.Courses, talent.Course{ID: fmt.Sprint("c", c), Title: "t", Required: rapid.Bool().Draw(t, "required"), Seats: number("seats", 0, 3) * 25, Skills: skills()})
		}
		w.programmes = append(w.programmes, p)
	}
	for i := range number("runs", 0, 6) {
		at := start.AddDate(0, 0, number("day", -3, 40))
		outcome := rapid.SampledFrom([]talent.RunOutcome{talent.RunComplete, talent.RunPartial, talent.RunEmpty, talent.RunFailed, talent.RunFailed, talent.RunFailed, talent.RunDisallowed}).Draw(t, "outcome")
		w.runs = append(w.runs, talent.CrawlRun{ID: fmt.Sprint("run", i), Source: pick("source", "a", "b", "c"), Outcome: outcome, Started: at.Add(-time.Hour), Ended: at})
	}
	return w
}
