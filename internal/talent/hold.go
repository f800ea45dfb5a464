package talent

import (
	"slices"
)

// RequestState says whether a request counts.
type RequestState string

// The states of a request, beside being withdrawn.
const (
	RequestCounted RequestState = ""
	RequestHeld    RequestState = "held"    // waits for the operator's look
	RequestRefused RequestState = "refused" // the operator found that it is not to count
)

// StateWord is where a request stands in one word: withdrawn, counted, held or refused.
func (r Request) StateWord() string {
	switch {
	case r.Withdrawn:
		return "withdrawn"
	case r.State == RequestCounted:
		return "counted"
	}
	return string(r.State)
}

// HoldReason says why a request was held.
type HoldReason string

// The reasons for holding a request.
const (
	HoldNone    HoldReason = ""
	HoldUnknown HoldReason = "unknown_organisation" // many heads of an organisation of which nothing was counted in an earlier month
	HoldSudden  HoldReason = "sudden_size"          // many more heads than in any earlier month of the organisation
)

// The sizes beyond which requests are not taken at their word. What counts for the public figure of demand is held
// first; what is judged is capped besides (Winsor).
const (
	HoldHeads     = 100 // heads of an organisation in a month that are never held
	HoldTimes     = 3   // times the organisation's largest earlier month that are never held
	JudgedHeads   = 20  // heads of one organisation for a cell and skill in a period that are judged, at most
	JudgedParties = 3   // organisations that must ask for the same before any of them is judged
)

// Hold says whether a request of so many heads has to wait for the operator: already is what else the organisation
// asked for in the month that counts, largest what counted in its largest earlier month, 0 when there is none.
func Hold(heads, already, largest int) HoldReason {
	switch total := already + heads; {
	case total <= HoldHeads || total <= HoldTimes*largest:
		return HoldNone
	case largest == 0:
		return HoldUnknown
	}
	return HoldSudden
}

// Winsor is what is judged of the heads that organisations ask for in one cell, skill and period, one number an
// organisation: each counts at most JudgedHeads and no more than the JudgedParties-th largest asks for. So no one or
// two organisations move it by themselves, whatever they state, and a third adds at most what it would need to state
// itself. The roll-up computes the same in SQL. (Winsorised sums: Tukey, The future of data analysis, Annals of
// Mathematical Statistics 33 (1962) 1-67.)
func Winsor(heads []float64) float64 {
	if len(heads) < JudgedParties {
		return 0
	}
	down := slices.Sorted(slices.Values(heads))
	limit := min(JudgedHeads, down[len(down)-JudgedParties])
	var sum float64
	for _, h := range heads {
		sum += min(h, limit)
	}
	return sum
}
