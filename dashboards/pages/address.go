package pages

import (
	"maps"
	"net/url"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Every address that a page holds is made here, whole: templates put none together, so that none loses its filter or
// is escaped twice. TestAddressesAreBuilt holds the templates to it.

// address is a path of this site with a query.
func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// cellOf is a filter without the layout of its rows.
func cellOf(f read.Filter) read.Filter {
	f.Sort, f.All = "", false
	return f
}

func overviewURL(f read.Filter) string { return address("/", f.Query()) }

// sortedURL is the overview of the same cell in another order.
func sortedURL(f read.Filter, by string) string {
	f.Sort = by
	return overviewURL(f)
}

// allURL is the overview of the same cell with every row.
func allURL(f read.Filter) string {
	f.All = true
	return overviewURL(f)
}

func skillsURL(f read.Filter) string { return address("/skills", cellOf(f).Query()) }

func skillURL(id string, f read.Filter) string {
	return address("/skills/"+url.PathEscape(id), cellOf(f).Query())
}

// skillAllURL is a skill's page with every period.
func skillAllURL(id string, f read.Filter) string {
	f.Sort, f.All = "", true
	return address("/skills/"+url.PathEscape(id), f.Query())
}

// skillPartURL is a skill's page for a part of its breakdown: one region, industry or tier of the same grain.
func skillPartURL(id string, f read.Filter, by, code string) string {
	part := read.Filter{Grain: f.Grain, Settled: f.Settled}
	switch by {
	case "region":
		part.Region = code
	case "industry":
		part.Industry = code
	case "tier":
		part.Tier = talent.Tier(code)
	}
	return skillURL(id, part)
}

// seriesURL is the page of one series.
func seriesURL(k talent.SeriesKey) string {
	return skillURL(k.Skill, read.Filter{Grain: k.Grain, Region: k.Region, Industry: k.Industry, Tier: k.Tier})
}

// relatedURL is the list of warnings on a skill's page.
func relatedURL(id string, f read.Filter) string { return skillURL(id, f) + "#related" }

// alertsQuery is the query of a list of alerts.
func alertsQuery(f talent.AlertFilter) url.Values {
	q := read.Filter{Grain: f.Grain, Region: f.Region, Industry: f.Industry, Tier: f.Tier}.Query()
	for _, p := range [][2]string{{"skill", f.Skill}, {"severity", string(f.Severity)}} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	switch f.Status {
	case talent.AlertFiring: // what the list shows when it is not told
	case "":
		q.Set("status", read.AnyStatus)
	default:
		q.Set("status", string(f.Status))
	}
	return q
}

func alertsURL(f talent.AlertFilter) string { return address("/alerts", alertsQuery(f)) }

// firingURL is the list of what fires in a cell, of one severity unless that is empty.
func firingURL(f read.Filter, s talent.Severity) string {
	a := f.Alerts()
	a.Status, a.Severity = talent.AlertFiring, s
	return alertsURL(a)
}

// alertsNextURL is the page of the list that a cursor begins.
func alertsNextURL(f talent.AlertFilter, cursor string) string {
	q := alertsQuery(f)
	q.Set("cursor", cursor)
	return address("/alerts", q)
}

func alertURL(id string) string    { return "/alerts/" + url.PathEscape(id) }
func sourceURL(name string) string { return "/sources/" + url.PathEscape(name) }

func gapsCSV(f read.Filter) string { return address("/export/gaps.csv", f.Query()) }

func seriesCSV(id string, f read.Filter) string {
	q := cellOf(f).Query()
	q.Set("skill", id)
	return address("/export/series.csv", q)
}

func alertsCSV(f talent.AlertFilter) string {
	q := alertsQuery(f)
	if f == (talent.AlertFilter{}) {
		q.Del("status") // every alert
	}
	return address("/export/alerts.csv", q)
}

// subscribeURL is the form that subscribes to a skill in a region.
func subscribeURL(k talent.SeriesKey) string {
	q := url.Values{"skill": {k.Skill}}
	if k.Region != "" {
		q.Set("region", k.Region)
	}
	if k.Industry != "" {
		q.Set("industry", k.Industry)
	}
	return address("/subscribe", q)
}

// templateURL is the empty table of an upload.
func templateURL(api, lang string) string { return address(api, url.Values{"lang": {lang}}) }

// languageURL is the page that is shown, in another language. It holds no path: a visitor chooses the path of a
// request, and one that begins with two slashes would name another host.
func languageURL(q url.Values, lang string) string {
	out := maps.Clone(q)
	out.Set("lang", lang)
	return "?" + out.Encode()
}
