package pages

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// alertBody is the data of an alert's page.
type alertBody struct {
	Alert    talent.Alert
	Words    []string
	Chart    chart
	HasChart bool
	Periods  []read.PeriodRow // the numbers behind the chart, latest first
	Events   []talent.AlertEvent
	Courses  []talent.TaughtCourse
	Postings []talent.EvidencePosting
	Steps    []string
	First    time.Time // first period of the judged window
	Related  []talent.Alert
	Ratio    *float64
}

// Through is the last day of the judged window.
func (b alertBody) Through() time.Time {
	return words.LastDay(b.Alert.Key.Grain, b.Alert.Evidence.Period)
}

func (p *Pages) alert(ctx context.Context, v *visit) (view, error) {
	d, err := p.read.Alert(ctx, v.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	a := d.Alert
	b := alertBody{Alert: a, First: d.First(), Words: v.names.Explain(a), Events: d.Events, Courses: d.Courses, Postings: d.Postings, Related: d.Related}
	if ratio, ok := talent.Ratio(a.Evidence.Observed, a.Evidence.Supply); ok && !a.Evidence.Suppressed {
		b.Ratio = &ratio
	}
	b.HasChart = len(d.Series.Points) > 0
	b.Periods = read.PeriodRows(a.Key.Grain, d.Series.Points, d.Bands)
	b.Periods = b.Periods[:min(len(b.Periods), tableRows)]
	b.Chart = drawn(v, a.Key, d.Series.Points, d.Bands, marksOf(v, a.Key, []talent.Alert{a}), max(1, a.Evidence.Window), 2*read.ShownPeriods(a.Key.Grain))
	b.Steps = nextSteps(v, a, len(b.Courses))
	title := v.text.Say("alert.title", v.names.Skill(a.Key.Skill), v.names.Cell(a.Key))
	return view{name: "alert", title: title, nav: "alerts", charts: b.HasChart, body: b}, nil
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
