package read

import (
	"context"
	"fmt"
	"net/url"
	"regexp"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// code is what a region or industry code looks like; others are refused before the store is asked.
var code = regexp.MustCompile(`^[0-9A-Za-z]{0,8}$`)

// Filter is what a visitor chose to look at.
type Filter struct {
	Grain            talent.Grain
	Region, Industry string
	Tier             talent.Tier
	Sort             string // gap, excess, demand, ratio; empty: the best that is known
	All              bool   // every row, not only the first ones
}

// ParseFilter takes the Filter from an address; the zero Grain is filled in later.
func ParseFilter(q url.Values) (Filter, error) {
	f := Filter{Region: q.Get("region"), Industry: q.Get("industry"), Tier: talent.Tier(q.Get("tier")), Sort: q.Get("sort"), All: q.Get("all") == "1"}
	if !code.MatchString(f.Region) || !code.MatchString(f.Industry) {
		return f, fmt.Errorf("region or industry is not a code: %w", ErrBadQuery)
	}
	if f.Tier != "" && !f.Tier.Valid() {
		return f, fmt.Errorf("unknown tier: %w", ErrBadQuery)
	}
	if g := q.Get("grain"); g != "" {
		grain, err := talent.ParseGrain(g)
		if err != nil {
			return f, fmt.Errorf("%w: %w", err, ErrBadQuery)
		}
		f.Grain = grain
	}
	switch f.Sort {
	case "", "gap", "excess", "demand", "ratio":
	default:
		return f, fmt.Errorf("unknown sort: %w", ErrBadQuery)
	}
	return f, nil
}

// Counted reports whether the roll-up keeps this cell: tiers are counted for the whole market only.
func (f Filter) Counted() bool { return f.Tier == "" || (f.Region == "" && f.Industry == "") }

// Narrowed reports whether the Filter leaves out part of the market.
func (f Filter) Narrowed() bool { return f.Region != "" || f.Industry != "" || f.Tier != "" }

// Key names the series of a skill in the chosen cell.
func (f Filter) Key(skill string) talent.SeriesKey {
	return talent.SeriesKey{Grain: f.Grain, Skill: skill, Region: f.Region, Industry: f.Industry, Tier: f.Tier}
}

// Query is the Filter as the query of an address, without sort and paging.
func (f Filter) Query() string {
	q := url.Values{}
	for _, p := range [][2]string{{"grain", string(f.Grain)}, {"region", f.Region}, {"industry", f.Industry}, {"tier", string(f.Tier)}} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	return q.Encode()
}

// With is Query with one more parameter.
func (f Filter) With(key, value string) string {
	q, _ := url.ParseQuery(f.Query())
	q.Set(key, value)
	return q.Encode()
}

func (f Filter) String() string { return fmt.Sprintf("%s&sort=%s&all=%t", f.Query(), f.Sort, f.All) }

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
	if ok {
		f.Grain = span.Grain
	} else if f.Grain == "" {
		f.Grain = talent.Week
	}
	return span, ok
}

// Choices are the entries of the Filter form.
type Choices struct{ Regions, Industries, Tiers []string }

func (r *Reader) Choices(ctx context.Context, g talent.Grain) (Choices, error) {
	return Remember(ctx, r, Key{Question: "codes", About: string(g)}, 10*r.cacheFor, func(ctx context.Context) (Choices, error) {
		regions, industries, tiers, err := r.store.CellCodes(ctx, g)
		return Choices{regions, industries, tiers}, err
	})
}
