package crawl

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// parseSchedule reads a cron line of five fields in UTC, or a descriptor such as @daily or @every 6h.
func parseSchedule(spec string) (cron.Schedule, error) {
	spec = strings.TrimSpace(spec)
	if strings.Contains(spec, "TZ=") {
		// The parser panics on some of these; and one clock for all sources is easier to live with.
		return nil, errors.New("times are UTC, a time zone cannot be set")
	}
	if d, ok := strings.CutPrefix(spec, "@every "); ok {
		if every, err := time.ParseDuration(strings.TrimSpace(d)); err != nil || every < time.Second {
			return nil, fmt.Errorf("%q: want @every with a duration of at least 1s, such as @every 6h", spec)
		}
	}
	s, err := cron.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("%q is not a cron schedule such as \"30 3 * * *\", @daily or @every 6h: %w", spec, err)
	}
	if s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("%q names a day that never comes", spec)
	}
	return s, nil
}

// lastDue returns the latest moment at or before now at which a source should have been visited, given when
// its last run started (zero: never). The moments of a cron line are fixed, so two schedulers name the same
// one; those of @every are counted from the last run.
func lastDue(s cron.Schedule, last, now time.Time) time.Time {
	now = now.UTC()
	if every, ok := s.(cron.ConstantDelaySchedule); ok {
		if due := last.Add(every.Delay); !last.IsZero() && due.After(now) {
			return last
		}
		return now.Truncate(time.Second)
	}
	for _, back := range []time.Duration{time.Hour, 24 * time.Hour, 8 * 24 * time.Hour, 32 * 24 * time.Hour, 367 * 24 * time.Hour, 5 * 366 * 24 * time.Hour} {
		due := s.Next(now.Add(-back))
		if due.IsZero() || due.After(now) {
			continue
		}
		for {
			next := s.Next(due)
			if next.IsZero() || next.After(now) {
				return due
			}
			due = next
		}
	}
	return time.Time{}
}
