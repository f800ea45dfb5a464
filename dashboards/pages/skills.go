package pages

import (
	"context"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/words"
)

// nearest is how many skills are offered when none is called what somebody looks for.
const nearest = 5

// skillListBody is the data of the list of skills.
type skillListBody struct {
	Find   string
	Near   bool // nothing is called so: the groups are what may be meant
	Filter read.Filter
	Table  read.GapTable
	Groups []optionGroup
	Rows   map[string]*read.GapRow
	Total  int
	Empty  bool
	Kept   []option // what a search keeps of the address
}

func (p *Pages) skillList(ctx context.Context, v *visit) (view, error) {
	f, err := read.ParseFilter(v.URL.Query())
	if err != nil {
		return view{}, err
	}
	spans, err := p.read.Spans(ctx)
	if err != nil {
		return view{}, err
	}
	b := skillListBody{Find: strings.TrimSpace(v.URL.Query().Get("q")), Filter: f, Rows: map[string]*read.GapRow{}, Total: len(v.names.Skills)}
	ids := slices.Collect(maps.Keys(v.names.Skills))
	if b.Find != "" {
		hits := p.skills.Search(b.Find, len(ids))
		if b.Near = len(hits) == 0; b.Near {
			hits = p.skills.Near(b.Find, nearest)
		}
		ids = ids[:0]
		for _, h := range hits {
			ids = append(ids, h.Skill)
		}
	}
	b.Groups = skillGroups(v.names, ids)
	kept := cellOf(f).Query()
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		b.Kept = append(b.Kept, option{Name: name, Value: kept.Get(name)})
	}
	if span, ok := read.Settle(&b.Filter, spans); ok {
		firing, err := p.read.Firing(ctx, f)
		if err != nil {
			return view{}, err
		}
		if b.Table, err = p.read.Gaps(ctx, b.Filter, span, firing); err != nil {
			return view{}, err
		}
		for i := range b.Table.Rows {
			b.Rows[b.Table.Rows[i].Skill] = &b.Table.Rows[i]
		}
	} else {
		b.Empty = true
	}
	return view{name: "skills", title: v.text.Say("skills.title"), nav: "skills", filter: &b.Filter, body: b}, nil
}

// option is an entry of a select.
type option struct {
	Value, Name string
	Selected    bool
}

// optionGroup is a labelled group of entries.
type optionGroup struct {
	Name    string
	Options []option
}

// skillGroups lists skills by category, in order of names.
func skillGroups(n words.Names, ids []string) []optionGroup {
	by := map[string][]option{}
	for _, id := range ids {
		if s, ok := n.Skills[id]; ok {
			by[s.Category] = append(by[s.Category], option{Value: id, Name: n.Skill(id)})
		}
	}
	var out []optionGroup
	for c, o := range by {
		sort.Slice(o, func(i, j int) bool { return strings.ToLower(o[i].Name) < strings.ToLower(o[j].Name) })
		out = append(out, optionGroup{n.CategoryName(c), o})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
