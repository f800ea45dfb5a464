package dashboards

import (
	"errors"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// funcs are what the templates of one language may call.
func (d *Dashboards) funcs(text messages) template.FuncMap {
	return template.FuncMap{
		"t": text.say, "asset": d.assets.url, "dict": dict, "lower": strings.ToLower, "host": host, "safeurl": safeURL,
		"heads": heads, "signed": signed, "whole": whole, "ratio": ratio, "percent": percent, "trend": trend, "bytes": bytesOf, "share": share,
		"whole64": func(n uint64) string { return grouped(strconv.FormatUint(n, 10)) },
		"deref":   func(p *float64) float64 { return *p },
		"day":     day, "minute": minute, "period": period, "took": took,
		"ago":  func(t time.Time) string { return text.ago(d.now(), t) },
		"rank": func(s talent.Severity) string { return []string{"", "Ⅳ", "Ⅲ", "Ⅱ", "Ⅰ"}[s.Rank()] },
		"severities": func() []talent.Severity {
			return []talent.Severity{talent.Red, talent.Orange, talent.Yellow, talent.Blue}
		},
		"nilheads": func() *float64 { return nil },
		"outcomes": outcomes,
		"terms": func() []string {
			return []string{"posting", "vacancy", "opening", "exposure", "request", "demand", "supply", "gap", "ratio", "tier"}
		},
	}
}

// outcomes are the states of a source, best first.
func outcomes() []string {
	return []string{string(talent.RunComplete), string(talent.RunPartial), string(talent.RunEmpty), string(talent.RunFailed), string(talent.RunDisallowed),
		healthImported, healthWaiting}
}

// dict makes a map of alternating keys and values, so that a template can hand several things to a part.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict wants keys and values in turn")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict wants text as key, got %v", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}

// trend writes growth a year with its sign.
func trend(v float64) string {
	s := strconv.FormatFloat(math.Abs(100*v), 'f', 1, 64) + "%"
	switch {
	case v > 0:
		return "+" + s
	case v < 0:
		return "−" + s
	}
	return s
}

// share writes n of all as a percentage.
func share(n, all uint64) string {
	if all == 0 {
		return "–"
	}
	return percent(float64(n) / float64(all))
}

// bytesOf writes an amount of data.
func bytesOf(n int64) string {
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

// took writes how long something lasted.
func took(from, to time.Time) string {
	if to.Before(from) {
		return "–"
	}
	return to.Sub(from).Round(100 * time.Millisecond).String()
}
