package band_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/alerts/judge/band"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// market draws weekly points of one skill: share of a panel of vacancies, overdispersed.
type market struct {
	rnd        *rand.Rand
	panel      float64 // vacancies a week
	share      float64
	dispersion float64
	openings   int // most heads a vacancy wants, drawn 1..openings
}

func (m market) point(week int, factor, volume float64) talent.Point {
	p := talent.Point{Period: talent.Week.Add(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), week), State: talent.StateOK}
	p.Exposure = int(m.panel * volume * math.Exp(0.05*m.rnd.NormFloat64()))
	mean := float64(p.Exposure) * m.share * factor
	if m.dispersion > 1 && mean > 0 {
		g := distuv.Gamma{Alpha: mean / (m.dispersion - 1), Beta: 1 / (m.dispersion - 1), Src: m.rnd}
		mean = g.Rand()
	}
	if mean > 0 {
		p.Vacancies = min(p.Exposure, int(distuv.Poisson{Lambda: mean, Src: m.rnd}.Rand()))
	}
	p.Employers = p.Vacancies
	for range p.Vacancies {
		p.Openings += float64(1 + m.rnd.IntN(max(1, m.openings)))
	}
	if p.Exposure == 0 {
		p.State = talent.StateNoData
	}
	return p
}

func (m market) weeks(n int) []talent.Point {
	out := make([]talent.Point, n)
	for i := range out {
		out[i] = m.point(i, 1, 1)
	}
	return out
}

func newMarket(seed uint64) market {
	return market{rnd: rand.New(rand.NewPCG(seed, 1)), panel: 1500, share: 0.01, dispersion: 1.3, openings: 1}
}

// The share of null weeks in which the band fires must be near what it promises, for rare, common and
// many-headed skills.
func TestNullRate(t *testing.T) {
	cfg := band.DefaultConfig()
	for _, c := range []struct {
		name       string
		share      float64
		dispersion float64
		openings   int
	}{
		{"rare", 0.001, 1, 1}, {"common", 0.01, 1.3, 1}, {"noisy", 0.03, 3, 1}, {"many heads", 0.01, 1.2, 6},
	} {
		var below1, below01, fired, n int
		for seed := range uint64(60) {
			m := newMarket(seed)
			m.share, m.dispersion, m.openings = c.share, c.dispersion, c.openings
			points := m.weeks(200)
			for end := 120; end <= len(points); end++ {
				r := band.Evaluate(points[:end], talent.Week, cfg)
				n++
				if r.Evidence.P < 0.01 {
					below1++
				}
				if r.Evidence.P < 0.001 {
					below01++
				}
				if r.Fires() {
					fired++
				}
			}
		}
		t.Logf("%-10s p < 0.01 in %.4f, p < 0.001 in %.5f, fires in %.5f of %d stable weeks", c.name,
			float64(below1)/float64(n), float64(below01)/float64(n), float64(fired)/float64(n), n)
		if float64(below1)/float64(n) > 0.02 || float64(fired)/float64(n) > 0.003 {
			t.Errorf("%s: the band fires more often than it promises", c.name)
		}
	}
}

func TestShiftFires(t *testing.T) {
	cfg := band.DefaultConfig()
	for _, factor := range []float64{2, 3} {
		found, late := 0, 0
		for seed := range uint64(100) {
			m := newMarket(seed)
			points := m.weeks(110)
			fired := -1
			for w := range 8 {
				points = append(points, m.point(110+w, factor, 1))
				if band.Evaluate(points, talent.Week, cfg).Fires() {
					fired = w
					break
				}
			}
			if fired >= 0 {
				found++
			}
			late = max(late, fired)
		}
		t.Logf("share x%g: %d of 100 found within 8 weeks, the latest after %d", factor, found, late)
		if found < 99 {
			t.Errorf("share x%g: only %d of 100 found within 8 weeks", factor, found)
		}
	}
}

// Whatever all volume does together is no shortage: a holiday dip, a source that dies, one that doubles.
func TestVolumeAloneDoesNotFire(t *testing.T) {
	cfg := band.DefaultConfig()
	for _, volume := range []float64{0, 0.04, 0.25, 0.5, 2} {
		fired := 0
		for seed := range uint64(60) {
			m := newMarket(1000 + seed)
			points := m.weeks(110)
			for w := range 10 {
				v := 1.0
				if w < 4 {
					v = volume
				}
				points = append(points, m.point(110+w, 1, v))
				r := band.Evaluate(points, talent.Week, cfg)
				if r.Fires() {
					fired++
				}
				if v < 0.1 && w < 4 && r.State == talent.VerdictJudged {
					t.Fatalf("volume %g: an outage was judged: %+v", volume, r)
				}
			}
		}
		t.Logf("volume x%g for 4 weeks and back: fired in %d of 600 weeks", volume, fired)
		if fired > 3 {
			t.Errorf("volume x%g: fired in %d of 600 weeks", volume, fired)
		}
	}
}

func TestStates(t *testing.T) {
	cfg := band.DefaultConfig()
	m := newMarket(7)
	full := m.weeks(120)
	with := func(change func(p *talent.Point)) []talent.Point {
		out := append([]talent.Point(nil), full...)
		change(&out[len(out)-1])
		return out
	}
	for _, c := range []struct {
		name   string
		points []talent.Point
		want   talent.Verdict
	}{
		{"none", nil, talent.VerdictNoData},
		{"short", full[:30], talent.VerdictInsufficient},
		{"long enough", full[:26+8+4], talent.VerdictJudged},
		{"partial", with(func(p *talent.Point) { p.State = talent.StatePartial; p.Openings = 500 }), talent.VerdictPartial},
		{"source down", with(func(p *talent.Point) { p.State = talent.StateSourceDown; p.Openings = 500 }), talent.VerdictSourceDown},
		{"no exposure", with(func(p *talent.Point) { p.Exposure = 0; p.Openings = 50 }), talent.VerdictNoData},
		{"4 %", with(func(p *talent.Point) { p.Exposure /= 25; p.Openings = 50 }), talent.VerdictSourceDown},
	} {
		r := band.Evaluate(c.points, talent.Week, cfg)
		if r.State != c.want {
			t.Errorf("%s: state %s, want %s", c.name, r.State, c.want)
		}
		if c.want != talent.VerdictJudged && (r.Fires() || r.Inside() || r.Evidence.P != 1) {
			t.Errorf("%s: judged although %s", c.name, c.want)
		}
	}
}

func TestGuards(t *testing.T) {
	cfg := band.DefaultConfig()
	full := newMarket(9).weeks(120)
	for _, c := range []struct {
		name   string
		change func(p *talent.Point)
		want   string
	}{
		{"two employers", func(p *talent.Point) { p.Openings, p.Vacancies, p.Employers = 90, 90, 2 }, band.GuardEmployers},
		{"a market", func(p *talent.Point) { p.Openings, p.Vacancies, p.Employers = 90, 90, 40 }, band.GuardNone},
		{"requests count", func(p *talent.Point) { p.Requested, p.Judged, p.Requesters, p.Employers = 90, 90, 9, 12 }, band.GuardNone},
		{"only requests", func(p *talent.Point) { p.Requested, p.Judged, p.Requesters, p.Employers = 90, 90, 9, 0 }, band.GuardNone},
	} {
		points := append([]talent.Point(nil), full...)
		for i := range 4 { // no shop behind the others of the window
			points[len(points)-1-i].Employers = 1
		}
		c.change(&points[len(points)-1])
		r := band.Evaluate(points, talent.Week, cfg)
		if !r.Above || r.Guard != c.want {
			t.Errorf("%s: above %v, guard %q, want %q (p %.2g)", c.name, r.Above, r.Guard, c.want, r.Evidence.P)
		}
	}
	points := append([]talent.Point(nil), full...)
	p := &points[len(points)-1]
	p.Openings, p.Vacancies, p.Employers = p.Openings+60, p.Vacancies+1, 9 // one posting that wants sixty
	if r := band.Evaluate(points, talent.Week, cfg); r.Fires() {
		t.Errorf("one posting with sixty heads fires: %+v", r.Evidence)
	}
	if r := band.Evaluate(full[:0], talent.Week, cfg); r.Ratio() != 0 {
		t.Errorf("ratio of nothing is %g", r.Ratio())
	}
}

// A skill that nobody ever asked for becomes common.
func TestFromNothing(t *testing.T) {
	cfg := band.DefaultConfig()
	m := newMarket(11)
	m.share = 0
	points := m.weeks(120)
	m.share = 0.003
	for w := range 6 {
		points = append(points, m.point(120+w, 1, 1))
		if r := band.Evaluate(points, talent.Week, cfg); r.Fires() {
			if math.IsInf(r.Ratio(), 0) || r.Evidence.Expected <= 0 {
				t.Errorf("expected heads are %g", r.Evidence.Expected)
			}
			return
		}
	}
	t.Error("did not fire within 6 weeks")
}

// Numbers stay finite, ordered and consistent for any points.
func TestAnyPoints(t *testing.T) {
	cfg := band.DefaultConfig()
	states := []talent.DataState{talent.StateOK, talent.StateOK, talent.StateOK, talent.StateNoData, talent.StateSourceDown, talent.StatePartial}
	rapid.Check(t, func(rt *rapid.T) {
		grain := rapid.SampledFrom([]talent.Grain{talent.Week, talent.Month}).Draw(rt, "grain")
		scale := rapid.SampledFrom([]int{1, 30, 3000, 1_000_000}).Draw(rt, "scale")
		points := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) talent.Point {
			e := rapid.IntRange(0, scale).Draw(rt, "exposure")
			v := rapid.IntRange(0, e).Draw(rt, "vacancies")
			return talent.Point{
				Exposure: e, Vacancies: v, Openings: float64(v * rapid.IntRange(1, 9).Draw(rt, "openings")),
				Employers: v, Requested: float64(rapid.IntRange(0, 20).Draw(rt, "requested")), Judged: float64(rapid.IntRange(0, 20).Draw(rt, "judged")),
				State: rapid.SampledFrom(states).Draw(rt, "state"),
			}
		}), 0, 130).Draw(rt, "points")
		r := band.Evaluate(points, grain, cfg)
		e := r.Evidence
		if _, err := json.Marshal(e); err != nil {
			rt.Fatal(err)
		}
		if e.P < 0 || e.P > 1 {
			rt.Fatalf("p = %g", e.P)
		}
		if r.State != talent.VerdictJudged {
			return
		}
		if !(e.Lower >= 0 && e.Lower <= e.Upper && e.Expected > 0 && e.Dispersion >= 1) {
			rt.Fatalf("band %g..%g around %g, dispersion %g", e.Lower, e.Upper, e.Expected, e.Dispersion)
		}
		if edge := math.Abs(e.Observed-e.Upper) < 1e-6*(1+e.Upper); !edge && r.Above != (e.Observed > e.Upper) {
			rt.Fatalf("above is %v with %g observed and upper limit %g (p %g)", r.Above, e.Observed, e.Upper, e.P)
		}
	})
}

func TestConfigValidate(t *testing.T) {
	for name, change := range map[string]func(*band.Config){
		"alpha": func(c *band.Config) { c.Alpha = 0 }, "ratio": func(c *band.Config) { c.MinRatio = 0.5 },
		"window": func(c *band.Config) { c.Week.Window = 0 }, "history": func(c *band.Config) { c.Month.History = 3 },
		"calm":  func(c *band.Config) { c.AlphaCalm = c.Alpha / 2 },
		"drift": func(c *band.Config) { c.Drift = -1 }, "exposure": func(c *band.Config) { c.MinExposure = 1 },
	} {
		c := band.DefaultConfig()
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		if change(&c); c.Validate() == nil {
			t.Errorf("%s: a configuration that cannot work was accepted", name)
		}
	}
}
