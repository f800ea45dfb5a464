package intake

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gapwatch/gapwatch/internal/budget"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/sheet"
	"github.com/gapwatch/gapwatch/internal/text"
	"github.com/gapwatch/gapwatch/internal/words"
)

// previewRows is how many rows a preview shows at a time: an answer must not grow with the table.
const previewRows = 100

// UploadInput is an uploaded table, and what is wanted of it.
type UploadInput struct {
	BodyInput
	Preview bool `query:"preview" doc:"Take nothing: say what would be taken, and show rows with what is wrong in each."`
	After   int  `query:"after" minimum:"0" doc:"In a preview, show the rows after this line: next_row of the preview before."`
}

// Upload says what became of an uploaded table, or in a preview what would become of it.
type Upload struct {
	Preview   bool         `json:"preview,omitempty" doc:"Nothing was taken; this is what would be."`
	Accepted  int          `json:"accepted" doc:"Things that are new or changed: a request a row, a programme for all its rows."`
	Held      int          `json:"held" doc:"Of the accepted, requests that wait for the operator because their size is sudden; they count nothing until then."`
	Unchanged int          `json:"unchanged" doc:"Things that say what an earlier upload said; nothing was changed."`
	Rejected  int          `json:"rejected" doc:"Rows of requests, or programmes, with errors; correct them and upload the whole file again."`
	IDs       []string     `json:"ids" nullable:"false" doc:"Ids of the accepted and unchanged, in the order of the file."`
	Errors    []RowError   `json:"errors" nullable:"false" doc:"The first 50; the last entry counts the others."`
	Rows      []PreviewRow `json:"rows,omitempty" doc:"In a preview, rows as they were read."`
	NextRow   int          `json:"next_row,omitempty" doc:"In a preview, the last line shown when there are more: pass it as after."`
}

// UploadOutput is the answer to an upload.
type UploadOutput struct{ Body Upload }

// PreviewRow is a row of a preview.
type PreviewRow struct {
	Row    int               `json:"row" doc:"Line of the file, the heading is line 1."`
	State  State             `json:"state" enum:"new,changed,held,unchanged,wrong" doc:"What would become of it; wrong: it, or another row of its programme, has an error."`
	Cells  map[string]string `json:"cells" doc:"By column: what was understood, in the language of the answer, or what is written where it is wrong."`
	Errors []RowError        `json:"errors,omitempty"`
}

// State says what becomes of something that was uploaded.
type State string

// The states of something uploaded. Held is new, and waits for the operator.
const (
	New       State = "new"
	Changed   State = "changed"
	Held      State = "held"
	Unchanged State = "unchanged"
	Wrong     State = "wrong"
)

// Item is something that a table states: a request, a programme.
type Item[T any] struct {
	ID    string
	Value T
	State State
}

// Line is a row of a table after it was read.
type Line struct {
	sheet.Row
	Item  int // its index among the items; -1 when it is in none
	Wrong []Fault
}

// NewLine makes a line of a row and of what is wrong in its fields.
func NewLine(row sheet.Row, f *Fields) Line {
	if row.Err != "" {
		f.Bad("", nil, "wrong.row")
	}
	return Line{Row: row, Item: -1, Wrong: f.Wrong}
}

// Reading is a table after it was read: every row, and the things of which all rows are good.
type Reading[T any] struct {
	Lines    []Line
	Items    []Item[T]
	Rejected int
}

// Kind is a kind of table.
type Kind[T any] interface {
	// Read makes things of rows and names what is wrong, in a language.
	Read(rows []sheet.Row, lang string) Reading[T]
	// Judge sets what would become of things, and gives those that would be sent their version.
	Judge(ctx context.Context, items []Item[T], preview bool) error
	// Send writes new versions of things and waits until they are visible. Its error is a problem.
	Send(ctx context.Context, prefer string, values []T) error
	// Show says what a good row was understood to mean, by column, in a language.
	Show(v T, row sheet.Row, lang string) map[string]string
}

// Table is how a kind of table is read.
type Table struct {
	Path    string // of its upload; an empty table is got there too
	Columns []sheet.Column
	MaxRows int
	Text    map[string]words.Messages // by language
}

// Take reads an uploaded table, sends what is new in it, or only shows what it would send. Its error is a problem when
// nothing of the table can be taken.
func Take[T any](ctx context.Context, t Table, in *UploadInput, kind Kind[T]) (*UploadOutput, error) {
	lang := in.Lang()
	text := t.Text[lang]
	data, err := sheet.Upload(in.ContentType, in.RawBody)
	if err != nil {
		return nil, httpd.Problem(http.StatusBadRequest, "unreadable_form", told(err, lang, text))
	}
	rows, err := sheet.Read(data, t.Columns, t.MaxRows)
	if err != nil {
		return nil, t.unreadable(err, lang, text)
	}
	read := kind.Read(rows, lang)
	errs := &RowErrors{}
	for _, l := range read.Lines {
		for _, w := range l.Wrong {
			errs.Add(l.Number, w)
		}
	}
	if len(read.Items) == 0 && !in.Preview {
		return nil, errs.Problem(text.Say("wrong.table.none"))
	}
	if err := kind.Judge(ctx, read.Items, in.Preview); err != nil {
		return nil, err
	}
	out := Upload{Preview: in.Preview, Rejected: read.Rejected, IDs: make([]string, len(read.Items)), Errors: errs.List(text)}
	var fresh []T
	for i, item := range read.Items {
		out.IDs[i] = item.ID
		switch item.State {
		case Unchanged:
			out.Unchanged++
			continue
		case Held:
			out.Held++
		}
		fresh = append(fresh, item.Value)
	}
	out.Accepted = len(fresh)
	if in.Preview {
		out.IDs = out.IDs[:min(len(out.IDs), previewRows)]
		out.Rows, out.NextRow = shown(read, in.After, func(item Item[T], row sheet.Row) map[string]string { return kind.Show(item.Value, row, lang) })
		return &UploadOutput{out}, nil
	}
	if len(fresh) > 0 {
		if err := kind.Send(ctx, in.Prefer, fresh); err != nil {
			return nil, err
		}
	}
	return &UploadOutput{out}, nil
}

// shown are the rows of a preview after a line.
func shown[T any](read Reading[T], after int, show func(Item[T], sheet.Row) map[string]string) (rows []PreviewRow, next int) {
	for _, l := range read.Lines {
		if l.Number <= after {
			continue
		}
		if len(rows) == previewRows {
			return rows, rows[len(rows)-1].Row
		}
		row := PreviewRow{Row: l.Number, State: Wrong, Cells: map[string]string{}}
		cells := l.Cells
		if l.Item >= 0 {
			row.State = read.Items[l.Item].State
			cells = show(read.Items[l.Item], l.Row)
		}
		for name, c := range cells {
			if c != "" {
				row.Cells[name] = text.Short(c, 100)
			}
		}
		for _, w := range l.Wrong {
			row.Errors = append(row.Errors, RowError{Row: l.Number, Field: w.Field, Message: text.Short(w.Tell(), 300)}) // the cell is there
		}
		rows = append(rows, row)
	}
	return rows, 0
}

// unreadable is the problem of a table that cannot be read at all.
func (t Table) unreadable(err error, lang string, text words.Messages) error {
	wrong, ok := errors.AsType[*sheet.ColumnsError](err)
	if !ok {
		detail := told(err, lang, text)
		return httpd.Problem(http.StatusUnprocessableEntity, "unreadable_table", detail, httpd.Field("body", detail, nil))
	}
	headings := map[string]string{} // as the empty table of the language has them
	for _, c := range t.Columns {
		if headings[c.Name] = c.Name; lang == words.Chinese {
			headings[c.Name] = c.Aliases[0]
		}
	}
	list := func(names []string) string {
		shown := make([]string, len(names))
		for i, n := range names {
			shown[i] = cmp.Or(headings[n], n)
		}
		return strings.Join(shown, text.Say("wrong.list"))
	}
	var why []string
	for _, w := range []struct {
		key   string
		names []string
	}{{"wrong.table.missing", wrong.Missing}, {"wrong.table.unknown", wrong.Unknown}, {"wrong.table.twice", wrong.Double}} {
		if len(w.names) > 0 {
			why = append(why, text.Say(w.key, list(w.names)))
		}
	}
	detail := text.Say("wrong.table.columns", strings.Join(why, text.Say("wrong.list.long")), list(wrong.Expected), strings.Join(wrong.Found, text.Say("wrong.list")), t.Path)
	return httpd.Problem(http.StatusUnprocessableEntity, "wrong_columns", detail, httpd.Field("body", detail, wrong.Found))
}

// told says why a file cannot be read. The reader's own words, which name the place, are English.
func told(err error, lang string, text words.Messages) string {
	switch {
	case lang == words.English:
		return err.Error()
	case budget.Is(err):
		return text.Say("wrong.table.large")
	}
	return text.Say("wrong.table.unreadable")
}
