package terms

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// skillsAge is how long a read taxonomy is used; it changes with a migration only.
const skillsAge = 30 * time.Second

// Source reads the taxonomy that is in use.
type Source interface {
	Skills(ctx context.Context) ([]talent.Skill, error)
}

// Skills resolves skills by the taxonomy in the store.
type Skills struct {
	source Source
	mu     sync.Mutex
	table  *SkillTable
	read   time.Time
}

// NewSkills makes a resolver that reads the taxonomy when it is first asked.
func NewSkills(source Source) *Skills { return &Skills{source: source} }

// Table returns the taxonomy, at most 30 seconds old.
func (s *Skills) Table(ctx context.Context) (*SkillTable, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.table != nil && len(s.table.skills) > 0 && time.Since(s.read) < skillsAge {
		return s.table, nil
	}
	list, err := s.source.Skills(ctx)
	if err != nil {
		return nil, fmt.Errorf("read taxonomy: %w", err)
	}
	s.table, s.read = NewSkillTable(list), time.Now()
	return s.table, nil
}

// SkillTable is one edition of the taxonomy by id and name.
type SkillTable struct {
	skills []talent.Skill
	byName map[string]string
	folded [][]string // of each skill its id and names, folded, for Near
}

// NewSkillTable makes a table. Ids win over names.
func NewSkillTable(skills []talent.Skill) *SkillTable {
	t := &SkillTable{skills: skills, byName: make(map[string]string, 3*len(skills))}
	for _, s := range skills {
		t.byName[fold(s.ID)] = s.ID
		t.folded = append(t.folded, []string{fold(s.ID), fold(s.NameEN), fold(s.NameZH)})
	}
	for _, s := range skills {
		for _, name := range []string{s.NameEN, s.NameZH} {
			if k := fold(name); k != "" && t.byName[k] == "" {
				t.byName[k] = s.ID
			}
		}
	}
	return t
}

// Resolve returns the id of a skill given by id or by its Chinese or English name.
func (t *SkillTable) Resolve(s string) (string, bool) {
	id, ok := t.byName[fold(strings.TrimSpace(s))]
	return id, ok
}

// longestNear is how long a name may be, in bytes, to be compared with the skills: a longer text is not a misspelling.
const longestNear = 200

// Near returns up to three ids whose id or name contains s or is contained in it, for "did you mean".
func (t *SkillTable) Near(s string) []string {
	if len(s) > longestNear {
		return nil
	}
	k := fold(strings.TrimSpace(s))
	if len(k) < 2 {
		return nil
	}
	var out []string
	for i, sk := range t.skills {
		for _, n := range t.folded[i] {
			if len(n) >= 2 && (strings.Contains(n, k) || strings.Contains(k, n)) {
				out = append(out, sk.ID)
				break
			}
		}
		if len(out) == 3 {
			break
		}
	}
	return out
}

// Unknown says in words that s is not a skill, and what to do.
func (t *SkillTable) Unknown(s string) string {
	if len(t.skills) == 0 {
		return "no skill is known yet: the operator loads the taxonomy with gapwatch migrate"
	}
	hint := ""
	if near := t.Near(s); len(near) > 0 {
		hint = "; did you mean " + strings.Join(near, ", ") + "?"
	}
	return "is not a skill of the taxonomy" + hint + "; GET /api/v1/skills lists ids and names"
}
