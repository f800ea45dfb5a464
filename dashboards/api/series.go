package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/cursor"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// seriesItem is a series with its periods.
type seriesItem struct {
	seriesJSON
	Points []pointJSON `json:"points" doc:"in order of time, without holes"`
}

// seriesInput is the query of the list of series.
type seriesInput struct {
	httpd.PageInput
	Skill    string `query:"skill" maxLength:"128" doc:"id or any name of a skill; empty: every skill"`
	Region   string `query:"region" maxLength:"64" doc:"province or country, by code or name; empty: the whole market; *: every region, the whole market included"`
	Industry string `query:"industry" maxLength:"64" doc:"section of GB/T 4754, by letter or name; empty: all industries together; *: each of them"`
	Tier     string `query:"tier" maxLength:"64" doc:"lead, backbone or reserve; empty: all tiers together; *: each of them"`
	Grain    string `query:"grain" enum:"week,month" doc:"empty: both"`
	From     string `query:"from" format:"date" doc:"first day, YYYY-MM-DD"`
	To       string `query:"to" format:"date" doc:"last day, YYYY-MM-DD"`
	Bands    bool   `query:"bands" doc:"add the trend band of each evaluated period"`
}

// query checks what the schema cannot of dates and cursor.
func (in *seriesInput) query() (talent.SeriesQuery, error) {
	q := talent.SeriesQuery{Grain: talent.Grain(in.Grain), Limit: in.Limit}
	q.First, q.Last = openRange()
	var wrong []*huma.ErrorDetail
	day := func(name, s string, into *time.Time) {
		if s == "" {
			return
		}
		t, err := time.Parse(time.DateOnly, s)
		if err != nil || t.Year() < 1990 || t.Year() > 2199 {
			wrong = append(wrong, httpd.Field("query."+name, "want a day as YYYY-MM-DD", s))
			return
		}
		*into = t
	}
	day("from", in.From, &q.First)
	day("to", in.To, &q.Last)
	switch after, more, err := seriesCursors().Key(in.Cursor); {
	case err != nil:
		wrong = append(wrong, cursorField(in.Cursor))
	case more:
		q.After = &after
	}
	if len(wrong) > 0 {
		return q, httpd.Problem(http.StatusUnprocessableEntity, "bad_query", "the query cannot be used", wrong...)
	}
	return q, nil
}

func seriesCursors() cursor.Codec[talent.SeriesKey] { return cursor.For[talent.SeriesKey]("series") }

func (a *API) registerSeries(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-series", Method: http.MethodGet, Path: "/api/v1/series", Tags: []string{"Series"},
		Summary: "List skill-gap series with their periods",
		Description: "One item a series, in order of grain, skill, region, industry and tier. A period in which the cell had vacancies but none with the " +
			"skill is zero; a period about which nothing is known says so in its state."},
		func(ctx context.Context, in *seriesInput) (*answer[httpd.Page[seriesItem]], error) {
			q, err := in.query()
			if err != nil {
				return nil, err
			}
			if q.Skill, err = a.skillID(ctx, in.Skill); err != nil {
				return nil, err
			}
			if q.Region, q.Industry, q.Tier, err = read.ParseCells(in.Region, in.Industry, in.Tier); err != nil {
				return nil, a.badCell(err)
			}
			page, err := a.read.ListSeries(ctx, q, in.Bands)
			if err != nil {
				return nil, failed(a.log, "series", err)
			}
			items, next := make([]seriesItem, len(page.Series)), ""
			for i, s := range page.Series {
				items[i] = itemOf(s, page.Bands[s.Key])
			}
			if page.More {
				next = seriesCursors().After(page.Series[len(page.Series)-1].Key)
			}
			return answered(httpd.NewPage(items, next)), nil
		})
}

// itemOf lays the bands of a series over its periods.
func itemOf(s talent.Series, bands []talent.Band) seriesItem {
	item := seriesItem{keyJSON(s.Key), make([]pointJSON, len(s.Points))}
	at := make(map[string]*bandJSON, len(bands))
	for _, b := range bands {
		at[words.Day(b.Period)] = bandOf(b)
	}
	for i, p := range s.Points {
		item.Points[i] = pointOf(p)
		item.Points[i].Band = at[item.Points[i].Period]
	}
	return item
}
