package read_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// TestPublicNumbersTellOfNobody reads all that the reader hands out of random markets and solves every sum that it
// makes: over regions, industries and tiers, over both at once, and over the windows of tables, bands and bars. No
// number of postings and of requests behind which too few parties stand can be computed.
func TestPublicNumbersTellOfNobody(t *testing.T) {
	shown, hidden := 0, 0
	for seed := range uint64(4) {
		s, h := solveMarket(t, seed)
		shown, hidden = shown+s, hidden+h
	}
	t.Logf("%d numbers shown, %d hidden", shown, hidden)
	if shown < 500 || hidden < 500 {
		t.Errorf("%d numbers are shown and %d hidden: the markets prove little", shown, hidden)
	}
}

// amount names one number of one series in one period.
type amount struct {
	key      talent.SeriesKey
	period   time.Time
	requests bool
}

func solveMarket(t *testing.T, seed uint64) (shown, hidden int) {
	store := testenv.Store(t)
	fill(t, store, rand.New(rand.NewPCG(seed, 29)))
	reader, err := read.New(read.Config{Rules: talent.Rules{Week: talent.GrainRules{Window: 4}}}, store, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	q := talent.SeriesQuery{Grain: talent.Week, Region: talent.AnyCode, Industry: talent.AnyCode, Tier: talent.AnyCode, First: talent.Week.Add(now, -12), Last: now, Limit: 5000}
	truth, err := store.ListSeries(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	value, parties, judged := map[amount]float64{}, map[amount]int{}, map[amount]bool{}
	for _, s := range truth {
		for _, p := range s.Points {
			a := amount{s.Key, p.Period, false}
			value[a], parties[a] = p.Openings, p.Employers
			a.requests = true
			value[a], parties[a], judged[a] = p.Requested, p.Requesters, p.Judged > 0
		}
	}
	known := map[amount]bool{}
	page, err := reader.ListSeries(ctx, q, true)
	if err != nil {
		t.Fatal(err)
	}
	var sums [][]amount
	// window notes a sum that is shown: postings, and the requests that count in it.
	window := func(key talent.SeriesKey, last time.Time, n int, sum float64, counts func(amount) bool) {
		var of []amount
		for i := range n {
			of = append(of, amount{key, talent.Week.Add(last, -i), false})
			if a := (amount{key, talent.Week.Add(last, -i), true}); counts(a) {
				of = append(of, a)
			}
		}
		sums = append(sums, of)
		for _, a := range of {
			sum -= value[a]
		}
		if math.Abs(sum) > 1e-6 {
			t.Errorf("the window of %v to %v differs from its periods by %g", key, last, sum)
		}
	}
	public := func(a amount) bool { return known[a] }
	for _, s := range page.Series {
		for _, p := range s.Points {
			if p.State == talent.StateSuppressed {
				if p.Demand() != 0 || p.Vacancies != 0 || p.Employers != 0 || p.Exposure != 0 || p.Requesters != 0 || p.Judged != 0 {
					t.Errorf("%v %v is suppressed with numbers: %+v", s.Key, p.Period, p)
				}
				continue
			}
			known[amount{s.Key, p.Period, false}] = true
			if p.Hidden&talent.HiddenRequests == 0 {
				known[amount{s.Key, p.Period, true}] = true
			}
		}
		for _, b := range page.Bands[s.Key] {
			if b.Suppressed != (b.Observed == 0) {
				t.Errorf("band of %v at %v: suppressed %t, observed %g", s.Key, b.Period, b.Suppressed, b.Observed)
			}
			if !b.Suppressed {
				window(s.Key, b.Period, b.Window, b.Observed, func(a amount) bool { return judged[a] })
			}
		}
	}
	spans, err := reader.Spans(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cells := map[talent.SeriesKey]bool{}
	for _, s := range truth {
		k := s.Key
		k.Skill = ""
		cells[k] = true
	}
	for c := range cells {
		f := read.Filter{Grain: talent.Week, Region: c.Region, Industry: c.Industry, Tier: c.Tier}
		table, err := reader.Gaps(ctx, f, spans[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range table.Rows {
			if r.State == read.Suppressed {
				if r.Demand != 0 || r.Vacancies != 0 || r.Exposure != 0 || r.Gap != nil || r.Ratio != nil || r.Band != nil {
					t.Errorf("a row is suppressed with numbers: %+v", r)
				}
				continue
			}
			window(f.Key(r.Skill), table.Last, table.Window, r.Demand, public)
		}
	}
	for _, skill := range []string{"go", "llm"} {
		d, err := reader.Skill(ctx, talent.SeriesKey{Grain: talent.Week, Skill: skill}, spans[0], true)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Parts {
			if !p.Hidden {
				window(talent.SeriesKey{Grain: talent.Week, Skill: skill, Region: p.Region, Industry: p.Industry, Tier: p.Tier}, d.Last, d.Window, p.Demand, public)
			}
		}
		if talent.Sum(talent.Between(d.Series.Points, d.First, d.Last)).State == talent.StateSuppressed && len(d.Postings) > 0 {
			t.Errorf("%d postings are listed behind hidden numbers", len(d.Postings))
		}
	}
	for a, n := range parties {
		switch {
		case n == 0:
		case known[a]:
			shown++
			if n < talent.LeastParties {
				t.Errorf("seed %d: %+v is shown with %d parties", seed, a, n)
			}
		default:
			hidden++
		}
	}
	for _, a := range solved(value, known, sums) {
		if n := parties[a]; n > 0 && n < talent.LeastParties {
			t.Errorf("seed %d: %+v, %d parties, can be computed", seed, a, n)
		}
	}
	return shown, hidden
}

// solved are the hidden amounts that follow from the known ones, the sums of a market and the sums that were shown.
// What no region, industry or tier is stated of is an amount of its own, with the code "?".
func solved(value map[amount]float64, known map[amount]bool, shown [][]amount) []amount {
	at := map[amount]int{}
	var unknown []amount
	column := func(a amount) (int, bool) {
		if v, ok := value[a]; known[a] || (ok && v == 0) || (!ok && !rest(a.key)) {
			return 0, false
		}
		if _, ok := at[a]; !ok {
			at[a] = len(unknown)
			unknown = append(unknown, a)
		}
		return at[a], true
	}
	var equations []map[int]float64
	add := func(total *amount, parts []amount) {
		row := map[int]float64{}
		if total != nil {
			if k, ok := column(*total); ok {
				row[k]--
			}
		}
		for _, p := range parts {
			if k, ok := column(p); ok {
				row[k]++
			}
		}
		if len(row) > 0 {
			equations = append(equations, row)
		}
	}
	for _, s := range shown {
		add(nil, s)
	}
	for a, v := range value { // every total with its parts in each dimension
		if a.key.Tier != "" || v == 0 {
			continue
		}
		for dimension := range 3 {
			var parts []amount
			left := v
			for b, w := range value {
				if b.period.Equal(a.period) && b.requests == a.requests && b.key.Skill == a.key.Skill && partOf(b.key, a.key, dimension) {
					parts = append(parts, b)
					left -= w
				}
			}
			if len(parts) == 0 && left == v {
				continue
			}
			if left > 1e-9 { // what states none
				r := a
				switch dimension {
				case 0:
					r.key.Region = talent.Unstated
				case 1:
					r.key.Industry = talent.Unstated
				default:
					r.key.Tier = talent.Unstated
				}
				parts = append(parts, r)
			}
			add(&a, parts)
		}
	}
	return reduced(equations, unknown)
}

func rest(k talent.SeriesKey) bool {
	return slices.Contains([]string{k.Region, k.Industry, string(k.Tier)}, talent.Unstated)
}

// partOf reports whether part is one of those that total is divided into by region (0), industry (1) or tier (2).
func partOf(part, total talent.SeriesKey, dimension int) bool {
	switch dimension {
	case 0:
		return total.Region == "" && part.Region != "" && part.Industry == total.Industry && part.Tier == ""
	case 1:
		return total.Industry == "" && part.Industry != "" && part.Region == total.Region && part.Tier == ""
	}
	return total == (talent.SeriesKey{Grain: total.Grain, Skill: total.Skill}) && part.Tier != ""
}

// reduced brings equations to their reduced form and returns the unknowns that stand alone in one.
func reduced(equations []map[int]float64, unknown []amount) []amount {
	pivots := map[int]map[int]float64{} // by their column, which no other row holds
	minus := func(row, other map[int]float64, f float64) {
		for k, v := range other {
			if row[k] -= f * v; math.Abs(row[k]) < 1e-9 {
				delete(row, k)
			}
		}
	}
	for _, row := range equations {
		row = maps.Clone(row)
		for k, p := range pivots {
			if f := row[k]; f != 0 {
				minus(row, p, f)
			}
		}
		if len(row) == 0 {
			continue
		}
		pivot := slices.Min(slices.Collect(maps.Keys(row)))
		f := row[pivot]
		for k := range row {
			row[k] /= f
		}
		for _, p := range pivots {
			if g := p[pivot]; g != 0 {
				minus(p, row, g)
			}
		}
		pivots[pivot] = row
	}
	var out []amount
	for k, row := range pivots {
		if len(row) == 1 {
			out = append(out, unknown[k])
		}
	}
	return out
}

// fill draws twelve weeks of a market: popular and rare regions and industries, large and single employers, and
// requests of few organisations, as the stages store and judge them.
func fill(t *testing.T, store *clickhouse.Store, draw *rand.Rand) {
	t.Helper()
	ctx := t.Context()
	skewed := func(codes ...string) string { return codes[min(draw.IntN(len(codes)), draw.IntN(len(codes)))] }
	regions, industries := []string{"330100", "310000", "110000", "440300", "US", ""}, []string{"I", "C", "M", ""}
	tiers := []string{"backbone", "reserve", "lead", ""}
	var facts []talent.PostingFact
	var requests []talent.Request
	var marks []talent.PeriodMark
	for w := 1; w <= 12; w++ {
		at := talent.Week.Add(now, -w)
		marks = append(marks, talent.PeriodMark{Grain: talent.Week, Period: at})
		for i := range 10 + draw.IntN(70) {
			id := talent.NewID("p", fmt.Sprint(w), fmt.Sprint(i))
			f := talent.PostingFact{ID: id, Source: "s", Key: id, Region: skewed(regions...), Industry: skewed(industries...), Tier: talent.Tier(skewed(tiers...)), DateBasis: talent.DateStated,
				VacancyID: id, EmployerKey: fmt.Sprint("e", min(draw.IntN(25), draw.IntN(25))), Openings: 1 + uint32(draw.IntN(6)), Grain: talent.Week, Date: at, FirstSeen: at, Fetched: at, ExperienceYears: -1, Skills: []string{"llm"}}
			if draw.IntN(3) == 0 {
				f.Skills = []string{"go", "llm"}
			}
			facts = append(facts, f)
		}
		for i := range draw.IntN(14) {
			requests = append(requests, talent.Request{ID: talent.NewID("r", fmt.Sprint(w), fmt.Sprint(i)), Org: fmt.Sprint("o", draw.IntN(7)), Skill: []string{"go", "llm"}[draw.IntN(2)],
				Heads: 1 + draw.IntN(40), Region: skewed(regions...), Industry: skewed(industries...), Tier: talent.Tier(skewed(tiers...)), CreatedAt: at.Add(time.Hour), Version: 1})
		}
	}
	for _, err := range []error{store.PutPostings(ctx, "", facts), store.PutRequests(ctx, "", requests), store.MarkPeriods(ctx, marks...)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	dirty, err := store.DirtyPeriods(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.RollUp(ctx, talent.Week, dirty); err != nil {
		t.Fatal(err)
	}
	var bands []talent.Band
	err = store.EachSeries(ctx, talent.Week, talent.Week.Add(now, -12), talent.Week.Add(now, -1), func(s talent.Series) error {
		for i := 3; i < len(s.Points); i++ {
			e := talent.Evidence{Period: s.Points[i].Period, Window: 4, BandVersion: "test", Expected: 1, Upper: 2}
			for _, p := range s.Points[i-3 : i+1] {
				e.Observed += p.Openings
				if p.Judged > 0 { // unlike the evaluator, all of it: a sum that can be solved for it
					e.Observed += p.Requested
				}
			}
			if e.Observed > 0 {
				bands = append(bands, talent.Band{Key: s.Key, State: talent.VerdictJudged, Evidence: e, Evaluated: now})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.PutBands(ctx, bands); err != nil {
		t.Fatal(err)
	}
}
