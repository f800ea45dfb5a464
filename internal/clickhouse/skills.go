package clickhouse

import (
	"context"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutSkills replaces the taxonomy that pages and request validation read; version orders editions.
func (s *Store) PutSkills(ctx context.Context, skills []talent.Skill, version uint64) error {
	return insert(ctx, s, "skills", "", "INSERT INTO skills (id, name_en, name_zh, category, version)", len(skills),
		func(i int) []any {
			k := skills[i]
			return []any{k.ID, k.NameEN, k.NameZH, k.Category, version}
		})
}

// Skills returns the taxonomy in order of ids.
func (s *Store) Skills(ctx context.Context) ([]talent.Skill, error) {
	type row struct {
		ID       string `ch:"id"`
		NameEN   string `ch:"name_en"`
		NameZH   string `ch:"name_zh"`
		Category string `ch:"category"`
	}
	got, err := rows[row](ctx, s, "skills", "SELECT id, name_en, name_zh, category FROM skills FINAL ORDER BY id")
	if err != nil {
		return nil, err
	}
	out := make([]talent.Skill, len(got))
	for i, r := range got {
		out[i] = talent.Skill(r)
	}
	return out, nil
}
