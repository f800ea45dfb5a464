package words

import (
	"math"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Explain says in sentences why an alert stands: what was seen, what was expected and why, how sure it is, who is
// behind it, what is supplied, and what is not known.
func (n Names) Explain(a talent.Alert) []string {
	e, say := a.Evidence, n.Text.Say
	g := a.Key.Grain
	window := max(1, e.Window)
	first := g.Add(e.Period, 1-window)
	span := say("words.span."+string(g), window, Day(first), Day(LastDay(g, e.Period)))
	out := []string{
		say("words.observed", span, n.Cell(a.Key), Heads(e.Observed), n.Skill(a.Key.Skill), Whole(int(math.Round(e.Exposure)))),
		say("words.expected", e.History, Heads(e.Expected), Heads(e.Lower), Heads(e.Upper), say("words.unit."+string(g))),
	}
	switch {
	case e.Observed > e.Upper:
		out = append(out, say("words.above", Heads(e.Observed-e.Upper), Percent(e.P)))
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
	out = append(out, say(trend, Percent(math.Abs(e.TrendYear))), say("words.evidence", Whole(e.Vacancies), Whole(e.Employers)))
	if e.Requested > 0 {
		out = append(out, say("words.requested", Heads(e.Requested)))
	}
	if e.Requesters > 0 {
		out = append(out, say("words.stated", Whole(e.Requesters), Heads(e.Stated)))
	}
	if e.Supply == nil {
		return append(out, say("words.supply.unknown"))
	}
	if e.Gap != nil {
		out = append(out, say("words.supply.known", Heads(*e.Supply), Signed(*e.Gap)))
	}
	if *e.Supply > 0 {
		out = append(out, say("words.ratio", Ratio(e.Observed / *e.Supply)))
	}
	return out
}
