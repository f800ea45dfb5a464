package band

import (
	"math"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// The guards: why a window above its band does not fire.
const (
	GuardNone      = ""
	GuardHeads     = "few_heads"     // too few heads to speak of a shortage
	GuardEmployers = "few_employers" // one or two parties, employers or organisations that ask directly, are not a market
	GuardRatio     = "small_ratio"   // beyond chance, and too small to matter
	GuardPostings  = "few_postings"  // many heads in hardly more postings than usual
)

// postingsAlpha is the p value that the number of postings must reach beside the heads'.
const postingsAlpha = 0.05

// ReasonLowExposure is why a period was not judged, beside its state.
const ReasonLowExposure = "low_exposure" // a small share of the usual exposure: an outage that nobody reported

// Result is the judgement of a series' last period.
type Result struct {
	State    talent.Verdict
	Reason   string          // of a state that is not the period's own
	Evidence talent.Evidence // Period, Window and History also when not judged
	Above    bool            // p is below Alpha: the heads stand above the band
	Well     bool            // p is above AlphaCalm: the heads stand well inside it
	Guard    string          // why a window above its band does not fire
}

// Fires reports whether the series left its band upward, beyond every guard.
func (r Result) Fires() bool {
	return r.State == talent.VerdictJudged && r.Above && r.Guard == GuardNone
}

// Inside reports whether the period was judged and lies well within its band. Between firing and this lies a strip
// where nothing begins and nothing ends.
func (r Result) Inside() bool { return r.State == talent.VerdictJudged && r.Well }

// Ratio is observed over expected heads, 0 when not judged.
func (r Result) Ratio() float64 {
	if r.Evidence.Expected <= 0 {
		return 0
	}
	return r.Evidence.Observed / r.Evidence.Expected
}

// Limits returns the lengths of a grain.
func (c Config) Limits(grain talent.Grain) Limits {
	if grain == talent.Month {
		return c.Month
	}
	return c.Week
}

// Span is the number of periods, ending with the judged one, that an evaluation can look at.
func (l Limits) Span() int { return l.History + l.Gap + l.Window }

// Evaluate judges the last of points, which are in order and without holes, with nothing but the points up to
// it. Points that are no_data, source_down, partial or of an implausibly small exposure are neither judged nor
// learnt from.
func Evaluate(points []talent.Point, grain talent.Grain, cfg Config) Result {
	l := cfg.Limits(grain)
	r := Result{State: talent.VerdictNoData, Evidence: talent.Evidence{P: 1, BandVersion: Version}}
	if len(points) == 0 {
		return r
	}
	if n := l.Span(); len(points) > n {
		points = points[len(points)-n:]
	}
	last := points[len(points)-1]
	r.Evidence.Period = last.Period
	r.Evidence.Window = l.Window
	floor := cfg.MinExposure * usualExposure(points)
	switch {
	case last.State != talent.StateOK:
		r.State = talent.Verdict(last.State) // why it is not judged
	case last.Exposure <= 0:
		r.State = talent.VerdictNoData
	case float64(last.Exposure) < floor:
		r.State, r.Reason = talent.VerdictSourceDown, ReasonLowExposure
	default:
		r.State = talent.VerdictJudged
	}
	if r.State != talent.VerdictJudged {
		return r
	}
	history := learn(points, l, floor)
	r.Evidence.History = len(history)
	if len(history) < l.Minimum {
		r.State = talent.VerdictInsufficient
		return r
	}
	f := regress(history)
	r.Evidence = judge(points, l.Window, floor, f, cfg)
	r.Evidence.History = len(history)
	r.Evidence.TrendYear = finite(math.Expm1(f.slope * grain.PerYear()))
	r.Above, r.Well = r.Evidence.P < cfg.Alpha, r.Evidence.P >= cfg.AlphaCalm
	if !r.Above {
		return r
	}
	r.Guard = guard(r.Evidence, cfg)
	if r.Guard == GuardNone && r.Evidence.Observed > float64(r.Evidence.Vacancies)+r.Evidence.Requested &&
		!morePostings(points, l, floor, cfg) {
		r.Guard = GuardPostings
	}
	return r
}

// morePostings judges the postings instead of their heads, and asks little of them: a single posting that wants
// sixty people lifts the heads of a window and not the number of its postings.
func morePostings(points []talent.Point, l Limits, floor float64, cfg Config) bool {
	flat := make([]talent.Point, len(points))
	for i, p := range points {
		p.Openings = float64(p.Vacancies)
		flat[i] = p
	}
	return judge(flat, l.Window, floor, regress(learn(flat, l, floor)), cfg).P < postingsAlpha
}

// guard names what keeps a window above its band from firing.
func guard(e talent.Evidence, cfg Config) string {
	switch {
	case e.Observed < cfg.MinHeads:
		return GuardHeads
	case e.Employers+e.Requesters < cfg.MinEmployers:
		return GuardEmployers
	case e.Observed < cfg.MinRatio*e.Expected:
		return GuardRatio
	}
	return GuardNone
}

// usualExposure is the median exposure of the periods that have any.
func usualExposure(points []talent.Point) float64 {
	x := make([]float64, 0, len(points))
	for _, p := range points {
		if learnable(p) {
			x = append(x, float64(p.Exposure))
		}
	}
	return median(x)
}

// learnable reports whether a period's own state lets it be counted.
func learnable(p talent.Point) bool {
	return p.Exposure > 0 && p.State == talent.StateOK
}

// learn collects the history: the judged periods before window and gap.
func learn(points []talent.Point, l Limits, floor float64) []obs {
	end := len(points) - l.Window - l.Gap
	var out []obs
	for i := max(0, end-l.History); i < end; i++ {
		if p := points[i]; learnable(p) && float64(p.Exposure) >= floor {
			out = append(out, obs{t: float64(i - len(points) + 1), heads: p.JudgedDemand(), exposure: float64(p.Exposure)})
		}
	}
	return out
}

// judge compares the judged periods among the last n with the fit.
func judge(points []talent.Point, n int, floor float64, f fit, cfg Config) talent.Evidence {
	e := talent.Evidence{Period: points[len(points)-1].Period, Window: n, BandVersion: Version}
	var judged []talent.Point
	for i := max(0, len(points)-n); i < len(points); i++ {
		p := points[i]
		if !learnable(p) || float64(p.Exposure) < floor {
			continue
		}
		judged = append(judged, p)
		e.Hidden |= p.Hidden
		e.Observed += p.JudgedDemand()
		e.Employers = max(e.Employers, p.Employers)
		e.Requested += p.Judged
		e.Requesters = max(e.Requesters, p.Requesters)
		e.Expected += float64(p.Exposure) * f.ahead(float64(i-len(points)+1))
	}
	sum := talent.Sum(judged)
	e.Exposure, e.Vacancies, e.Stated, e.Supply = float64(sum.Exposure), sum.Vacancies, sum.Requested, sum.Supply
	if e.Supply != nil {
		e.Gap = new(e.Observed - *e.Supply)
	}
	e.BaseRate = e.Expected / e.Exposure
	c := counts{mean: e.Expected, dispersion: f.dispersion}
	if e.Vacancies > 0 {
		// Var/mean of a sum of geometric numbers of heads is 2m − 1: one posting with fifty heads is noise of one.
		if m := (e.Observed - e.Requested) / float64(e.Vacancies); m > 1 {
			c.dispersion = max(c.dispersion, 2*m-1)
		}
	}
	c.dispersion += e.Expected * (f.variance() + cfg.Drift*cfg.Drift)
	e.Dispersion = c.dispersion
	e.P = finite(c.upper(e.Observed))
	e.Upper, e.Lower = c.limit(cfg.Alpha), c.limit(1-cfg.Alpha)
	return e
}
