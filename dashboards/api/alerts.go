package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// alertDetail is an alert with its life and what it says in words.
type alertDetail struct {
	alertJSON
	Words   map[string][]string `json:"words" doc:"why it fired, in sentences, by language"`
	Events  []eventJSON         `json:"events"`
	Courses []courseJSON        `json:"courses" doc:"registered courses that teach the skill"`
}

type eventJSON struct {
	ID       string       `json:"id"`
	Kind     string       `json:"kind" enum:"fired,escalated,resolved"`
	At       time.Time    `json:"at"`
	Severity string       `json:"severity"`
	Evidence evidenceJSON `json:"evidence"`
}

type courseJSON struct {
	School    string `json:"school"`
	Region    string `json:"region"`
	Programme string `json:"programme"`
	Degree    string `json:"degree"`
	Title     string `json:"title"`
	Hours     uint32 `json:"hours"`
	Required  bool   `json:"required"`
	Seats     uint32 `json:"seats"`
}

func (a *API) registerAlerts(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-alerts", Method: http.MethodGet, Path: "/api/v1/alerts", Tags: []string{"Alerts"},
		Summary: "List alerts", Description: "From the one opened last to the first; firing and resolved ones unless status says otherwise."},
		func(ctx context.Context, in *struct {
			httpd.PageInput
			Status   string `query:"status" enum:"firing,resolved" doc:"only alerts of this status"`
			Severity string `query:"severity" enum:"blue,yellow,orange,red"`
			Skill    string `query:"skill" maxLength:"128" doc:"id or any name of a skill"`
			Grain    string `query:"grain" enum:"week,month" doc:"only alerts about series of this grain"`
			Region   string `query:"region" maxLength:"64" doc:"only alerts about this province or country, by code or name; empty: alerts about every region and about the whole market"`
			Industry string `query:"industry" maxLength:"64" doc:"only alerts about this section of GB/T 4754, by letter or name"`
			Tier     string `query:"tier" maxLength:"64" doc:"only alerts about this tier: lead, backbone or reserve"`
		}) (*answer[httpd.Page[alertJSON]], error) {
			skill, err := a.skillID(ctx, in.Skill)
			if err != nil {
				return nil, err
			}
			f := talent.AlertFilter{Status: talent.AlertStatus(in.Status), Severity: talent.Severity(in.Severity), Grain: talent.Grain(in.Grain), Skill: skill, Limit: in.Limit + 1}
			if f.Region, f.Industry, f.Tier, err = read.ParseCell(in.Region, in.Industry, in.Tier); err != nil {
				return nil, a.badCell(err)
			}
			if err := read.AfterAlert(in.Cursor, &f); err != nil {
				return nil, badCursor(in.Cursor)
			}
			got, err := a.read.Alerts(ctx, f)
			if err != nil {
				return nil, failed(a.log, "alerts", err)
			}
			out := httpd.NewPage[alertJSON](nil, "")
			for i, a := range got {
				if i == in.Limit {
					out.NextCursor = read.AlertCursor(got[i-1])
					break
				}
				out.Items = append(out.Items, alertOf(a))
			}
			return answered(out), nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-alert", Method: http.MethodGet, Path: "/api/v1/alerts/{id}", Tags: []string{"Alerts"},
		Summary: "One alert with its evidence, its events and the courses that teach the skill"},
		func(ctx context.Context, in *struct {
			ID string `path:"id" maxLength:"64"`
		}) (*answer[alertDetail], error) {
			out, err := a.alertDetail(ctx, in.ID)
			switch {
			case errors.Is(err, read.ErrNotFound):
				return nil, httpd.Problem(http.StatusNotFound, "not_found", "no alert has this id; GET /api/v1/alerts lists them")
			case err != nil:
				return nil, failed(a.log, "alert", err)
			}
			return answered(out), nil
		})
}

func (a *API) alertDetail(ctx context.Context, id string) (alertDetail, error) {
	d, err := a.read.Alert(ctx, id)
	if err != nil {
		return alertDetail{}, err
	}
	out := alertDetail{alertJSON: alertOf(d.Alert), Words: map[string][]string{}, Events: []eventJSON{}, Courses: []courseJSON{}}
	skills, err := a.read.Skills(ctx)
	if err != nil {
		return out, err
	}
	for lang, text := range a.text {
		out.Words[lang] = words.Names{Lang: lang, Text: text, Skills: skills}.Explain(d.Alert)
	}
	for _, e := range d.Events {
		out.Events = append(out.Events, eventJSON{e.ID, string(e.Kind), e.At, string(e.Severity), evidenceOf(e.Evidence)})
	}
	for _, c := range d.Courses {
		out.Courses = append(out.Courses, courseJSON{c.School, c.Region, c.Programme, c.Degree, c.Title, c.Hours, c.Required, c.Seats})
	}
	return out, nil
}
