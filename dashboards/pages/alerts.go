package pages

import (
	"context"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// alertPage is how many alerts a page of the list holds.
const alertPage = 50

// alertListBody is the data of the list of alerts.
type alertListBody struct {
	Status       string // firing, resolved or all
	Find         talent.AlertFilter
	Narrowed     bool // to a part of the market or a skill
	Alerts       []talent.Alert
	Tabs         []alertTab
	Severities   []alertTab
	Choices      read.Choices
	SkillChoices []option
	AnySeverity  template.URL // address without the severity
	Everything   template.URL // address of the status without the rest
	Next         template.URL // address of the next page
}

// alertTab is a link to another part of the list, with how many alerts it holds.
type alertTab struct {
	Status   string
	Severity talent.Severity
	Count    int
	URL      template.URL
	Current  bool
}

func (p *Pages) alertList(ctx context.Context, v *visit) (view, error) {
	q := v.URL.Query()
	cell, find, err := read.ParseAlerts(q, func(skill string) (string, bool) { return p.skills.Stored(v.names.Skills, skill) })
	if err != nil {
		return view{}, err
	}
	b := alertListBody{Status: string(find.Status), Find: find}
	if !q.Has("status") {
		b.Find.Status, b.Status = talent.AlertFiring, string(talent.AlertFiring)
	}
	if b.Find.Status == "" {
		b.Status = read.AnyStatus
	}
	ask := b.Find
	ask.Worst, ask.Limit = true, alertPage+1
	if err = read.AfterAlert(q.Get("cursor"), &ask); err != nil {
		return view{}, &read.BadQuery{Parameter: "cursor", Value: q.Get("cursor"), Reason: "cursor", Instead: cell}
	}
	if b.Alerts, err = p.read.Alerts(ctx, ask); err != nil {
		return view{}, err
	}
	if err := p.tabs(ctx, &b); err != nil {
		return view{}, err
	}
	if len(b.Alerts) > alertPage {
		b.Alerts = b.Alerts[:alertPage]
		b.Next = alertsNextURL(b.Find, read.AlertCursor(b.Alerts[alertPage-1]))
	}
	grain := cell.Grain
	if grain == "" {
		grain = talent.Week
	}
	if b.Choices, err = p.read.Choices(ctx, grain); err != nil {
		return view{}, err
	}
	for _, id := range slices.Sorted(maps.Keys(v.names.Skills)) {
		b.SkillChoices = append(b.SkillChoices, option{Value: id, Name: v.names.Skill(id), Selected: id == b.Find.Skill})
	}
	slices.SortFunc(b.SkillChoices, func(x, y option) int { return strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)) })
	b.Narrowed = cell.Narrowed() || b.Find.Skill != ""
	return view{name: "alerts", title: v.text.Say("alerts.title"), nav: "alerts", filter: &cell, body: b}, nil
}

// tabs are the links to the other statuses and severities of the same part of the market.
func (p *Pages) tabs(ctx context.Context, b *alertListBody) error {
	wide := b.Find
	wide.Status, wide.Severity = "", ""
	counts, err := p.read.AlertCounts(ctx, wide)
	if err != nil {
		return err
	}
	for _, status := range []talent.AlertStatus{talent.AlertFiring, talent.AlertResolved, ""} {
		to, tab := b.Find, alertTab{Status: string(status), Count: counts.Of(status), Current: b.Find.Status == status}
		to.Status = status
		if status == "" {
			tab.Status, tab.Count = read.AnyStatus, counts.Of(talent.AlertFiring)+counts.Of(talent.AlertResolved)
		}
		tab.URL = alertsURL(to)
		b.Tabs = append(b.Tabs, tab)
	}
	for _, s := range slices.Backward(talent.Severities()) {
		to := b.Find
		to.Severity = s
		n := 0
		for status, by := range counts {
			if b.Find.Status == "" || status == b.Find.Status {
				n += by[s]
			}
		}
		b.Severities = append(b.Severities, alertTab{Severity: s, Count: n, URL: alertsURL(to), Current: s == b.Find.Severity})
	}
	any := b.Find
	any.Severity = ""
	b.AnySeverity, b.Everything = alertsURL(any), alertsURL(talent.AlertFilter{Status: b.Find.Status})
	return nil
}
