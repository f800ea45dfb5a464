package api

import (
	"context"
	"net/http"
	"sort"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/cursor"
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

func (a *API) registerSkills(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-skills", Method: http.MethodGet, Path: "/api/v1/skills", Tags: []string{"Skills"},
		Summary: "List the skills of the taxonomy, or find some", Description: "In order of ids; with q, the likeliest first."},
		func(ctx context.Context, in *struct {
			httpd.PageInput
			Find string `query:"q" maxLength:"200" doc:"Only skills that are called so, or nearly: ids, names in both languages, other forms (LLM, 大模型), pinyin in full or by initials. All stand on one page."`
		}) (*answer[httpd.Page[skillJSON]], error) {
			cursors := cursor.For[string]("skills")
			after, _, err := cursors.Key(in.Cursor)
			if err != nil {
				return nil, badCursor(in.Cursor)
			}
			byID, err := a.read.Skills(ctx)
			if err != nil {
				return nil, failed(a.log, "skills", err)
			}
			all := make([]skillJSON, 0, len(byID))
			if in.Find != "" {
				for _, hit := range a.skills.Search(in.Find, in.Limit) {
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
			return answered(cut(all, func(s skillJSON) string { return s.ID }, cursors, after, in.Limit)), nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-skill", Method: http.MethodGet, Path: "/api/v1/skills/{id}", Tags: []string{"Skills"},
		Summary: "One skill with its latest numbers and its alerts"},
		func(ctx context.Context, in *struct {
			ID string `path:"id" maxLength:"128"`
		}) (*answer[skillDetail], error) {
			return a.skillDetail(ctx, in.ID)
		})
}

// skillID resolves the skill of a query; none named is all of them. The error is a problem.
func (a *API) skillID(ctx context.Context, named string) (string, error) {
	if named == "" {
		return "", nil
	}
	stored, err := a.read.Skills(ctx)
	if err != nil {
		return "", failed(a.log, "skills", err)
	}
	id, ok := a.skills.Stored(stored, named)
	if !ok {
		return "", httpd.Problem(http.StatusUnprocessableEntity, "bad_query", "the query cannot be used", httpd.Field("query.skill", a.skills.Unknown(words.English, named), named))
	}
	return id, nil
}

func (a *API) skillDetail(ctx context.Context, named string) (*answer[skillDetail], error) {
	byID, err := a.read.Skills(ctx)
	if err != nil {
		return nil, failed(a.log, "skill", err)
	}
	id, ok := a.skills.Stored(byID, named)
	if !ok {
		return nil, httpd.Problem(http.StatusNotFound, "not_found", "the skill "+a.skills.Unknown(words.English, named))
	}
	out := skillDetail{skillJSON: skillOf(byID[id]), Series: []skillSeries{}, Alerts: []alertJSON{}}
	spans, err := a.read.Spans(ctx)
	if err != nil {
		return nil, failed(a.log, "skill", err)
	}
	for _, span := range spans {
		key := talent.SeriesKey{Grain: span.Grain, Skill: id}
		series, _, err := a.read.Series(ctx, key, span.Last, span.Last)
		if err != nil {
			return nil, failed(a.log, "skill", err)
		}
		entry := skillSeries{seriesJSON: keyJSON(key)}
		if n := len(series.Points); n > 0 {
			p := pointOf(series.Points[n-1])
			entry.Latest = &p
		}
		out.Series = append(out.Series, entry)
	}
	alerts, err := a.read.Alerts(ctx, talent.AlertFilter{Skill: id, Worst: true, Limit: 50})
	if err != nil {
		return nil, failed(a.log, "skill", err)
	}
	for _, a := range alerts {
		out.Alerts = append(out.Alerts, alertOf(a))
	}
	return answered(out), nil
}
