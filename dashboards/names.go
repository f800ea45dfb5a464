package dashboards

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
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

// names says codes in the visitor's language.
type names struct {
	lang   string
	text   messages
	skills map[string]talent.Skill
}

// Skill is the skill's name, or its id when the taxonomy does not know it.
func (n names) Skill(id string) string {
	s, ok := n.skills[id]
	switch {
	case !ok:
		return id
	case n.lang == en && s.NameEN != "":
		return s.NameEN
	case s.NameZH != "":
		return s.NameZH
	case s.NameEN != "":
		return s.NameEN
	}
	return id
}

// OtherSkill is the skill's name in the other language, empty when it is the same.
func (n names) OtherSkill(id string) string {
	other := n
	other.lang = en
	if n.lang == en {
		other.lang = zh
	}
	if name := other.Skill(id); name != n.Skill(id) {
		return name
	}
	return ""
}

// Category is the name of the skill's category.
func (n names) Category(id string) string {
	if s, ok := n.skills[id]; ok && s.Category != "" {
		return n.CategoryName(s.Category)
	}
	return ""
}

// CategoryName is the name of a category.
func (n names) CategoryName(c string) string {
	if s, ok := n.text["category."+c]; ok {
		return s
	}
	return c
}

// Region is the name of a region; the empty one is all of them.
func (n names) Region(code string) string {
	if code == "" {
		return n.text.say("all.regions")
	}
	return codes.RegionName(code, n.lang)
}

// Industry is the name of an industry; the empty one is all of them.
func (n names) Industry(code string) string {
	if code == "" {
		return n.text.say("all.industries")
	}
	return codes.IndustryName(code, n.lang)
}

// Tier is the name of a tier; the empty one is all of them.
func (n names) Tier(t talent.Tier) string {
	if t == "" {
		return n.text.say("all.tiers")
	}
	return codes.TierName(t, n.lang)
}

// TierOf is Tier for a code that is a plain text.
func (n names) TierOf(code string) string { return n.Tier(talent.Tier(code)) }

// Degree is the name of a degree.
func (n names) Degree(code string) string { return codes.DegreeName(code, n.lang) }

// Cell names the part of the market that a series is about.
func (n names) Cell(k talent.SeriesKey) string {
	s := ""
	for _, part := range []struct{ code, name string }{
		{k.Region, n.Region(k.Region)}, {k.Industry, n.Industry(k.Industry)}, {string(k.Tier), n.Tier(k.Tier)},
	} {
		if part.code == "" {
			continue
		}
		if s != "" {
			s += " · "
		}
		s += part.name
	}
	if s == "" {
		return n.text.say("all.market")
	}
	return s
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

// SkillGroups lists the skills whose id or names hold find by category, in order of names; the empty find is all.
func (n names) SkillGroups(find string) []optionGroup {
	by := map[string][]option{}
	find = strings.ToLower(strings.TrimSpace(find))
	for id, s := range n.skills {
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

// ago says how long before now t was.
func (m messages) ago(now, t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return m.say("ago.never")
	}
	switch d := now.Sub(t); {
	case d < 2*time.Minute:
		return m.say("ago.now")
	case d < 2*time.Hour:
		return m.say("ago.minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return m.say("ago.hours", int(d.Hours()))
	default:
		return m.say("ago.days", int(d.Hours()/24))
	}
}
