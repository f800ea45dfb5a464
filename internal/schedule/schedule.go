// Package schedule is the one rule for when work is due: sources and the alert job read their schedules with it, so what
// the configuration accepts is what they can run.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Least is the shortest interval of @every. Cron lines have minutes.
const Least = time.Second

// Schedule is a cron line of five fields in UTC, or a descriptor such as @daily or @every 6h. Parse makes it; the zero
// value has no times. It is a cron.Schedule.
type Schedule struct {
	cron  cron.Schedule
	every bool
}

// Parse reads a schedule. It refuses what would never be due, be due more often than Least, or need another time zone.
func Parse(spec string) (Schedule, error) {
	spec = strings.TrimSpace(spec)
	if strings.Contains(spec, "TZ=") {
		// The parser panics on some of these; and one clock for everything is easier to live with.
		return Schedule{}, errors.New("times are UTC, a time zone cannot be set")
	}
	every, isEvery := strings.CutPrefix(spec, "@every ")
	if isEvery {
		if d, err := time.ParseDuration(strings.TrimSpace(every)); err != nil || d < Least {
			return Schedule{}, fmt.Errorf("%q: want @every with a duration of at least %s, such as @every 6h", spec, Least)
		}
	}
	parsed, err := cron.ParseStandard(spec)
	if err != nil {
		return Schedule{}, fmt.Errorf("%q is not a cron schedule such as \"30 3 * * *\", @daily or @every 6h: %w", spec, err)
	}
	s := Schedule{cron: parsed, every: isEvery}
	if s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, fmt.Errorf("%q names a day that never comes", spec)
	}
	return s, nil
}

// Next returns the first moment after t at which work is due, in UTC.
func (s Schedule) Next(t time.Time) time.Time {
	t = t.UTC()
	// The library gives up after five years; 29 February can be eight years away.
	for range 2 {
		if next := s.cron.Next(t); !next.IsZero() {
			return next
		}
		t = t.AddDate(4, 0, 0)
	}
	return time.Time{}
}

// LastDue returns the latest moment at or before now at which work should have been done, given when it was begun last
// (zero: never). The moments of a cron line are fixed, so two schedulers name the same one; those of @every are counted
// from the last time.
func (s Schedule) LastDue(last, now time.Time) time.Time {
	now = now.UTC()
	if s.every {
		if !last.IsZero() && s.cron.Next(last).After(now) {
			return last
		}
		return now.Truncate(time.Second)
	}
	for _, back := range []time.Duration{time.Hour, 24 * time.Hour, 8 * 24 * time.Hour, 32 * 24 * time.Hour, 367 * 24 * time.Hour, 9 * 366 * 24 * time.Hour} {
		due := s.Next(now.Add(-back))
		if due.After(now) {
			continue
		}
		for {
			next := s.Next(due)
			if next.After(now) {
				return due
			}
			due = next
		}
	}
	return time.Time{}
}
