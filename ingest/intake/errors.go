package intake

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/text"
	"github.com/gapwatch/gapwatch/internal/words"
)

// RowError is one wrong cell of an uploaded table, or a wrong row when the field is empty.
type RowError struct {
	Row     int    `json:"row" doc:"Line of the file, the heading is line 1."`
	Field   string `json:"field,omitempty" doc:"Column, empty when the row as a whole is wrong."`
	Message string `json:"message"`
	Value   any    `json:"value,omitempty" doc:"Beginning of what the cell holds."`
}

// RowErrors collects what is wrong with a table. It names the first httpd.MaxErrors and counts the others: an answer
// must not grow with the table.
type RowErrors struct {
	first []RowError
	more  RowError // of the first one that is not named
	count int
}

// Add notes an error.
func (e *RowErrors) Add(row int, w Fault) {
	switch e.count++; {
	case e.count <= httpd.MaxErrors:
		e.first = append(e.first, RowError{row, w.Field, text.Short(w.Tell(), 500), httpd.Echo(w.Value)})
	case e.count == httpd.MaxErrors+1:
		e.more.Row = row
	}
}

// List names the errors, in the order of the file; never nil.
func (e *RowErrors) List(text words.Messages) []RowError {
	list := append([]RowError{}, e.first...)
	if n := e.count - len(e.first); n > 0 {
		e.more.Message = text.Say("wrong.more", n)
		list = append(list, e.more)
	}
	return list
}

// Problem is the answer to a table of which nothing can be taken.
func (e *RowErrors) Problem(detail string) error {
	fields := make([]*huma.ErrorDetail, 0, len(e.first))
	for _, f := range e.first {
		fields = append(fields, httpd.Field(strings.TrimSuffix(fmt.Sprintf("body.rows[%d].%s", f.Row, f.Field), "."), f.Message, f.Value))
	}
	if n := e.count - len(e.first); n > 0 {
		detail += fmt.Sprintf("; the first %d of %d are named", len(e.first), e.count)
	}
	return httpd.Problem(http.StatusUnprocessableEntity, "invalid", detail, fields...)
}
