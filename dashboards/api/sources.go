package api

import (
	"context"
	"net/http"
	"sort"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/cursor"
	"github.com/gapwatch/gapwatch/internal/httpd"
)

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

func (a *API) registerSources(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-sources", Method: http.MethodGet, Path: "/api/v1/sources", Tags: []string{"Sources"},
		Summary: "List the sources and how they are doing", Description: "In order of names."},
		func(ctx context.Context, in *struct{ httpd.PageInput }) (*answer[httpd.Page[sourceJSON]], error) {
			cursors := cursor.For[string]("sources")
			after, _, err := cursors.Key(in.Cursor)
			if err != nil {
				return nil, badCursor(in.Cursor)
			}
			sources, _, err := a.read.Health(ctx)
			if err != nil {
				return nil, failed(a.log, "sources", err)
			}
			all := make([]sourceJSON, 0, len(sources))
			for _, s := range sources {
				all = append(all, sourceOf(s))
			}
			sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
			return answered(cut(all, func(s sourceJSON) string { return s.Name }, cursors, after, in.Limit)), nil
		})
}

func sourceOf(s read.SourceHealth) sourceJSON {
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
