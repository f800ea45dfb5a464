package talent

import "time"

// Verdict is what the evaluation of a period came to. It is not the state of the data: good data of a young series
// cannot be judged, and an outage that no source reported is seen by the evaluation only.
type Verdict string

// The verdicts. Only a judged period has a band.
const (
	VerdictJudged       Verdict = "ok"
	VerdictInsufficient Verdict = "insufficient_history" // too few judged periods before it
	VerdictSourceDown   Verdict = "source_down"          // the data says so, or its exposure is implausibly small
	VerdictNoData       Verdict = "no_data"
	VerdictSuppressed   Verdict = "suppressed" // made by PublicBands: the numbers are hidden
	VerdictPartial      Verdict = "partial"    // the period has not ended
)

// Band is the evaluation of one period of one series. Heads are those of Window periods that end with Period.
type Band struct {
	Key   SeriesKey
	State Verdict
	Evidence
	Evaluated time.Time
}

// Judged reports whether the period has a band to be compared with.
func (b Band) Judged() bool { return b.State == VerdictJudged }
