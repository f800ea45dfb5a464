package dashboards

import (
	"context"
	"errors"
	"net/http"
	"sort"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// skillJSON is an entry of the taxonomy.
type skillJSON struct {
	ID       string `json:"id"`
	NameEN   string `json:"name_en"`
	NameZH   string `json:"name_zh"`
	Category string `json:"category"`
	Matched  string `json:"matched,omitempty" doc:"With q: the name or form that fits."`
}

func skillOf(s talent.Skill) skillJSON {
	return skillJSON{ID: s.ID, NameEN: s.NameEN, NameZH: s.NameZH, Category: s.Category}
}

// skillDetail is a skill with the totals of its latest window and its alerts.
type skillDetail struct {
	skillJSON
	Series []skillSeries `json:"series" doc:"of the whole market, one a grain that has data"`
	Alerts []alertJSON   `json:"alerts" doc:"every alert of the skill, worst first, at most 50"`
}

// skillSeries is a series with its latest period and evaluation.
type skillSeries struct {
	seriesJSON
	Latest *pointJSON `json:"latest" doc:"the latest period that had ended"`
}

func (d *Dashboards) registerSkills(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-skills", Method: http.MethodGet, Path: "/api/v1/skills", Tags: []string{"Skills"},
		Summary: "List the skills of the taxonomy, or find some", Description: "In order of ids; with q, the likeliest first."},
		func(ctx context.Context, in *struct {
			httpd.PageInput
			Find string `query:"q" maxLength:"200" doc:"Only skills that are called so, or nearly: ids, names in both languages, other forms (LLM, 大模型), pinyin in full or by initials. All stand on one page."`
		}) (*answer[httpd.Page[skillJSON]], error) {
			after, err := afterName(in.Cursor)
			if err != nil {
				return nil, badCursor(in.Cursor)
			}
			byID, err := d.skills(ctx)
			if err != nil {
				return nil, failed(d.log, "skills", err)
			}
			all := make([]skillJSON, 0, len(byID))
			if in.Find != "" {
				for _, hit := range d.known.Search(in.Find, in.Limit) {
					if s, ok := byID[hit.Skill]; ok {
						found := skillOf(s)
						found.Matched = hit.Form
						all = append(all, found)
					}
				}
				return answered(httpd.NewPage(all, "")), nil
			}
			for _, s := range byID {
				all = append(all, skillOf(s))
			}
			sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
			return answered(cut(all, func(s skillJSON) string { return s.ID }, after, in.Limit)), nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-skill", Method: http.MethodGet, Path: "/api/v1/skills/{id}", Tags: []string{"Skills"},
		Summary: "One skill with its latest numbers and its alerts"},
		func(ctx context.Context, in *struct {
			ID string `path:"id" maxLength:"128"`
		}) (*answer[skillDetail], error) {
			return d.skillDetail(ctx, in.ID)
		})
}

func (d *Dashboards) skillDetail(ctx context.Context, id string) (*answer[skillDetail], error) {
	byID, err := d.skills(ctx)
	if err != nil {
		return nil, failed(d.log, "skill", err)
	}
	s, ok := byID[id]
	if !ok {
		return nil, httpd.Problem(http.StatusNotFound, "not_found", "no skill has this id; GET /api/v1/skills lists them")
	}
	out := skillDetail{skillJSON: skillOf(s), Series: []skillSeries{}, Alerts: []alertJSON{}}
	spans, err := d.grains(ctx)
	if err != nil {
		return nil, failed(d.log, "skill", err)
	}
	for _, span := range spans {
		key := talent.SeriesKey{Grain: span.Grain, Skill: id}
		series, err := d.store.Series(ctx, key, span.Last, span.Last)
		if err != nil {
			return nil, failed(d.log, "skill", err)
		}
		entry := skillSeries{seriesJSON: keyJSON(key)}
		if n := len(series.Points); n > 0 {
			p := pointOf(series.Points[n-1])
			entry.Latest = &p
		}
		out.Series = append(out.Series, entry)
	}
	alerts, err := d.store.Alerts(ctx, talent.AlertFilter{Skill: id, Worst: true, Limit: 50})
	if err != nil {
		return nil, failed(d.log, "skill", err)
	}
	for _, a := range alerts {
		out.Alerts = append(out.Alerts, alertOf(a))
	}
	return answered(out), nil
}

// alertDetail is an alert with its life and what it says in words.
type alertDetail struct {
	alertJSON
	Words   map[string][]string `json:"words" doc:"why it fired, in sentences, by language"`
	Events  []eventJSON         `json:"events"`
	Courses []courseJSON        `json:"courses" doc:"registered courses that teach the skill"`
}

type eventJSON struct {
	ID       string          `json:"id"`
	Kind     string          `json:"kind" enum:"fired,escalated,resolved"`
	At       time.Time       `json:"at"`
	Severity string          `json:"severity"`
	Evidence talent.Evidence `json:"evidence"`
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

func (d *Dashboards) registerAlerts(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-alerts", Method: http.MethodGet, Path: "/api/v1/alerts", Tags: []string{"Alerts"},
		Summary: "List alerts", Description: "From the one opened last to the first; firing and resolved ones unless status says otherwise."},
		func(ctx context.Context, in *struct {
			httpd.PageInput
			Status   string `query:"status" enum:"firing,resolved" doc:"only alerts of this status"`
			Severity string `query:"severity" enum:"blue,yellow,orange,red"`
			Skill    string `query:"skill" maxLength:"128"`
		}) (*answer[httpd.Page[alertJSON]], error) {
			f := talent.AlertFilter{Status: talent.AlertStatus(in.Status), Severity: talent.Severity(in.Severity), Skill: in.Skill, Limit: in.Limit + 1}
			if in.Cursor != "" {
				if err := readAlertCursor(in.Cursor, &f); err != nil {
					return nil, badCursor(in.Cursor)
				}
			}
			got, err := d.store.Alerts(ctx, f)
			if err != nil {
				return nil, failed(d.log, "alerts", err)
			}
			out := httpd.NewPage[alertJSON](nil, "")
			for i, a := range got {
				if i == in.Limit {
					out.NextCursor = alertCursor(got[i-1])
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
			out, err := d.alertDetail(ctx, in.ID)
			switch {
			case errors.Is(err, errNotFound):
				return nil, httpd.Problem(http.StatusNotFound, "not_found", "no alert has this id; GET /api/v1/alerts lists them")
			case err != nil:
				return nil, failed(d.log, "alert", err)
			}
			return answered(out), nil
		})
}

func (d *Dashboards) alertDetail(ctx context.Context, id string) (alertDetail, error) {
	if !alertID.MatchString(id) {
		return alertDetail{}, errNotFound
	}
	a, ok, err := d.store.Alert(ctx, id)
	if err != nil {
		return alertDetail{}, err
	}
	if !ok {
		return alertDetail{}, errNotFound
	}
	out := alertDetail{alertJSON: alertOf(a), Words: map[string][]string{}, Events: []eventJSON{}, Courses: []courseJSON{}}
	skills, err := d.skills(ctx)
	if err != nil {
		return out, err
	}
	for _, lang := range words.Languages() {
		v := &visit{lang: lang, text: d.text[lang], names: words.Names{Lang: lang, Text: d.text[lang], Skills: skills}}
		out.Words[lang] = explain(v, a)
	}
	events, err := d.store.AlertEvents(ctx, id)
	if err != nil {
		return out, err
	}
	for _, e := range events {
		out.Events = append(out.Events, eventJSON{e.ID, string(e.Kind), e.At, string(e.Severity), e.Evidence})
	}
	courses, err := d.store.Courses(ctx, talent.CourseFilter{Skill: a.Key.Skill, Region: a.Key.Region, Limit: 100})
	if err != nil {
		return out, err
	}
	for _, c := range courses {
		out.Courses = append(out.Courses, courseJSON{c.School, c.Region, c.Programme, c.Degree, c.Title, c.Hours, c.Required, c.Seats})
	}
	return out, nil
}

// sourceJSON is one source and how it is doing.
type sourceJSON struct {
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	URL       string     `json:"url"`
	Schedule  string     `json:"schedule" doc:"cron; empty when the source is imported by hand"`
	Grain     string     `json:"grain"`
	Note      string     `json:"note"`
	State     string     `json:"state" enum:"complete,partial,failed,empty,disallowed,imported,waiting" doc:"outcome of the latest run; imported or waiting when it never ran"`
	Postings  uint64     `json:"postings"`
	Vacancies uint64     `json:"vacancies"`
	LastSeen  *time.Time `json:"last_seen" doc:"when a posting of it was read last"`
	LastRun   *runJSON   `json:"last_run"`
}

type runJSON struct {
	ID          string    `json:"id"`
	Outcome     string    `json:"outcome"`
	Reason      string    `json:"reason"`
	Started     time.Time `json:"started"`
	Ended       time.Time `json:"ended"`
	Listed      int       `json:"listed"`
	Fetched     int       `json:"fetched"`
	NotModified int       `json:"not_modified"`
	Failed      int       `json:"failed"`
	Disallowed  int       `json:"disallowed"`
	Postings    int       `json:"postings"`
	Bytes       int64     `json:"bytes_received"`
}

func (d *Dashboards) registerSources(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-sources", Method: http.MethodGet, Path: "/api/v1/sources", Tags: []string{"Sources"},
		Summary: "List the sources and how they are doing", Description: "In order of names."},
		func(ctx context.Context, in *struct{ httpd.PageInput }) (*answer[httpd.Page[sourceJSON]], error) {
			after, err := afterName(in.Cursor)
			if err != nil {
				return nil, badCursor(in.Cursor)
			}
			sources, _, err := d.health(ctx)
			if err != nil {
				return nil, failed(d.log, "sources", err)
			}
			all := make([]sourceJSON, 0, len(sources))
			for _, s := range sources {
				all = append(all, sourceOf(s))
			}
			sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
			return answered(cut(all, func(s sourceJSON) string { return s.Name }, after, in.Limit)), nil
		})
}

func sourceOf(s sourceHealth) sourceJSON {
	out := sourceJSON{Name: s.Name, Kind: s.Kind, URL: s.URL, Schedule: s.Schedule, Grain: string(s.Grain), Note: s.Note, State: s.State,
		Postings: s.Totals.Postings, Vacancies: s.Totals.Vacancies}
	if !s.Totals.LastSeen.IsZero() {
		out.LastSeen = &s.Totals.LastSeen
	}
	if len(s.Runs) > 0 {
		r := s.Runs[0]
		out.LastRun = &runJSON{r.ID, string(r.Outcome), r.Reason, r.Started, r.Ended, r.Listed, r.Fetched, r.NotModified, r.Failed, r.Disallowed, r.Postings, r.BytesReceived}
	}
	return out
}
