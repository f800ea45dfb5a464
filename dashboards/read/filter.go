package read

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
)

// Filter is what a visitor chose to look at: one cell of the market, and how its rows are laid out.
type Filter struct {
	Grain            talent.Grain // empty: the one with the newest data
	Settled          bool         // Grain is what Settle chose, so addresses leave it out
	Region, Industry string
	Tier             talent.Tier
	Sort             string // gap, excess, demand, ratio; empty: the best that is known
	All              bool   // every row, not only the first ones
}

// Sorts are the columns by which the gaps can be ordered.
func Sorts() []string { return []string{"demand", "excess", "gap", "ratio"} }

// BadQuery is the error of an address that cannot be answered: which parameter cannot be used, and what may be meant. It
// is answered with the 400 page.
type BadQuery struct {
	Parameter, Value string
	Reason           string   // ends a key of the catalogue that begins with badquery.
	Offers           []string // codes of the parameter that may be meant
	Instead          Filter   // what can be asked instead
}

func (e *BadQuery) Error() string { return fmt.Sprintf("%s %q: %s", e.Parameter, e.Value, e.Reason) }

// ParseFilter takes the filter from an address. Regions, industries and tiers may be named as people name them; what no
// list has, and cells that are not counted, are refused with a *BadQuery.
func ParseFilter(q url.Values) (Filter, error) {
	f := Filter{Sort: q.Get("sort"), All: q.Get("all") == "1"}
	var err error
	if f.Region, f.Industry, f.Tier, err = ParseCell(q.Get("region"), q.Get("industry"), q.Get("tier")); err != nil {
		return f, err
	}
	if g := q.Get("grain"); g != "" {
		if f.Grain, err = talent.ParseGrain(g); err != nil {
			return f, &BadQuery{Parameter: "grain", Value: g, Reason: "grain", Offers: []string{string(talent.Week), string(talent.Month)}, Instead: f}
		}
	}
	if f.Sort != "" && !slices.Contains(Sorts(), f.Sort) {
		return f, &BadQuery{Parameter: "sort", Value: f.Sort, Reason: "sort", Offers: Sorts(), Instead: Filter{Grain: f.Grain, Region: f.Region, Industry: f.Industry, Tier: f.Tier}}
	}
	return f, nil
}

// ParseCell reads the parts of a cell, each by code or name; empty ones are all of them.
func ParseCell(region, industry, tier string) (string, string, talent.Tier, error) {
	var f Filter
	var ok bool
	if region != "" {
		if f.Region, ok = terms.Region(region); !ok {
			return "", "", "", &BadQuery{Parameter: "region", Value: region, Reason: "region", Offers: nearRegions(region)}
		}
		if p := talent.Province(f.Region); p != f.Region {
			return "", "", "", &BadQuery{Parameter: "region", Value: region, Reason: "city", Offers: []string{p}, Instead: Filter{Region: p}}
		}
	}
	if industry != "" {
		if f.Industry, ok = terms.Industry(industry); !ok || len(f.Industry) != 1 {
			return "", "", "", &BadQuery{Parameter: "industry", Value: industry, Reason: "industry", Offers: sections(f.Industry), Instead: Filter{Region: f.Region}}
		}
	}
	if tier != "" {
		if f.Tier, ok = terms.Tier(tier); !ok {
			return "", "", "", &BadQuery{Parameter: "tier", Value: tier, Reason: "tier", Offers: []string{string(talent.TierLead), string(talent.TierBackbone), string(talent.TierReserve)},
				Instead: Filter{Region: f.Region, Industry: f.Industry}}
		}
	}
	if !f.counted() {
		return "", "", "", &BadQuery{Parameter: "tier", Value: tier, Reason: "uncounted", Instead: Filter{Region: f.Region, Industry: f.Industry}}
	}
	return f.Region, f.Industry, f.Tier, nil
}

// ParseCells is ParseCell for a list of series, where talent.AnyCode takes every value of a part.
func ParseCells(region, industry, tier string) (string, string, string, error) {
	one := func(s string) string {
		if s == talent.AnyCode {
			return ""
		}
		return s
	}
	r, i, t, err := ParseCell(one(region), one(industry), one(tier))
	got := []string{r, i, string(t)}
	for n, asked := range []string{region, industry, tier} {
		if asked == talent.AnyCode {
			got[n] = asked
		}
	}
	return got[0], got[1], got[2], err
}

// AnyStatus as the status of an address means alerts of every status.
const AnyStatus = "all"

// ParseAlerts takes the filter of a list of alerts from an address; known resolves what people call a skill. An address
// without a status asks for every one.
func ParseAlerts(q url.Values, known func(skill string) (id string, ok bool)) (Filter, talent.AlertFilter, error) {
	cell, err := ParseFilter(q)
	find := cell.Alerts()
	if err != nil {
		return cell, find, err
	}
	if s := q.Get("status"); s != AnyStatus {
		find.Status = talent.AlertStatus(s)
	}
	if !slices.Contains([]talent.AlertStatus{talent.AlertFiring, talent.AlertResolved, ""}, find.Status) {
		return cell, find, &BadQuery{Parameter: "status", Value: q.Get("status"), Reason: "status", Instead: cell}
	}
	if find.Severity = talent.Severity(q.Get("severity")); find.Severity != "" && find.Severity.Rank() == 0 {
		return cell, find, &BadQuery{Parameter: "severity", Value: q.Get("severity"), Reason: "severity", Instead: cell}
	}
	if skill := q.Get("skill"); skill != "" {
		var ok bool
		if find.Skill, ok = known(skill); !ok {
			return cell, find, &BadQuery{Parameter: "skill", Value: skill, Reason: "skill", Instead: cell}
		}
	}
	return cell, find, nil
}

// nearRegions are the codes of provinces that begin like an unknown code or whose names hold what was written; when
// there are none, every province.
func nearRegions(s string) []string {
	var out []string
	for p := range codes.Provinces() {
		if len(s) >= 2 && p.Code[:2] == s[:2] || strings.Contains(strings.ToLower(p.Name.EN), strings.ToLower(s)) || strings.Contains(p.Name.ZH, s) {
			out = append(out, p.Code)
		}
	}
	if len(out) == 0 {
		for p := range codes.Provinces() {
			out = append(out, p.Code)
		}
	}
	return out
}

// sections is the section of a division's code, for an industry that is too narrow to be counted, else every section.
func sections(code string) []string {
	if len(code) > 1 {
		return []string{code[:1]}
	}
	var out []string
	for _, i := range codes.Industries() {
		out = append(out, i.Code)
	}
	return out
}

// counted reports whether the roll-up keeps this cell: tiers are counted for the whole market only.
func (f Filter) counted() bool { return f.Tier == "" || (f.Region == "" && f.Industry == "") }

// Narrowed reports whether the Filter leaves out part of the market.
func (f Filter) Narrowed() bool { return f.Region != "" || f.Industry != "" || f.Tier != "" }

// Key names the series of a skill in the chosen cell.
func (f Filter) Key(skill string) talent.SeriesKey {
	return talent.SeriesKey{Grain: f.Grain, Skill: skill, Region: f.Region, Industry: f.Industry, Tier: f.Tier}
}

// Alerts narrows a list of alerts to the filter's part of the market.
func (f Filter) Alerts() talent.AlertFilter {
	a := talent.AlertFilter{Grain: f.Grain, Region: f.Region, Industry: f.Industry, Tier: f.Tier}
	if f.Settled { // a reader who chose no grain is shown the warnings of each
		a.Grain = ""
	}
	return a
}

// Query is the filter as the query of an address.
func (f Filter) Query() url.Values {
	q := url.Values{}
	grain := string(f.Grain)
	if f.Settled {
		grain = ""
	}
	for _, p := range [][2]string{{"grain", grain}, {"region", f.Region}, {"industry", f.Industry}, {"tier", string(f.Tier)}, {"sort", f.Sort}} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	if f.All {
		q.Set("all", "1")
	}
	return q
}

func (f Filter) String() string { return string(f.Grain) + "?" + f.Query().Encode() }

// Spans returns how far each grain's data reaches; weeks come first.
func (r *Reader) Spans(ctx context.Context) ([]talent.GrainSpan, error) {
	return Remember(ctx, r, Key{Question: "spans"}, r.cacheFor, func(ctx context.Context) ([]talent.GrainSpan, error) {
		now := r.now()
		return r.store.GrainSpans(ctx, talent.Week.LastComplete(now), talent.Month.LastComplete(now))
	})
}

// Settle fills in the grain (the one that the visitor asked for, else the one with the newest data) and returns its
// span; ok is false when nothing has been counted yet.
func Settle(f *Filter, spans []talent.GrainSpan) (span talent.GrainSpan, ok bool) {
	for _, s := range spans {
		if f.Grain == s.Grain || (f.Grain == "" && (!ok || s.Last.AddDate(0, 0, -45).After(span.Last))) {
			span, ok = s, true
		}
	}
	if f.Grain == "" {
		f.Grain, f.Settled = talent.Week, true
	}
	if ok {
		f.Grain = span.Grain
	}
	return span, ok
}

// Choices are the entries of the Filter form.
type Choices struct{ Regions, Industries, Tiers []string }

// Choices are the codes of a grain that have vacancies.
func (r *Reader) Choices(ctx context.Context, g talent.Grain) (Choices, error) {
	return Remember(ctx, r, Key{Question: "codes", About: string(g)}, 10*r.cacheFor, func(ctx context.Context) (Choices, error) {
		regions, industries, tiers, err := r.store.CellCodes(ctx, g)
		return Choices{regions, industries, tiers}, err
	})
}
