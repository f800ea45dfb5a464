package pages

import (
	"context"
	"fmt"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// alertPage is how many alerts a page of the list holds.
const alertPage = 50

// alertListBody is the data of the list of alerts.
type alertListBody struct {
	Status   string
	Severity string
	Alerts   []talent.Alert
	Counts   map[talent.AlertStatus]map[talent.Severity]int
	Next     string // query of the next page
}

// Total counts the alerts of a status.
func (b alertListBody) Total(status string) int {
	n := 0
	for _, c := range b.Counts[talent.AlertStatus(status)] {
		n += c
	}
	return n
}

func (p *Pages) alertList(ctx context.Context, v *visit) (view, error) {
	q := v.URL.Query()
	b := alertListBody{Status: q.Get("status"), Severity: q.Get("severity")}
	if !q.Has("status") {
		b.Status = string(talent.AlertFiring)
	}
	f := talent.AlertFilter{Status: talent.AlertStatus(b.Status), Severity: talent.Severity(b.Severity), Limit: alertPage + 1}
	f.Worst = b.Status != "all"
	if !f.Worst {
		f.Status = ""
	}
	if (f.Status != "" && f.Status != talent.AlertFiring && f.Status != talent.AlertResolved) || (b.Severity != "" && f.Severity.Rank() == 0) {
		return view{}, read.ErrBadQuery
	}
	err := read.ReadAlertCursor(q.Get("cursor"), &f)
	if err != nil {
		return view{}, fmt.Errorf("%w: %w", err, read.ErrBadQuery)
	}
	if b.Alerts, err = p.read.Alerts(ctx, f); err != nil {
		return view{}, err
	}
	if b.Counts, err = p.read.AlertCounts(ctx); err != nil {
		return view{}, err
	}
	if len(b.Alerts) > alertPage {
		b.Alerts = b.Alerts[:alertPage]
		q.Set("cursor", read.AlertCursor(b.Alerts[alertPage-1]))
		q.Del("lang")
		b.Next = q.Encode()
	}
	return view{name: "alerts", title: v.text.Say("alerts.title"), nav: "alerts", body: b}, nil
}
