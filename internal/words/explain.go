package words

import (
	"math"
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Window names the days of the window that evidence was judged by, and how many periods it has.
func (n Names) Window(g talent.Grain, e talent.Evidence) string { return n.window("ev.window.", g, e) }

func (n Names) window(key string, g talent.Grain, e talent.Evidence) string {
	window := max(1, e.Window)
	return n.Text.Count(key+string(g), window, Day(g.Add(e.Period, 1-window)), Day(LastDay(g, e.Period)))
}

// Paragraph sets sentences one after the other: Chinese has no blank between them.
func (n Names) Paragraph(sentences []string) string {
	if n.Lang == English {
		return strings.Join(sentences, " ")
	}
	return strings.Join(sentences, "")
}

// Explain says in sentences why an alert stands: what was seen, what was expected and why, how sure it is, who is
// behind it, what is supplied, and what is not known.
func (n Names) Explain(a talent.Alert) []string {
	e, say := a.Evidence, n.Text.Say
	g := a.Key.Grain
	if e.Suppressed {
		return []string{say("words.suppressed", n.window("words.span.", g, e), n.Cell(a.Key), n.Skill(a.Key.Skill))}
	}
	out := []string{
		say("words.observed", n.window("words.span.", g, e), n.Cell(a.Key), Heads(e.Observed), n.Skill(a.Key.Skill), Whole(int(math.Round(e.Exposure)))),
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
	if ratio, ok := talent.Ratio(e.Observed, e.Supply); ok {
		out = append(out, say("words.ratio", Ratio(ratio)))
	}
	return out
}
