package words

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Heads writes a number of people: whole when large, one decimal when small, thousands apart by a thin space.
func Heads(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	decimals := 0
	if a := math.Abs(v); a < 20 && a != math.Trunc(a) {
		decimals = 1
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if s == "0.0" || s == "-0.0" || s == "-0" {
		return "0"
	}
	return grouped(s)
}

// Signed is heads with a sign, and a real minus.
func Signed(v float64) string {
	s := Heads(v)
	switch {
	case strings.HasPrefix(s, "-"):
		return "−" + s[1:]
	case v > 0 && s != "0" && s != "–":
		return "+" + s
	}
	return s
}

// Whole writes a count.
func Whole(n int) string { return grouped(strconv.Itoa(n)) }

// grouped sets the thousands apart.
func grouped(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	integer, fraction, _ := strings.Cut(s, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range integer {
		if i > 0 && (len(integer)-i)%3 == 0 {
			b.WriteRune(',')
		}
		b.WriteRune(c)
	}
	if fraction != "" {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// Ratio writes demand / supply.
func Ratio(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// Percent writes a share; very small ones keep two significant digits.
func Percent(v float64) string {
	p := 100 * v
	switch a := math.Abs(p); {
	case a == 0:
		return "0%"
	case a < 0.001:
		return "<0.001%"
	case a < 1:
		return strconv.FormatFloat(p, 'g', 2, 64) + "%"
	case a < 10:
		return strconv.FormatFloat(p, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(p, 'f', 0, 64) + "%"
}

// Day writes a date, and a dash for none.
func Day(t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return "–"
	}
	return t.UTC().Format(time.DateOnly)
}

// Minute writes a moment, UTC.
func Minute(t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04") + " UTC"
}

// Period names a period: the month, or the week by its first day.
func Period(g talent.Grain, t time.Time) string {
	if g == talent.Month {
		return t.UTC().Format("2006-01")
	}
	return Day(t)
}

// LastDay is the last day of the period that begins at t.
func LastDay(g talent.Grain, t time.Time) time.Time { return g.Add(t, 1).AddDate(0, 0, -1) }

// Trend writes growth a year with its sign.
func Trend(v float64) string {
	s := strconv.FormatFloat(math.Abs(100*v), 'f', 1, 64) + "%"
	switch {
	case v > 0:
		return "+" + s
	case v < 0:
		return "−" + s
	}
	return s
}

// Share writes n of all as a percentage.
func Share(n, all uint64) string {
	if all == 0 {
		return "–"
	}
	return Percent(float64(n) / float64(all))
}

// Bytes writes an amount of data.
func Bytes(n int64) string {
	switch {
	case n < 1<<10:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<10), 'f', 0, 64) + " kB"
	case n < 1<<30:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
	}
	return strconv.FormatFloat(float64(n)/(1<<30), 'f', 1, 64) + " GB"
}

// Took writes how long something lasted.
func Took(from, to time.Time) string {
	if to.Before(from) {
		return "–"
	}
	return to.Sub(from).Round(100 * time.Millisecond).String()
}
