package dashboards

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// skillsFor is how long the taxonomy is kept; it changes with a release.
const skillsFor = 30 * time.Second

// skills returns the taxonomy by id.
func (d *Dashboards) skills(ctx context.Context) (map[string]talent.Skill, error) {
	return remember(ctx, d.cache, "skills", min(skillsFor, 10*d.cfg.CacheFor), func(ctx context.Context) (map[string]talent.Skill, error) {
		list, err := d.store.Skills(ctx)
		if err != nil {
			return nil, err
		}
		byID := make(map[string]talent.Skill, len(list))
		for _, s := range list {
			byID[s.ID] = s
		}
		return byID, nil
	})
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
