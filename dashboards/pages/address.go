package pages

import (
	"html/template"
	"maps"
	"net/url"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Every address that a page holds is made here, whole, as a template.URL: templates put none together, so that none
// loses its filter or is escaped twice. TestAddressesAreBuilt holds the templates to it.

// link lets a template write an address that was made here and handed to it; a plain text in its place is an error.
func link(u template.URL) template.URL { return u }

// address is a path of this site with a query.
func address(path string, q url.Values) template.URL {
	if len(q) == 0 {
		return template.URL(path) //nolint:gosec // paths are constants and escaped parts
	}
	return template.URL(path + "?" + q.Encode()) //nolint:gosec // as above, and Encode escapes
}

// cellOf is a filter without the layout of its rows.
func cellOf(f read.Filter) read.Filter {
	f.Sort, f.All = "", false
	return f
}

func overviewURL(f read.Filter) template.URL { return address("/", f.Query()) }

// sortedURL is the overview of the same cell in another order.
func sortedURL(f read.Filter, by string) template.URL {
	f.Sort = by
	return overviewURL(f)
}

// allURL is the overview of the same cell with every row.
func allURL(f read.Filter) template.URL {
	f.All = true
	return overviewURL(f)
}

func skillsURL(f read.Filter) template.URL { return address("/skills", cellOf(f).Query()) }

func skillURL(id string, f read.Filter) template.URL {
	return address("/skills/"+url.PathEscape(id), cellOf(f).Query())
}

// skillAllURL is a skill's page with every period.
func skillAllURL(id string, f read.Filter) template.URL {
	f.Sort, f.All = "", true
	return address("/skills/"+url.PathEscape(id), f.Query())
}

// skillPartURL is a skill's page for a part of its breakdown: one region, industry or tier of the same grain.
func skillPartURL(id string, f read.Filter, by, code string) template.URL {
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
func seriesURL(k talent.SeriesKey) template.URL {
	return skillURL(k.Skill, read.Filter{Grain: k.Grain, Region: k.Region, Industry: k.Industry, Tier: k.Tier})
}

// relatedURL is the list of warnings on a skill's page.
func relatedURL(id string, f read.Filter) template.URL { return skillURL(id, f) + "#related" }

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

func alertsURL(f talent.AlertFilter) template.URL { return address("/alerts", alertsQuery(f)) }

// firingURL is the list of what fires in a cell, of one severity unless that is empty.
func firingURL(f read.Filter, s talent.Severity) template.URL {
	a := f.Alerts()
	a.Status, a.Severity = talent.AlertFiring, s
	return alertsURL(a)
}

// alertsNextURL is the page of the list that a cursor begins.
func alertsNextURL(f talent.AlertFilter, cursor string) template.URL {
	q := alertsQuery(f)
	q.Set("cursor", cursor)
	return address("/alerts", q)
}

func alertURL(id string) template.URL { return address("/alerts/"+url.PathEscape(id), nil) }

func sourceURL(name string) template.URL { return address("/sources/"+url.PathEscape(name), nil) }

func gapsCSV(f read.Filter) template.URL { return address("/export/gaps.csv", f.Query()) }

func seriesCSV(id string, f read.Filter) template.URL {
	q := cellOf(f).Query()
	q.Set("skill", id)
	return address("/export/series.csv", q)
}

func alertsCSV(f talent.AlertFilter) template.URL {
	q := alertsQuery(f)
	q.Del("status")
	if f.Status != "" { // the page shows what fires when it is not told, the file every status
		q.Set("status", string(f.Status))
	}
	return address("/export/alerts.csv", q)
}

// subscribeURL is the form that subscribes to a skill in a region.
func subscribeURL(k talent.SeriesKey) template.URL {
	q := url.Values{"skill": {k.Skill}}
	if k.Region != "" {
		q.Set("region", k.Region)
	}
	if k.Industry != "" {
		q.Set("industry", k.Industry)
	}
	return address("/subscribe", q)
}

// uploadURL takes a table of requests or programmes; templateURL is that table, empty.
func uploadURL(kind string) template.URL { return address("/api/v1/"+url.PathEscape(kind)+"/csv", nil) }

func templateURL(kind, lang string) template.URL {
	return address("/api/v1/"+url.PathEscape(kind)+"/csv", url.Values{"lang": {lang}})
}

// languageURL is the page that is shown, in another language. It holds no path: a visitor chooses the path of a
// request, and one that begins with two slashes would name another host.
func languageURL(q url.Values, lang string) template.URL {
	out := maps.Clone(q)
	out.Set("lang", lang)
	return address("", out)
}
