package read

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// How a source is doing. The outcome of its last run, or one of these two when it never ran.
const (
	SourceImported = "imported" // brought in by hand: has no schedule
	SourceWaiting  = "waiting"  // scheduled, but has not run yet
)

// SourceHealth is one source with its latest runs and what it brought in.
type SourceHealth struct {
	talent.SourceInfo
	State  string // outcome of the last run, or imported, waiting
	Runs   []talent.CrawlRun
	Totals talent.SourceTotals
}

// Good reports whether nothing needs the operator's eye.
func (s SourceHealth) Good() bool {
	return s.State == string(talent.RunComplete) || s.State == SourceImported
}

// Last is the latest run; call it only when there is one.
func (s SourceHealth) Last() talent.CrawlRun { return s.Runs[0] }

// OldestFirst are the runs in the order of time.
func (s SourceHealth) OldestFirst() []talent.CrawlRun {
	out := make([]talent.CrawlRun, len(s.Runs))
	for i, r := range s.Runs {
		out[len(out)-1-i] = r
	}
	return out
}

// Freshness says how new the numbers are.
type Freshness struct {
	LastData  time.Time // latest read of a posting
	FirstDate time.Time // earliest date of a posting
	LastDate  time.Time // latest date of a posting
	RolledAt  time.Time // latest roll-up
	Postings  uint64
	Vacancies uint64
}

// totalsFor is how long the totals of the postings are kept: counting them reads the whole table.
const totalsFor = 5 // times cfg.CacheFor

type healthAnswer struct {
	sources []SourceHealth
	fresh   Freshness
}

// Health reads every source with its last ten runs, and how fresh the data is.
func (r *Reader) Health(ctx context.Context) ([]SourceHealth, Freshness, error) {
	a, err := Remember(ctx, r, Key{Question: "sources"}, r.cacheFor, func(ctx context.Context) (healthAnswer, error) {
		known, err := r.store.Sources(ctx)
		if err != nil {
			return healthAnswer{}, err
		}
		runs, err := r.store.LatestRuns(ctx, 10)
		if err != nil {
			return healthAnswer{}, err
		}
		totals, err := Remember(ctx, r, Key{Question: "totals"}, totalsFor*r.cacheFor, r.store.SourceTotals)
		if err != nil {
			return healthAnswer{}, err
		}
		spans, err := r.Spans(ctx)
		if err != nil {
			return healthAnswer{}, err
		}
		return assess(known, runs, totals, spans), nil
	})
	return a.sources, a.fresh, err
}

// assess lays sources, runs and totals together. A source that only postings or runs know still appears.
func assess(known []talent.SourceInfo, runs []talent.CrawlRun, totals []talent.SourceTotals, spans []talent.GrainSpan) healthAnswer {
	var a healthAnswer
	at := map[string]int{}
	find := func(name string) *SourceHealth {
		i, ok := at[name]
		if !ok {
			i = len(a.sources)
			at[name] = i
			a.sources = append(a.sources, SourceHealth{SourceInfo: talent.SourceInfo{Name: name}})
		}
		return &a.sources[i]
	}
	for _, k := range known {
		find(k.Name).SourceInfo = k
	}
	for _, r := range runs {
		s := find(r.Source)
		s.Runs = append(s.Runs, r)
	}
	for _, t := range totals {
		find(t.Source).Totals = t
		a.fresh.Postings += t.Postings
		a.fresh.Vacancies += t.Vacancies
		if t.LastSeen.After(a.fresh.LastData) {
			a.fresh.LastData = t.LastSeen
		}
		if t.LastDate.After(a.fresh.LastDate) {
			a.fresh.LastDate = t.LastDate
		}
		if a.fresh.FirstDate.IsZero() || t.FirstDate.Before(a.fresh.FirstDate) {
			a.fresh.FirstDate = t.FirstDate
		}
	}
	for _, s := range spans {
		if s.RolledAt.After(a.fresh.RolledAt) {
			a.fresh.RolledAt = s.RolledAt
		}
	}
	for i := range a.sources {
		s := &a.sources[i]
		switch {
		case len(s.Runs) > 0:
			s.State = string(s.Runs[0].Outcome)
		case s.Schedule == "" && s.Totals.Postings > 0:
			s.State = SourceImported
		default:
			s.State = SourceWaiting
		}
	}
	return a
}

// Runs are the latest runs of a source, latest first, at most limit.
func (r *Reader) Runs(ctx context.Context, source string, limit int) ([]talent.CrawlRun, error) {
	return r.store.Runs(ctx, source, limit)
}
