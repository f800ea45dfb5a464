// Package api is the reading part of the JSON API.
package api

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/cursor"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// API answers programs.
type API struct {
	read   *read.Reader
	text   map[string]words.Messages
	skills *terms.Skills
	log    *slog.Logger
}

// New makes the API over a reader; text are the words of every language.
func New(reader *read.Reader, text map[string]words.Messages, skills *terms.Skills, log *slog.Logger) *API {
	return &API{reader, text, skills, log}
}

// Register adds the operations.
func (a *API) Register(ops huma.API) {
	a.registerSkills(ops)
	a.registerSeries(ops)
	a.registerAlerts(ops)
	a.registerSources(ops)
}

type answer[T any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         T
}

func answered[T any](body T) *answer[T] { return &answer[T]{"no-cache", body} }

// badCursor is the problem details of a cursor that is not ours.
func badCursor(c string) error {
	return httpd.Problem(http.StatusUnprocessableEntity, "bad_cursor", "the cursor cannot be used", cursorField(c))
}

func cursorField(c string) *huma.ErrorDetail {
	return httpd.Field("query.cursor", "use next_cursor of the page before, unchanged, or leave it out", c)
}

// badCell is the problem details of a region, industry or tier that no list has, or that are not counted together.
func (a *API) badCell(err error) error {
	var bad *read.BadQuery
	if !errors.As(err, &bad) {
		return failed(a.log, "cell", err)
	}
	said := a.text[words.English].Say("badquery."+bad.Reason, bad.Value)
	if len(bad.Offers) > 0 {
		said += " " + a.text[words.English].Say("badquery.offers") + ": " + strings.Join(bad.Offers, ", ")
	}
	return httpd.Problem(http.StatusBadRequest, "bad_query", "the query cannot be used", httpd.Field("query."+bad.Parameter, said, bad.Value))
}

// failed logs an unexpected error and hides it from the caller.
func failed(log *slog.Logger, what string, err error) error {
	log.Error("api read failed", "list", what, "error", err)
	return httpd.Unavailable("store_unreadable", "the store could not be read: try again, and see /readyz")
}

// cut returns one page of a list that is in memory, in the order of names.
func cut[T any](all []T, name func(T) string, cursors cursor.Codec[string], after string, limit int) httpd.Page[T] {
	out := httpd.NewPage[T](nil, "")
	for _, x := range all {
		if after != "" && name(x) <= after {
			continue
		}
		if len(out.Items) == limit {
			out.NextCursor = cursors.After(name(out.Items[limit-1]))
			break
		}
		out.Items = append(out.Items, x)
	}
	return out
}

// span of dates that lists of periods use when none is given.
func openRange() (first, last time.Time) {
	return time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)
}
