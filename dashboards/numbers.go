package dashboards

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// heads writes a number of people: whole when large, one decimal when small, thousands apart by a thin space.
func heads(v float64) string {
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

// signed is heads with a sign, and a real minus.
func signed(v float64) string {
	s := heads(v)
	switch {
	case strings.HasPrefix(s, "-"):
		return "−" + s[1:]
	case v > 0 && s != "0" && s != "–":
		return "+" + s
	}
	return s
}

// whole writes a count.
func whole(n int) string { return grouped(strconv.Itoa(n)) }

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

// ratio writes demand / supply.
func ratio(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// percent writes a share; very small ones keep two significant digits.
func percent(v float64) string {
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

// day writes a date, and a dash for none.
func day(t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return "–"
	}
	return t.UTC().Format(time.DateOnly)
}

// minute writes a moment, UTC.
func minute(t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04") + " UTC"
}

// period names a period: the month, or the week by its first day.
func period(g talent.Grain, t time.Time) string {
	if g == talent.Month {
		return t.UTC().Format("2006-01")
	}
	return day(t)
}

// lastDay is the last day of the period that begins at t.
func lastDay(g talent.Grain, t time.Time) time.Time { return g.Add(t, 1).AddDate(0, 0, -1) }
