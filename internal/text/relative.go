package text

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	agoForm      = regexp.MustCompile(`^(\d{1,4})\+? ?(分钟|小时|天|日|周|个星期|星期|个月|月|年|minutes?|hours?|days?|weeks?|months?|years?) ?(?:以?前|ago)$`)
	monthDayForm = regexp.MustCompile(`^(?:(\d{1,2})月(\d{1,2})[日号]?|(\d{2})-(\d{2}))(?: (\d{1,2}:\d{2}))?$`)
)

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
