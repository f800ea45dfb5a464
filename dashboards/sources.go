package dashboards

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// How a source is doing. The outcome of its last run, or one of these two when it never ran.
const (
	healthImported = "imported" // brought in by hand: has no schedule
	healthWaiting  = "waiting"  // scheduled, but has not run yet
)

// sourceHealth is one source with its latest runs and what it brought in.
type sourceHealth struct {
	talent.SourceInfo
	State  string // outcome of the last run, or imported, waiting
	Runs   []talent.CrawlRun
	Totals talent.SourceTotals
}

// Good reports whether nothing needs the operator's eye.
func (s sourceHealth) Good() bool {
	return s.State == string(talent.RunComplete) || s.State == healthImported
}

// Last is the latest run; call it only when there is one.
func (s sourceHealth) Last() talent.CrawlRun { return s.Runs[0] }

// OldestFirst are the runs in the order of time.
func (s sourceHealth) OldestFirst() []talent.CrawlRun {
	out := make([]talent.CrawlRun, len(s.Runs))
	for i, r := range s.Runs {
		out[len(out)-1-i] = r
	}
	return out
}

// freshness says how new the numbers are.
type freshness struct {
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
	sources []sourceHealth
	fresh   freshness
}

// health reads every source with its last ten runs, and how fresh the data is.
func (d *Dashboards) health(ctx context.Context) ([]sourceHealth, freshness, error) {
	a, err := remember(ctx, d.cache, "health", d.cfg.CacheFor, func(ctx context.Context) (healthAnswer, error) {
		known, err := d.store.Sources(ctx)
		if err != nil {
			return healthAnswer{}, err
		}
		runs, err := d.store.LatestRuns(ctx, 10)
		if err != nil {
			return healthAnswer{}, err
		}
		totals, err := remember(ctx, d.cache, "totals", totalsFor*d.cfg.CacheFor, d.store.SourceTotals)
		if err != nil {
			return healthAnswer{}, err
		}
		spans, err := d.grains(ctx)
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
	find := func(name string) *sourceHealth {
		i, ok := at[name]
		if !ok {
			i = len(a.sources)
			at[name] = i
			a.sources = append(a.sources, sourceHealth{SourceInfo: talent.SourceInfo{Name: name}})
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
			s.State = healthImported
		default:
			s.State = healthWaiting
		}
	}
	return a
}

// sourceListBody is the data of the list of sources.
type sourceListBody struct {
	Sources []sourceHealth
	Fresh   freshness
}

func (d *Dashboards) sourceList(ctx context.Context, v *visit) (view, error) {
	sources, fresh, err := d.health(ctx)
	if err != nil {
		return view{}, err
	}
	return view{name: "sources", title: v.text.Say("sources.title"), nav: "sources", body: sourceListBody{sources, fresh}}, nil
}

// sourceBody is the data of the page of one source.
type sourceBody struct {
	Source sourceHealth
	Runs   []talent.CrawlRun
}

func (d *Dashboards) source(ctx context.Context, v *visit) (view, error) {
	sources, _, err := d.health(ctx)
	if err != nil {
		return view{}, err
	}
	for _, s := range sources {
		if s.Name != v.PathValue("name") {
			continue
		}
		runs, err := d.store.Runs(ctx, s.Name, 50)
		if err != nil {
			return view{}, err
		}
		return view{name: "source", title: s.Name, nav: "sources", body: sourceBody{s, runs}}, nil
	}
	return view{}, errNotFound
}
