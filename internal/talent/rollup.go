package talent

import "time"

// VacancyDays is how long a vacancy lives on after a copy of it: a copy that is dated within so many days of
// the one before it is the same vacancy and is not counted again.
const VacancyDays = 21

// DownShare is the share of a period's usual postings that must come from sources without any good crawl run
// before the period is called source_down: a small board that fails does not blind the whole system.
const DownShare = 0.2

// DownDays is how far back a source's usual share of the postings is looked at: a quarter.
const DownDays = 91

// PeriodMark names a period whose facts changed.
type PeriodMark struct {
	Grain  Grain
	Period time.Time
}

// DirtyPeriod is a period that waits for its roll-up.
type DirtyPeriod struct {
	PeriodMark
	Version uint64 // the latest mark, microseconds
}

// Settling says how fresh the series of a grain up to a period are: how many of its periods wait for a roll-up,
// and when one was rolled up last (zero when none was).
type Settling struct {
	Dirty  int
	Rolled time.Time
}

// KnownPosting is what a stored posting says about its day.
type KnownPosting struct {
	Grain     Grain
	Date      time.Time
	DateBasis DateBasis
	Fetched   time.Time
}
