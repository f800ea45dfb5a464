package dashboards

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// alertPage is how many alerts a page of the list holds.
const alertPage = 50

// alertID is what an alert's id looks like.
var alertID = regexp.MustCompile(`^[0-9a-f]{32}$`)

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

func (d *Dashboards) alertList(ctx context.Context, v *visit) (view, error) {
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
		return view{}, errBadQuery
	}
	var err error
	if c := q.Get("cursor"); c != "" {
		if err = readAlertCursor(c, &f); err != nil {
			return view{}, fmt.Errorf("%w: %w", err, errBadQuery)
		}
	}
	if b.Alerts, err = d.store.Alerts(ctx, f); err != nil {
		return view{}, err
	}
	if b.Counts, err = d.alertCounts(ctx); err != nil {
		return view{}, err
	}
	if len(b.Alerts) > alertPage {
		b.Alerts = b.Alerts[:alertPage]
		q.Set("cursor", alertCursor(b.Alerts[alertPage-1]))
		q.Del("lang")
		b.Next = q.Encode()
	}
	return view{name: "alerts", title: v.text.Say("alerts.title"), nav: "alerts", body: b}, nil
}

func alertCursor(a talent.Alert) string {
	return base64.RawURLEncoding.EncodeToString([]byte(a.Opened.Format(time.DateOnly) + " " + a.ID + " " + string(a.Severity)))
}

// readAlertCursor makes f go on after the alert that a cursor names.
func readAlertCursor(c string, f *talent.AlertFilter) error {
	b, err := base64.RawURLEncoding.DecodeString(c)
	if err != nil {
		return errBadCursor
	}
	parts := strings.Split(string(b), " ")
	if len(parts) != 3 || !alertID.MatchString(parts[1]) {
		return errBadCursor
	}
	if f.AfterOpened, err = time.Parse(time.DateOnly, parts[0]); err != nil {
		return errBadCursor
	}
	f.AfterID, f.AfterSeverity = parts[1], talent.Severity(parts[2])
	return nil
}

// alertBody is the data of an alert's page.
type alertBody struct {
	Alert     talent.Alert
	Words     []string
	Chart     chart
	HasChart  bool
	Events    []talent.AlertEvent
	Courses   []talent.TaughtCourse
	Postings  []talent.EvidencePosting
	Steps     []string
	First     time.Time // first period of the judged window
	Related   []talent.Alert
	SkillLink string // query of the skill's page
	Ratio     *float64
}

// Through is the last day of the judged window.
func (b alertBody) Through() time.Time {
	return words.LastDay(b.Alert.Key.Grain, b.Alert.Evidence.Period)
}

func (d *Dashboards) alert(ctx context.Context, v *visit) (view, error) {
	id := v.PathValue("id")
	if !alertID.MatchString(id) {
		return view{}, errNotFound
	}
	a, ok, err := d.store.Alert(ctx, id)
	if err != nil {
		return view{}, err
	}
	if !ok {
		return view{}, errNotFound
	}
	b := alertBody{Alert: a, First: a.Key.Grain.Add(a.Evidence.Period, 1-max(1, a.Evidence.Window)), Words: explain(v, a),
		SkillLink: filter{Grain: a.Key.Grain, Region: a.Key.Region, Industry: a.Key.Industry, Tier: a.Key.Tier}.Query()}
	if s := a.Evidence.Supply; s != nil && *s > 0 {
		b.Ratio = new(a.Evidence.Observed / *s)
	}
	series, err := d.store.Series(ctx, a.Key, time.Time{}, time.Time{})
	if err != nil {
		return view{}, err
	}
	bands, err := d.store.Bands(ctx, a.Key)
	if err != nil {
		return view{}, err
	}
	if b.Events, err = d.store.AlertEvents(ctx, id); err != nil {
		return view{}, err
	}
	if b.Courses, err = d.store.Courses(ctx, talent.CourseFilter{Skill: a.Key.Skill, Region: a.Key.Region, Limit: 50}); err != nil {
		return view{}, err
	}
	if b.Postings, err = d.store.EvidencePostings(ctx, a.Key, b.First, a.Evidence.Period, evidenceRows); err != nil {
		return view{}, err
	}
	related, err := d.store.Alerts(ctx, talent.AlertFilter{Skill: a.Key.Skill, Worst: true, Limit: 7})
	if err != nil {
		return view{}, err
	}
	for _, r := range related {
		if r.ID != id {
			b.Related = append(b.Related, r)
		}
	}
	b.HasChart = len(series.Points) > 0
	b.Chart = drawn(v, a.Key, series.Points, bands, marksOf(v, a.Key, []talent.Alert{a}), max(1, a.Evidence.Window), 2*sparkPeriods(a.Key.Grain))
	b.Steps = nextSteps(v, a, len(b.Courses))
	title := v.text.Say("alert.title", v.names.Skill(a.Key.Skill), v.names.Cell(a.Key))
	return view{name: "alert", title: title, nav: "alerts", charts: b.HasChart, body: b}, nil
}
