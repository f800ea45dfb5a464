package terms

import (
	"fmt"
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/taxonomy"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Skills resolves skills by the taxonomy, and says in words why a text calls none.
type Skills struct {
	*taxonomy.Resolver
	text   map[string]words.Messages // by language
	skills map[string]talent.Skill   // by id
}

// NewSkills indexes the taxonomy of this program. text is the catalogue by language.
func NewSkills(text map[string]words.Messages) (*Skills, error) {
	t, err := taxonomy.Embedded()
	if err != nil {
		return nil, err
	}
	s := &Skills{Resolver: taxonomy.NewResolver(t), text: text, skills: make(map[string]talent.Skill, len(t.Entries))}
	for _, skill := range t.Skills() {
		s.skills[skill.ID] = skill
	}
	return s, nil
}

// Stored resolves a skill among those that the store has data of, by id: it may know some that the taxonomy has dropped.
func (s *Skills) Stored(stored map[string]talent.Skill, named string) (id string, ok bool) {
	if _, ok := stored[named]; ok {
		return named, true
	}
	if id, ok = s.Resolve(named); ok {
		_, ok = stored[id]
	}
	return id, ok
}

// Names says codes in a language.
func (s *Skills) Names(lang string) words.Names {
	return words.Names{Lang: lang, Text: s.text[lang], Skills: s.skills}
}

// nearest is how many skills an error offers.
const nearest = 5

// Unknown says in a language why Resolve found no skill, and offers those that may be meant.
func (s *Skills) Unknown(lang, text string) string {
	names := s.Names(lang)
	var offers []string
	for _, hit := range s.Near(text, nearest) {
		offer := hit.Skill
		if lang == words.Chinese {
			offer = fmt.Sprintf("%s（%s）", names.Skill(hit.Skill), hit.Skill)
		}
		offers = append(offers, offer)
	}
	list := strings.Join(offers, names.Text.Say("wrong.list"))
	switch {
	case len(offers) == 0:
		return names.Text.Say("wrong.skill")
	case s.Ambiguous(text):
		return names.Text.Say("wrong.skill.several", list)
	}
	return names.Text.Say("wrong.skill.near", list)
}
