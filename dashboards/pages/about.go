package pages

import (
	"context"
	"slices"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// aboutBody is the data of the definitions: what the running system judges by, and what it does not know.
type aboutBody struct {
	Rules                talent.Rules
	Grains               []grainRules
	Steps                []talent.SeverityStep // from the highest; blue asks for nothing more
	HoldHeads, HoldTimes int
	JudgedHeads          int
	JudgedParties        int
	Limits               []string
}

// grainRules are the lengths of one grain.
type grainRules struct {
	Grain talent.Grain
	talent.GrainRules
}

func (p *Pages) about(_ context.Context, v *visit) (view, error) {
	b := aboutBody{
		Rules: p.cfg.Rules, Steps: append(slices.Clone(p.cfg.Rules.Steps), talent.SeverityStep{Severity: talent.Blue}), Grains: []grainRules{{talent.Week, p.cfg.Rules.Week}, {talent.Month, p.cfg.Rules.Month}},
		HoldHeads: talent.HoldHeads, HoldTimes: talent.HoldTimes, JudgedHeads: talent.JudgedHeads, JudgedParties: talent.JudgedParties,
	}
	for _, l := range []struct {
		key  string
		args []any
	}{
		{"advertised", nil}, {"sources", nil}, {"duplicates", []any{talent.VacancyDays}}, {"skills", []any{len(v.names.Skills)}}, {"region", nil},
		{"tier", nil}, {"supply", nil}, {"season", nil}, {"many", nil},
	} {
		b.Limits = append(b.Limits, v.text.Say("about.limit."+l.key, l.args...))
	}
	return view{name: "about", title: v.text.Say("about.title"), nav: "about", body: b}, nil
}
