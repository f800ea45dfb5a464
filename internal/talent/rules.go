package talent

import "time"

// Rules are the numbers that warnings follow in the running system, for showing them beside the warnings.
type Rules struct {
	Week, Month GrainRules
	Alpha       float64 // one-sided probability beyond the upper limit of the band
	AlphaCalm   float64 // probability from which a period counts towards the end of a warning
	MinHeads    float64 // heads in the window below which nothing fires
	MinParties  int     // employers and requesting organisations in one period of the window, at least
	MinRatio    float64 // observed / expected, at least
	Steps       []SeverityStep
	Scarcity    float64 // demand / supply that red asks for
	Version     string  // of the evaluator
}

// GrainRules are lengths in periods of one grain.
type GrainRules struct {
	Window  int // judged together
	History int // looked back at most
	Minimum int // judged periods that a band needs
	Gap     int // between history and window, so that a slow onset does not teach the band
	Calm    int // judged periods in a row well inside the band that end a warning
}

// SeverityStep is what a severity asks for at least.
type SeverityStep struct {
	Severity Severity
	Ratio    float64 // observed / expected
	Heads    float64 // in the window
}

// Lead is the longest time that a window of either grain begins before its last period.
func (r Rules) Lead() time.Duration {
	return 24 * time.Hour * time.Duration(max(7*r.Window(Week), 31*r.Window(Month)))
}

// Window is how many periods of a grain are judged together, at least one: a single week of a rare skill is mostly
// chance. Pages sum the same windows.
func (r Rules) Window(g Grain) int {
	if g == Month {
		return max(1, r.Month.Window)
	}
	return max(1, r.Week.Window)
}
