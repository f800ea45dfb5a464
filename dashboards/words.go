package dashboards

import (
	"math"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// explain says in sentences why an alert stands: what was seen, what was expected and why, how sure it is, who is
// behind it, what is supplied, and what is not known.
func explain(v *visit, a talent.Alert) []string {
	e, say := a.Evidence, v.text.Say
	g := a.Key.Grain
	window := max(1, e.Window)
	first := g.Add(e.Period, 1-window)
	span := say("words.span."+string(g), window, words.Day(first), words.Day(words.LastDay(g, e.Period)))
	out := []string{
		say("words.observed", span, v.names.Cell(a.Key), words.Heads(e.Observed), v.names.Skill(a.Key.Skill), words.Whole(int(math.Round(e.Exposure)))),
		say("words.expected", e.History, words.Heads(e.Expected), words.Heads(e.Lower), words.Heads(e.Upper), say("words.unit."+string(g))),
	}
	switch {
	case e.Observed > e.Upper:
		out = append(out, say("words.above", words.Heads(e.Observed-e.Upper), words.Percent(e.P)))
	case e.Observed < e.Lower:
		out = append(out, say("words.below"))
	default:
		out = append(out, say("words.within"))
	}
	trend := "words.trend.flat"
	if e.TrendYear >= 0.03 {
		trend = "words.trend.up"
	} else if e.TrendYear <= -0.03 {
		trend = "words.trend.down"
	}
	out = append(out, say(trend, words.Percent(math.Abs(e.TrendYear))), say("words.evidence", words.Whole(e.Vacancies), words.Whole(e.Employers)))
	if e.Requested > 0 {
		out = append(out, say("words.requested", words.Heads(e.Requested)))
	}
	if e.Requesters > 0 {
		out = append(out, say("words.stated", words.Whole(e.Requesters), words.Heads(e.Stated)))
	}
	if e.Supply == nil {
		return append(out, say("words.supply.unknown"))
	}
	if e.Gap != nil {
		out = append(out, say("words.supply.known", words.Heads(*e.Supply), words.Signed(*e.Gap)))
	}
	if *e.Supply > 0 {
		out = append(out, say("words.ratio", words.Ratio(e.Observed / *e.Supply)))
	}
	return out
}

// nextSteps says what a planner can do now, given how many registered courses teach the skill.
func nextSteps(v *visit, a talent.Alert, courses int) []string {
	say := v.text.Say
	if a.Status == talent.AlertResolved {
		return []string{say("step.resolved"), say("step.keep")}
	}
	out := []string{say("step.check")}
	if courses == 0 {
		out = append(out, say("step.nocourse"))
	} else {
		out = append(out, say("step.courses", courses))
	}
	if a.Severity.Rank() >= talent.Orange.Rank() {
		out = append(out, say("step.severe"))
	} else {
		out = append(out, say("step.mild"))
	}
	if a.Evidence.Supply == nil {
		out = append(out, say("step.register"))
	}
	return append(out, say("step.subscribe"))
}
