package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/alerts/judge"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// backtestCmd runs the evaluator over the past.
type backtestCmd struct {
	From    string   `placeholder:"DATE" help:"First day of the range (default: the first period)."`
	Through string   `placeholder:"DATE" help:"Last day of the range (default: the last period)."`
	Grain   string   `default:"all" enum:"week,month,all" help:"week, month or all."`
	Skill   []string `placeholder:"SKILL" help:"Only these skills, by id or any name; repeat for each."`
	Total   bool     `help:"Only series of the whole market, without region, industry and tier."`
	JSON    bool     `help:"One alerts.v1 message a line."`
}

// Help is shown under the flags.
func (backtestCmd) Help() string {
	return "Nothing is stored. Example: gapwatch backtest --from 2015-01-01 --skill docker --total"
}

// Run prints every step of every alert that would have been.
func (c backtestCmd) Run(env *environment) error {
	var err error
	if c.Skill, err = skillIDs(c.Skill); err != nil {
		return err
	}
	filter := judge.BacktestFilter{Keep: c.keep}
	if c.Grain != "all" {
		filter.Grains = []talent.Grain{talent.Grain(c.Grain)}
	}
	for _, d := range []struct {
		name, text string
		to         *time.Time
	}{{"--from", c.From, &filter.From}, {"--through", c.Through, &filter.Through}} {
		if d.text == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return usageError{fmt.Errorf("%s wants a day like 2015-01-01, have %q", d.name, d.text)}
		}
		*d.to = day
	}
	return env.runReader(func(ctx context.Context, s *stage) error {
		encoder := json.NewEncoder(env.stdout)
		sum, err := judge.Backtest(ctx, s.cfg.Alerts.Judge, s.backend.store, filter, func(e talent.AlertEvent) error {
			if c.JSON {
				return encoder.Encode(e)
			}
			_, err := fmt.Fprintf(env.stdout, "%s %-9s %-6s %s%s observed %.0f expected %.1f band %.1f–%.1f p %.2g\n",
				e.Evidence.Period.Format(time.DateOnly), e.Kind, e.Severity, e.Skill, cellName(e), e.Evidence.Observed,
				e.Evidence.Expected, e.Evidence.Lower, e.Evidence.Upper, e.Evidence.P)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stderr, "%d series, %d periods judged: %d fired, %d resolved\n", sum.Series, sum.Judged, sum.Fired, sum.Resolved)
		return nil
	})
}

// skillIDs resolves skills that a caller names.
func skillIDs(named []string) ([]string, error) {
	text, err := words.LoadAll()
	if err != nil {
		return nil, err
	}
	skills, err := terms.NewSkills(text)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range named {
		id, ok := skills.Resolve(s)
		if !ok {
			return nil, usageError{fmt.Errorf("--skill: %q %s", s, skills.Unknown(words.English, s))}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// keep is the command's filter of series.
func (c backtestCmd) keep(k talent.SeriesKey) bool {
	if c.Total && (k.Region != "" || k.Industry != "" || k.Tier != "") {
		return false
	}
	return len(c.Skill) == 0 || slices.Contains(c.Skill, k.Skill)
}

// cellName names the cell of an event where it is not the whole market.
func cellName(e talent.AlertEvent) string {
	var out strings.Builder
	for _, part := range []struct{ name, value string }{{"region", e.Region}, {"industry", e.Industry}, {"tier", string(e.Tier)}} {
		if part.value != "" {
			out.WriteString(" " + part.name + "=" + part.value)
		}
	}
	return out.String()
}
