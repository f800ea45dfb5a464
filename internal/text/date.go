package text

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ErrNeedsReference is answered for a date that only means something together with the day it was written on.
var ErrNeedsReference = errors.New("the date is relative or has no year: it needs the day on which it was published (reference date)")

// Date reads a date as sources write it: RFC 3339, RFC 1123, 2006-01-02 and 2006/1/2 with or without a time,
// 20060102, 2006年1月2日, Jan 2, 2006, Unix seconds and milliseconds; and, when ref is not zero, 1月2日, 01-02,
// 今天, 昨天 14:30, 3天前, 2小时前, yesterday, 3 days ago, counted from ref. A date without a year is the latest one
// that is not after the day of ref. A zone that is stated is kept; without one it is UTC, and relative dates are
// in the zone of ref. Without a time of day the result is midnight.
func Date(s string, ref time.Time) (time.Time, error) {
	clean := strings.TrimSpace(strings.Map(foldDate, s))
	for _, suffix := range []string{"更新", "发布", "刷新", "投递"} {
		clean = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(clean, suffix+"于")), suffix))
	}
	if clean == "" || len(clean) > 64 {
		return time.Time{}, fmt.Errorf("%.40q is not a date", s)
	}
	if t, ok := unixTime(clean); ok {
		return Plausible(t, s)
	}
	for _, l := range absoluteLayouts() {
		if t, err := time.Parse(l, clean); err == nil {
			return Plausible(t, s)
		}
	}
	t, err := relative(clean, ref)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q: %w", s, err)
	}
	return Plausible(t, s)
}

var (
	agoForm      = regexp.MustCompile(`^(\d{1,4})\+? ?(分钟|小时|天|日|周|个星期|星期|个月|月|年|minutes?|hours?|days?|weeks?|months?|years?) ?(?:以?前|ago)$`)
	monthDayForm = regexp.MustCompile(`^(?:(\d{1,2})月(\d{1,2})[日号]?|(\d{2})-(\d{2}))(?: (\d{1,2}:\d{2}))?$`)
)

// absoluteLayouts are tried in order; a leading zero is optional where the layout has none.
func absoluteLayouts() []string {
	return []string{
		time.RFC3339, "2006-1-2", "2006/1/2", "2006-01-02T15:04:05.999999999", "2006-1-2 15:04:05", "2006-1-2 15:04", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
		"2006/1/2 15:04:05", "2006/1/2 15:04", "2006.1.2", "2006年1月2日", "2006年1月2日 15:04", "2006年1月", "2006-01",
		"2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 UTC",
		time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700",
		"Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2 January 2006", "Jan 2 2006", time.ANSIC,
	}
}

// foldDate makes full-width digits and punctuation plain.
func foldDate(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// Plausible refuses years that no posting has; they are other numbers read as dates.
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

// relative reads dates that depend on the day they were written on.
func relative(s string, ref time.Time) (time.Time, error) {
	lower := strings.ToLower(s)
	word, clock, _ := strings.Cut(lower, " ")
	var back func(time.Time) time.Time
	days := func(n int) func(time.Time) time.Time {
		return func(t time.Time) time.Time { return startOfDay(t).AddDate(0, 0, -n) }
	}
	switch {
	case word == "今天" || word == "今日" || word == "today":
		back = days(0)
	case word == "昨天" || word == "昨日" || word == "yesterday":
		back = days(1)
	case word == "前天":
		back = days(2)
	case lower == "刚刚" || lower == "just now" || lower == "just posted":
		back, clock = days(0), ""
	}
	if back == nil {
		clock = ""
		if n, unit, ok := ago(lower); ok {
			back = func(t time.Time) time.Time { return before(t, n, unit) }
		} else if m, d, c, ok := monthDay(lower); ok {
			clock = c
			back = func(t time.Time) time.Time { return latest(t, m, d) }
		}
	}
	if back == nil {
		return time.Time{}, errors.New("not a date in a known form")
	}
	if ref.IsZero() {
		return time.Time{}, ErrNeedsReference
	}
	t := back(ref)
	if t.IsZero() {
		return t, errors.New("there is no such day")
	}
	if clock = strings.TrimSpace(clock); clock != "" {
		c, err := time.Parse("15:04", clock)
		if err != nil {
			return time.Time{}, errors.New("not a date in a known form")
		}
		t = startOfDay(t).Add(time.Duration(c.Hour())*time.Hour + time.Duration(c.Minute())*time.Minute)
	}
	return t, nil
}

// ago reads 3天前, 2 个月前, 30+ days ago.
func ago(s string) (n int, unit string, ok bool) {
	m := agoForm.FindStringSubmatch(s)
	if m == nil {
		return 0, "", false
	}
	n, err := strconv.Atoi(m[1])
	return n, m[2], err == nil
}

func before(t time.Time, n int, unit string) time.Time {
	switch strings.TrimSuffix(unit, "s") {
	case "分钟", "minute":
		return t.Add(-time.Duration(n) * time.Minute)
	case "小时", "hour":
		return t.Add(-time.Duration(n) * time.Hour)
	case "周", "个星期", "星期", "week":
		n *= 7
	case "个月", "月", "month":
		return startOfDay(t).AddDate(0, -n, 0)
	case "年", "year":
		return startOfDay(t).AddDate(-n, 0, 0)
	}
	return startOfDay(t).AddDate(0, 0, -n)
}

// monthDay reads 1月2日 and 01-02, with the time of day that may follow.
func monthDay(s string) (month, day int, clock string, ok bool) {
	m := monthDayForm.FindStringSubmatch(s)
	if m == nil {
		return 0, 0, "", false
	}
	month, _ = strconv.Atoi(m[1] + m[3])
	day, _ = strconv.Atoi(m[2] + m[4])
	return month, day, m[5], true
}

// latest returns the latest day month-day that is not after the day of ref; zero when there is no such day.
func latest(ref time.Time, month, day int) time.Time {
	for y := ref.Year(); y > ref.Year()-8; y-- { // 29 February
		t := time.Date(y, time.Month(month), day, 0, 0, 0, 0, ref.Location())
		if t.Day() == day && int(t.Month()) == month && !t.After(ref) {
			return t
		}
	}
	return time.Time{}
}

func startOfDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// FirstDate returns the first of the dates that can be read, else zero.
func FirstDate(dates ...string) time.Time {
	for _, d := range dates {
		if t, err := Date(d, time.Time{}); err == nil {
			return t
		}
	}
	return time.Time{}
}
