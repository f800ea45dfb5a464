package talent

import (
	"fmt"
	"time"
)

// Grain is the length of a series' period. A source that publishes monthly (a thread, a dump by month)
// is counted by month, every other source by week; the two are never mixed in one series.
type Grain string

// The grains that series are kept in.
const (
	Week  Grain = "week"
	Month Grain = "month"
)

// ParseGrain reads "week" or "month".
func ParseGrain(s string) (Grain, error) {
	switch Grain(s) {
	case Week, Month:
		return Grain(s), nil
	}
	return "", fmt.Errorf("unknown grain %q: want week or month", s)
}

// Start returns the first day (00:00 UTC) of the period that holds t. Weeks begin on Monday.
func (g Grain) Start(t time.Time) time.Time {
	t = t.UTC()
	if g == Month {
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// Add returns the start of the period n periods after the one that holds t.
func (g Grain) Add(t time.Time, n int) time.Time {
	s := g.Start(t)
	if g == Month {
		return s.AddDate(0, n, 0)
	}
	return s.AddDate(0, 0, 7*n)
}

// LastComplete returns the start of the latest period that had ended by now.
func (g Grain) LastComplete(now time.Time) time.Time { return g.Add(now, -1) }

// PerYear is the mean number of periods in a year.
func (g Grain) PerYear() float64 {
	if g == Month {
		return 12
	}
	return 365.25 / 7
}
