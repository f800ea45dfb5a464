package dashboards

import (
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// overviewRows is how many rows the first page shows until all are asked for.
const overviewRows = 25

// overviewBody is the data of the first page.
type overviewBody struct {
	Filter   filter
	Spans    []talent.GrainSpan
	Choices  choices
	Empty    bool // nothing has been counted yet
	Table    gapTable
	More     int // rows that are not shown
	Firing   []talent.Alert
	Groups   []firingGroup
	Counts   map[talent.Severity]int
	NFiring  int
	Sources  []sourceHealth
	Healthy  int
	Fresh    freshness
	OldWeeks int // how many weeks ago the last counted period ended, when that is long
}

// firing returns the active alerts, worst first.
func (d *Dashboards) firing(ctx context.Context) ([]talent.Alert, error) {
	return remember(ctx, d.cache, "firing", d.cfg.CacheFor, func(ctx context.Context) ([]talent.Alert, error) {
		return d.store.Alerts(ctx, talent.AlertFilter{Status: talent.AlertFiring, Worst: true, Limit: 200})
	})
}

// firingGroup is the active alerts about one skill: the one about the whole market, else the worst, stands for all.
type firingGroup struct {
	Alert talent.Alert
	More  int
}

// bySkill groups alerts, keeping their order.
func bySkill(alerts []talent.Alert) []firingGroup {
	var out []firingGroup
	at := map[string]int{}
	for _, a := range alerts {
		i, seen := at[a.Key.Skill]
		if !seen {
			at[a.Key.Skill] = len(out)
			out = append(out, firingGroup{Alert: a})
			continue
		}
		out[i].More++
		if a.Key == (talent.SeriesKey{Grain: a.Key.Grain, Skill: a.Key.Skill}) {
			out[i].Alert = a
		}
	}
	return out
}

func (d *Dashboards) alertCounts(ctx context.Context) (map[talent.AlertStatus]map[talent.Severity]int, error) {
	return remember(ctx, d.cache, "alert counts", d.cfg.CacheFor, d.store.AlertCounts)
}

func (d *Dashboards) overview(ctx context.Context, v *visit) (view, error) {
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return view{}, err
	}
	b := overviewBody{Filter: f}
	var counts map[talent.AlertStatus]map[talent.Severity]int
	ask, askCtx := errgroup.WithContext(ctx)
	ask.Go(func() (err error) { b.Spans, err = d.grains(askCtx); return err })
	ask.Go(func() (err error) { b.Firing, err = d.firing(askCtx); return err })
	ask.Go(func() (err error) { counts, err = d.alertCounts(askCtx); return err })
	ask.Go(func() (err error) { b.Sources, b.Fresh, err = d.health(askCtx); return err })
	if err := ask.Wait(); err != nil {
		return view{}, err
	}
	b.Groups = bySkill(b.Firing)
	b.Counts = counts[talent.AlertFiring]
	for _, n := range b.Counts {
		b.NFiring += n
	}
	for _, s := range b.Sources {
		if s.Good() {
			b.Healthy++
		}
	}
	span, ok := settle(&b.Filter, b.Spans)
	b.Empty = len(b.Spans) == 0
	if b.Choices, err = d.choices(ctx, b.Filter.Grain); err != nil {
		return view{}, err
	}
	if ok && b.Filter.Counted() {
		if b.Table, err = d.gaps(ctx, b.Filter, span, b.Firing); err != nil {
			return view{}, err
		}
		if !b.Filter.All && len(b.Table.Rows) > overviewRows {
			b.More = len(b.Table.Rows) - overviewRows
			b.Table.Rows = b.Table.Rows[:overviewRows]
		}
		if weeks := int(d.now().Sub(words.LastDay(span.Grain, span.Last)).Hours() / 24 / 7); weeks > 8 {
			b.OldWeeks = weeks
		}
	}
	return view{name: "overview", title: v.text.Say("overview.title"), nav: "overview", body: b}, nil
}

// nearest is how many skills are offered when none is called what somebody looks for.
const nearest = 5

// skillListBody is the data of the list of skills.
type skillListBody struct {
	Find   string
	Near   bool // nothing is called so: the groups are what may be meant
	Filter filter
	Table  gapTable
	Groups []optionGroup
	Rows   map[string]*gapRow
	Total  int
	Empty  bool
}

func (d *Dashboards) skillList(ctx context.Context, v *visit) (view, error) {
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return view{}, err
	}
	spans, err := d.grains(ctx)
	if err != nil {
		return view{}, err
	}
	b := skillListBody{Find: strings.TrimSpace(v.URL.Query().Get("q")), Filter: f, Rows: map[string]*gapRow{}, Total: len(v.names.Skills)}
	ids := slices.Collect(maps.Keys(v.names.Skills))
	if b.Find != "" {
		hits := d.known.Search(b.Find, len(ids))
		if b.Near = len(hits) == 0; b.Near {
			hits = d.known.Near(b.Find, nearest)
		}
		ids = ids[:0]
		for _, h := range hits {
			ids = append(ids, h.Skill)
		}
	}
	b.Groups = skillGroups(v.names, ids)
	if span, ok := settle(&b.Filter, spans); ok && b.Filter.Counted() {
		firing, err := d.firing(ctx)
		if err != nil {
			return view{}, err
		}
		if b.Table, err = d.gaps(ctx, b.Filter, span, firing); err != nil {
			return view{}, err
		}
		for i := range b.Table.Rows {
			b.Rows[b.Table.Rows[i].Skill] = &b.Table.Rows[i]
		}
	} else {
		b.Empty = true
	}
	return view{name: "skills", title: v.text.Say("skills.title"), nav: "skills", body: b}, nil
}
