package text

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNeedsReference is returned for a date that only has a meaning together with the day it was written on.
var ErrNeedsReference = errors.New("the date is relative or has no year: it needs the day on which it was published (reference date)")

// Date reads a date as sources write it: RFC 3339, RFC 1123, 2006-01-02 and 2006/1/2 with or without a time,
// 20060102, 2006年1月2日, Jan 2, 2006, Unix seconds and milliseconds; and, when ref is not zero, 1月2日, 01-02,
// 今天, 昨天 14:30, 3天前, 2小时前, yesterday, 3 days ago, counted from ref. A date without a year is the latest one
// that is not after the day of ref. A zone that is stated is kept; without one it is UTC, and relative dates are
// in the zone of ref. Without a time of day the result is midnight.
func Date(s string, ref time.Time) (time.Time, error) {
	clean := strings.TrimSpace(strings.Map(narrowBlank, s))
	for _, suffix := range []string{"更新", "发布", "刷新", "投递"} {
		clean = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(clean, suffix+"于")), suffix))
	}
	if clean == "" || len(clean) > 64 {
		return time.Time{}, fmt.Errorf("%.40q is not a date", s)
	}
	if t, ok := unixTime(clean); ok {
		return Plausible(t, s)
	}
	layouts := [][]string{dayLayouts(), momentLayouts()}
	if len(clean) > len("2006年11月12日") { // with a time; each layout that does not fit costs an error
		slices.Reverse(layouts)
	}
	for _, layouts := range layouts {
		if t, ok := inLayouts(layouts, clean); ok {
			return Plausible(t, s)
		}
	}
	t, err := relative(clean, ref)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q: %w", s, err)
	}
	return Plausible(t, s)
}

// DateIn reads a date in a layout of package time; with an empty layout it is Date.
func DateIn(layout, s string, ref time.Time) (time.Time, error) {
	if layout == "" {
		return Date(s, ref)
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q does not have the form %q", s, layout)
	}
	return Plausible(t, s)
}

// Day reads a day as people and spreadsheets write it in a table of their own: 2027-03-01, 2027/3/1, 2027.3.1,
// 2027年3月1日, or the number of days by which Excel stores one.
func Day(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if t, ok := inLayouts(dayLayouts(), s); ok {
		return t, true
	}
	// 1 January 1950 to 31 December 2099; any other number is more likely a typing error than a day.
	if n, err := strconv.Atoi(s); err == nil && n >= 18264 && n <= 73050 {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n), true
	}
	return time.Time{}, false
}

func inLayouts(layouts []string, s string) (time.Time, bool) {
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// dayLayouts are days without a time; a leading zero is optional.
func dayLayouts() []string { return []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日"} }

// momentLayouts are tried in order; a leading zero is optional where the layout has none.
func momentLayouts() []string {
	return []string{
		time.RFC3339, "2006-01-02T15:04:05.999999999", "2006-1-2 15:04:05", "2006-1-2 15:04", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
		"2006/1/2 15:04:05", "2006/1/2 15:04", "2006年1月2日 15:04", "2006年1月", "2006-01",
		"2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 UTC",
		time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700",
		"Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2 January 2006", "Jan 2 2006", time.ANSIC,
	}
}

// Plausible returns t, or an error when no posting can be from its year: then s is another number, read as a date.
func Plausible(t time.Time, s string) (time.Time, error) {
	if y := t.Year(); y < 1980 || y > 2200 {
		return time.Time{}, fmt.Errorf("%.40q is not a date of a posting", s)
	}
	return t, nil
}

// unixTime reads 20060102, Unix seconds (10 digits), milliseconds (13) and seconds with a fraction.
func unixTime(s string) (time.Time, bool) {
	whole, fraction, isFloat := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, false
	}
	if isFloat {
		if _, err := strconv.ParseUint(fraction, 10, 64); err != nil {
			return time.Time{}, false
		}
	}
	switch {
	case len(whole) == 8 && !isFloat:
		t, err := time.Parse("20060102", whole)
		return t, err == nil
	case len(whole) == 9 || len(whole) == 10:
		return time.Unix(n, 0).UTC(), true
	case len(whole) == 12 || len(whole) == 13:
		return time.UnixMilli(n).UTC(), true
	}
	return time.Time{}, false
}

// FirstDate returns the first of the dates that Date can read without a reference, else zero.
func FirstDate(dates ...string) time.Time {
	for _, d := range dates {
		if t, err := Date(d, time.Time{}); err == nil {
			return t
		}
	}
	return time.Time{}
}
