package pages

import (
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// funcs are what the templates of one language may call.
func (p *Pages) funcs(text words.Messages) template.FuncMap {
	return template.FuncMap{
		"t": text.Say, "tn": text.Count, "runreason": text.RunReason, "asset": p.assets.url, "dict": dict, "lower": strings.ToLower, "host": host, "safeurl": safeURL,
		"heads": words.Heads, "signed": words.Signed, "whole": words.Whole, "ratio": words.Ratio, "percent": words.Percent, "trend": words.Trend,
		"bytes": words.Bytes, "share": words.Share,
		"whole64": func(n uint64) string { return words.Whole(int(n)) },
		"deref":   func(p *float64) float64 { return *p },
		"day":     words.Day, "minute": words.Minute, "period": words.Period, "took": words.Took,
		"ago":  func(t time.Time) string { return text.Ago(p.read.Now(), t) },
		"rank": func(s talent.Severity) string { return []string{"", "Ⅳ", "Ⅲ", "Ⅱ", "Ⅰ"}[s.Rank()] },
		"severities": func() []talent.Severity {
			worst := talent.Severities()
			slices.Reverse(worst)
			return worst
		},
		"nilheads": func() *float64 { return nil },
		"spark":    func(points []talent.Point) template.HTML { return sparkline(points, 104, 28) },
		"meter": func(r read.GapRow) template.HTML {
			return meter(r.Demand, r.Band.Lower, r.Band.Expected, r.Band.Upper, 112, 24)
		},
		"outcomes": outcomes,

		"link": link, "everything": func() read.Filter { return read.Filter{} },
		"overviewURL": overviewURL, "sortedURL": sortedURL, "allURL": allURL, "skillsURL": skillsURL, "skillURL": skillURL, "skillAllURL": skillAllURL,
		"skillPartURL": skillPartURL, "seriesURL": seriesURL, "relatedURL": relatedURL, "firingURL": firingURL, "alertURL": alertURL, "sourceURL": sourceURL,
		"gapsCSV": gapsCSV, "seriesCSV": seriesCSV, "alertsCSV": alertsCSV, "subscribeURL": subscribeURL, "uploadURL": uploadURL, "templateURL": templateURL,
		"least": func() int { return max(p.cfg.LeastParties, 2) },
		"known": func(e talent.Evidence, said string) string { // a number of evidence
			if e.Suppressed {
				return "–"
			}
			return said
		},
		"terms": func() []string {
			return []string{"posting", "vacancy", "opening", "exposure", "request", "demand", "supply", "gap", "ratio", "tier"}
		},
	}
}

// outcomes are the states of a source, best first.
func outcomes() []string {
	return []string{string(talent.RunComplete), string(talent.RunPartial), string(talent.RunEmpty), string(talent.RunFailed), string(talent.RunDisallowed),
		read.SourceImported, read.SourceWaiting}
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
