package pages

import (
	"time"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// chart is what charts.js draws: one entry of each list a period, null where nothing is known. It stands in the page
// as JSON; the table below it says the same in words.
type chart struct {
	Label     string            `json:"label"`
	Periods   []string          `json:"periods"`
	Observed  []*float64        `json:"observed"` // heads wanted in the window that ends with the period
	Lower     []*float64        `json:"lower"`
	Expected  []*float64        `json:"expected"`
	Upper     []*float64        `json:"upper"`
	Openings  []*float64        `json:"openings"` // of the period alone, as all below
	Requested []*float64        `json:"requested"`
	Supply    []*float64        `json:"supply"`
	Exposure  []*float64        `json:"exposure"`
	States    []string          `json:"states"`
	Marks     []chartMark       `json:"marks"`
	Text      map[string]string `json:"text"`
	From      int               `json:"from"` // index of the period that the picture begins with
}

// chartMark is an alert in the picture.
type chartMark struct {
	Period   string `json:"period"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
}

// HasBand reports whether any period was judged.
func (c chart) HasBand() bool {
	for _, u := range c.Upper {
		if u != nil {
			return true
		}
	}
	return false
}

// drawn lays points, bands and alerts over the same periods. window is how many periods observed covers where no
// evaluation says so.
func drawn(v *visit, key talent.SeriesKey, points []talent.Point, bands []talent.Band, marks []chartMark, window, show int) chart {
	c := chart{Label: v.names.Skill(key.Skill) + " · " + v.names.Cell(key), Marks: marks, Text: map[string]string{}}
	if c.Marks == nil {
		c.Marks = []chartMark{}
	}
	for _, k := range []string{"observed", "band", "expected", "openings", "requested", "supply", "exposure", "heads", "vacancies", "above", "unknown"} {
		c.Text[k] = v.text.Say("chart." + k)
	}
	for _, s := range []string{read.SourceDown, read.NoData, read.Insufficient, string(talent.StatePartial), read.Suppressed} {
		c.Text[s] = v.text.Say("state." + s)
	}
	c.Text["window"] = v.text.Say("chart.window."+string(key.Grain), window)
	bandOf := make(map[time.Time]talent.Band, len(bands))
	for _, b := range bands {
		bandOf[b.Period] = b
	}
	for i, p := range points {
		b, judged := bandOf[p.Period.UTC()]
		state := string(p.State)
		var observed *float64
		if p.State.Known() && i >= window-1 {
			if sum := talent.Sum(points[i-window+1 : i+1]); sum.State != talent.StateSuppressed {
				observed = new(sum.Demand())
			}
		}
		var lower, expected, upper *float64
		if judged && b.Judged() {
			observed, lower, expected, upper = new(b.Observed), new(b.Lower), new(b.Expected), new(b.Upper)
		} else if judged && p.State == talent.StateOK && !b.Suppressed {
			state = string(b.State)
		}
		c.Periods = append(c.Periods, words.Period(key.Grain, p.Period))
		c.Observed = append(c.Observed, observed)
		c.Lower, c.Expected, c.Upper = append(c.Lower, lower), append(c.Expected, expected), append(c.Upper, upper)
		c.States = append(c.States, state)
		c.Supply = append(c.Supply, p.Supply)
		var openings, requested, exposure *float64
		if p.State.Known() {
			openings, exposure = new(p.Openings), new(float64(p.Exposure))
		}
		if p.State != talent.StateSuppressed && p.Hidden&talent.HiddenRequests == 0 {
			requested = new(p.Requested)
		}
		c.Openings, c.Requested, c.Exposure = append(c.Openings, openings), append(c.Requested, requested), append(c.Exposure, exposure)
	}
	c.From = max(0, len(points)-show)
	return c
}

// marksOf are the alerts of one series as marks in its picture.
func marksOf(v *visit, key talent.SeriesKey, alerts []talent.Alert) []chartMark {
	out := []chartMark{}
	for _, a := range alerts {
		if a.Key == key {
			out = append(out, chartMark{words.Period(key.Grain, a.Opened), string(a.Severity), v.text.Say("severity." + string(a.Severity) + ".long")})
		}
	}
	return out
}
