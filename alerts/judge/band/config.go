// Package band judges the last period of a skill-gap series against the band that its own history spans. It
// is pure: the same points give the same numbers, live, in a backtest and in an explanation.
//
// The method is the quasi-Poisson regression of Farrington and others (A statistical algorithm for the early
// detection of outbreaks of infectious disease, JRSS A 159 (1996) 547-563) with the milder reweighting of past
// outliers and the negative binomial limits of Noufaily and others (An improved algorithm for outbreak
// detection in multiple surveillance systems, Statistics in Medicine 32 (2013) 1206-1222): a log-linear rate of
// heads per vacancy of the cell, so that a holiday or a source that doubles moves expectation and observation
// together. Different from them: no season (it cancels between skill and cell to a large part), a slow-drift
// term for pooled windows, a floor for skills that were never asked for, and a compound term for postings that
// want many heads at once.
package band

import "fmt"

// Version names the evaluator in stored bands and evidence; it changes when the numbers can.
const Version = "band-2"

// Limits are the lengths of one grain, in periods.
type Limits struct {
	History int `yaml:"history"` // periods looked back before the window and the gap, at most
	Minimum int `yaml:"minimum"` // judged periods among them; fewer is insufficient history
	Gap     int `yaml:"gap"`     // periods between history and window that belong to neither
	Window  int `yaml:"window"`  // periods judged together, ending with the last
}

// Config holds the thresholds of the band.
type Config struct {
	Week  Limits `yaml:"week"`
	Month Limits `yaml:"month"`

	Alpha        float64 `yaml:"alpha"`         // one-sided probability beyond the upper limit
	AlphaCalm    float64 `yaml:"alpha_calm"`    // p from which a period counts towards the end of an alert
	MinHeads     float64 `yaml:"min_heads"`     // heads in the window below which nothing fires
	MinEmployers int     `yaml:"min_employers"` // distinct employers in one period of the window, and organisations that ask directly
	MinRatio     float64 `yaml:"min_ratio"`     // observed / expected
	MinExposure  float64 `yaml:"min_exposure"`  // share of the median exposure below which a period is not judged
	Drift        float64 `yaml:"drift"`         // coefficient of variation of the rate that counts as usual
}

// DefaultConfig holds the values that docs/quality.md reports on.
func DefaultConfig() Config {
	return Config{
		Week:  Limits{History: 104, Minimum: 26, Gap: 8, Window: 4},
		Month: Limits{History: 36, Minimum: 12, Gap: 3, Window: 3},
		Alpha: 0.001, AlphaCalm: 0.01, MinHeads: 5, MinEmployers: 3, MinRatio: 1.3, MinExposure: 0.1, Drift: 0.08,
	}
}

// Validate names the first threshold that cannot work.
func (c Config) Validate() error {
	for name, l := range map[string]Limits{"week": c.Week, "month": c.Month} {
		switch {
		case l.Window < 1:
			return fmt.Errorf("alerts.band.%s.window: want at least 1 period, have %d", name, l.Window)
		case l.Gap < 0:
			return fmt.Errorf("alerts.band.%s.gap: want 0 or more periods, have %d", name, l.Gap)
		case l.Minimum < 6:
			return fmt.Errorf("alerts.band.%s.minimum: a band needs at least 6 periods, have %d", name, l.Minimum)
		case l.History < l.Minimum:
			return fmt.Errorf("alerts.band.%s.history: %d is below the minimum of %d", name, l.History, l.Minimum)
		}
	}
	switch {
	case !(c.Alpha > 0 && c.Alpha < 0.5):
		return fmt.Errorf("alerts.band.alpha: want a probability between 0 and 0.5, have %g", c.Alpha)
	case !(c.AlphaCalm >= c.Alpha && c.AlphaCalm < 0.5):
		return fmt.Errorf("alerts.band.alpha_calm: want a probability from alpha to 0.5, have %g", c.AlphaCalm)
	case !(c.MinRatio >= 1):
		return fmt.Errorf("alerts.band.min_ratio: want 1 or more, have %g", c.MinRatio)
	case !(c.MinExposure >= 0 && c.MinExposure < 1):
		return fmt.Errorf("alerts.band.min_exposure: want a share from 0 to below 1, have %g", c.MinExposure)
	case !(c.Drift >= 0 && c.Drift < 1):
		return fmt.Errorf("alerts.band.drift: want a share from 0 to below 1, have %g", c.Drift)
	case c.MinHeads < 0 || c.MinEmployers < 0:
		return fmt.Errorf("alerts.band: min_heads and min_employers cannot be negative")
	}
	return nil
}
