package pages

import (
	"context"
	"sort"
	"strings"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/words"
)

// skillListBody is the data of the list of skills.
type skillListBody struct {
	Find   string
	Filter read.Filter
	Table  read.GapTable
	Groups []optionGroup
	Rows   map[string]*read.GapRow
	Total  int
	Empty  bool
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
	find := v.URL.Query().Get("q")
	b := skillListBody{Find: find, Filter: f, Groups: skillGroups(v.names, find), Rows: map[string]*read.GapRow{}, Total: len(v.names.Skills)}
	if span, ok := read.Settle(&b.Filter, spans); ok && b.Filter.Counted() {
		firing, err := p.read.Firing(ctx)
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
	return view{name: "skills", title: v.text.Say("skills.title"), nav: "skills", body: b}, nil
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

// skillGroups lists the skills whose id or names hold find by category, in order of names; the empty find is all.
func skillGroups(n words.Names, find string) []optionGroup {
	by := map[string][]option{}
	find = strings.ToLower(strings.TrimSpace(find))
	for id, s := range n.Skills {
		if !strings.Contains(strings.ToLower(id+"\n"+s.NameEN+"\n"+s.NameZH), find) {
			continue
		}
		by[s.Category] = append(by[s.Category], option{Value: id, Name: n.Skill(id)})
	}
	var out []optionGroup
	for c, o := range by {
		sort.Slice(o, func(i, j int) bool { return strings.ToLower(o[i].Name) < strings.ToLower(o[j].Name) })
		out = append(out, optionGroup{n.CategoryName(c), o})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
