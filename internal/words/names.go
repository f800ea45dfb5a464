package words

import (
	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Names says codes in the visitor's language.
type Names struct {
	Lang   string
	Text   Messages
	Skills map[string]talent.Skill // by id
}

// Skill is the skill's name, or its id when the taxonomy does not know it.
func (n Names) Skill(id string) string {
	s, ok := n.Skills[id]
	switch {
	case !ok:
		return id
	case n.Lang == English && s.NameEN != "":
		return s.NameEN
	case s.NameZH != "":
		return s.NameZH
	case s.NameEN != "":
		return s.NameEN
	}
	return id
}

// OtherSkill is the skill's name in the other language, empty when it is the same.
func (n Names) OtherSkill(id string) string {
	other := n
	other.Lang = Other(n.Lang)
	if name := other.Skill(id); name != n.Skill(id) {
		return name
	}
	return ""
}

// Category is the name of the skill's category.
func (n Names) Category(id string) string {
	if s, ok := n.Skills[id]; ok && s.Category != "" {
		return n.CategoryName(s.Category)
	}
	return ""
}

// CategoryName is the name of a category.
func (n Names) CategoryName(c string) string {
	if s, ok := n.Text["category."+c]; ok {
		return s
	}
	return c
}

// Region is the name of a region; the empty one is all of them.
func (n Names) Region(code string) string {
	if code == "" {
		return n.Text.Say("all.regions")
	}
	return codes.RegionName(code, n.Lang)
}

// Industry is the name of an industry; the empty one is all of them.
func (n Names) Industry(code string) string {
	if code == "" {
		return n.Text.Say("all.industries")
	}
	return codes.IndustryName(code, n.Lang)
}

// Tier is the name of a tier; the empty one is all of them.
func (n Names) Tier(t talent.Tier) string {
	if t == "" {
		return n.Text.Say("all.tiers")
	}
	return codes.TierName(t, n.Lang)
}

// TierOf is Tier for a code that is a plain text.
func (n Names) TierOf(code string) string { return n.Tier(talent.Tier(code)) }

// Degree is the name of a degree.
func (n Names) Degree(code string) string { return codes.DegreeName(code, n.Lang) }

// Cell Names the part of the market that a series is about.
func (n Names) Cell(k talent.SeriesKey) string {
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
		return n.Text.Say("all.market")
	}
	return s
}
