// Package sheet reads small tables that people upload: CSV in UTF-8 (with or without a byte order mark), UTF-16,
// GB18030 or Big5, separated by commas, semicolons or tabs, and XLSX. It is pure.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/budget"
	"github.com/gapwatch/gapwatch/internal/text"
)

// Column is one column that a table may have.
type Column struct {
	Name     string   // as rows name it
	Aliases  []string // other headings that mean it, in any language
	Required bool
}

// Row is one line of data.
type Row struct {
	Number int               // line of the file (CSV) or row of the sheet (XLSX), from 1; the heading is a line too
	Cells  map[string]string // by column name, trimmed; a column that the table does not have is absent
	Err    string            // why the row as a whole cannot be read, empty when it can
}

// ColumnsError says that the headings are not those of the expected table.
type ColumnsError struct{ Expected, Found, Missing, Unknown, Double []string }

func (e *ColumnsError) Error() string {
	var why []string
	for _, w := range []struct {
		what string
		list []string
	}{{"missing", e.Missing}, {"unknown", e.Unknown}, {"twice", e.Double}} {
		if len(w.list) > 0 {
			why = append(why, w.what+": "+strings.Join(w.list, ", "))
		}
	}
	return fmt.Sprintf("the columns are wrong (%s); expected %s; found %s", strings.Join(why, "; "),
		strings.Join(e.Expected, ", "), strings.Join(e.Found, ", "))
}

// The bounds of a table, beside the rows that its reader allows.
const (
	maxColumns  = 64        // of any line: the widest table has a dozen, and people keep notes beside it
	maxCell     = 64 << 10  // bytes; Excel's cells hold 32,767 characters
	maxSkipped  = 10_000    // empty lines and remarks
	maxUnpacked = 64 << 20  // bytes of a workbook's parts that are read
	rowElements = 60        // XML tags of those parts for each row that may be read: twelve cells have about fifty
	maxRatio    = 100       // of a part's size to its packed size, beyond the first MiB
	maxParts    = 1000      // files in a workbook
	maxStrings  = 1_000_000 // shared strings of a workbook
	maxReading  = 20 * time.Second

	longestShown = 60 // bytes of a heading that an error repeats
)

// Read reads a table with a heading line. Empty lines and lines that begin with # are skipped. More than
// maxRows rows of data are refused, and so are lines with too many or too long cells: reading costs memory by what
// the table holds, not by what it could. Errors say what to do and may be shown to the caller; wrong headings give
// a *ColumnsError, and tables beyond a limit a *budget.Exceeded.
func Read(data []byte, columns []Column, maxRows int) ([]Row, error) {
	b := budget.New(budget.Limits{Values: int64(maxRows+maxSkipped) * maxColumns, Longest: maxCell, Time: maxReading})
	next, err := open(data, maxRows)
	if err != nil {
		return nil, err
	}
	var names []string // column name of each position
	var out []Row
	skipped := 0
	for {
		number, cells, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(cells) > maxColumns {
			return nil, fmt.Errorf("line %d has too many cells: %w", number, budget.Over("columns", maxColumns))
		}
		for _, c := range cells {
			if err := b.Value(1, int64(len(c))); err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if blank(cells) {
			if skipped++; skipped > maxSkipped {
				return nil, fmt.Errorf("delete the empty lines and remarks: %w", budget.Over("of them", maxSkipped))
			}
			continue
		}
		if names == nil {
			if names, err = headings(cells, columns); err != nil {
				return nil, err
			}
			continue
		}
		if len(out) == maxRows {
			return nil, fmt.Errorf("split the table into several files: %w", budget.Over("rows of data", int64(maxRows)))
		}
		out = append(out, row(number, cells, names))
	}
	if names == nil {
		return nil, errors.New("the file is empty: the first line must name the columns")
	}
	if len(out) == 0 {
		return nil, errors.New("the table has a heading and no rows of data")
	}
	return out, nil
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return c != "" }) || strings.HasPrefix(cells[0], "#")
}

func row(number int, cells, names []string) Row {
	r := Row{Number: number, Cells: make(map[string]string, len(names))}
	for i, c := range cells {
		if i < len(names) {
			r.Cells[names[i]] = c
		} else if c != "" {
			r.Err = fmt.Sprintf("has %d cells, the heading has %d: put cells that hold a comma into double quotes", len(cells), len(names))
		}
	}
	return r
}

// headings finds the column of each position.
func headings(cells []string, columns []Column) ([]string, error) {
	for len(cells) > 0 && cells[len(cells)-1] == "" { // spreadsheets write empty columns at the end
		cells = cells[:len(cells)-1]
	}
	e := &ColumnsError{}
	for _, c := range cells {
		e.Found = append(e.Found, text.Short(c, longestShown))
	}
	names := make([]string, len(cells))
	for i, h := range cells {
		for _, c := range columns {
			if is(h, c) {
				names[i] = c.Name
			}
		}
		switch {
		case names[i] == "":
			e.Unknown = append(e.Unknown, text.Short(h, longestShown))
		case slices.Contains(names[:i], names[i]):
			e.Double = append(e.Double, text.Short(h, longestShown))
		}
	}
	for _, c := range columns {
		e.Expected = append(e.Expected, c.Name)
		if c.Required && !slices.Contains(names, c.Name) {
			e.Missing = append(e.Missing, c.Name)
		}
	}
	if len(e.Missing)+len(e.Unknown)+len(e.Double) > 0 {
		return nil, e
	}
	return names, nil
}

func is(heading string, c Column) bool {
	h := strings.ReplaceAll(heading, " ", "_")
	return strings.EqualFold(h, c.Name) || slices.ContainsFunc(c.Aliases, func(a string) bool { return strings.EqualFold(heading, a) })
}

// open returns a reader of the lines of a table of any of the formats.
func open(data []byte, maxRows int) (func() (int, []string, error), error) {
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return openXLSX(data, maxRows)
	}
	if bytes.HasPrefix(data, []byte{0xd0, 0xcf, 0x11, 0xe0}) {
		return nil, errors.New("this is an old Excel file (.xls): save it as .xlsx or CSV")
	}
	table, whole := text.UTF8Whole(data)
	switch {
	case !whole:
		return nil, errors.New("the file is not text in UTF-8, UTF-16, GBK/GB18030 or Big5: save it as \"CSV UTF-8\"")
	case bytes.IndexByte(table, 0) >= 0:
		return nil, errors.New("the file is not a table: send CSV or XLSX")
	}
	comma := separator(table)
	lines := budget.NewRecords(bytes.NewReader(table), byte(comma), maxColumns+maxCell/2, maxColumns*maxCell/4)
	r := csv.NewReader(lines)
	r.FieldsPerRecord, r.ReuseRecord, r.Comma = -1, true, comma
	return func() (int, []string, error) {
		lines.Next()
		cells, err := r.Read()
		if err != nil {
			if parse, ok := errors.AsType[*csv.ParseError](err); ok {
				return 0, nil, fmt.Errorf("line %d is not CSV (%w): a double quote inside a quoted cell is written twice", parse.Line, parse.Err)
			}
			return 0, nil, err
		}
		line, _ := r.FieldPos(0)
		return line, cells, nil
	}, nil
}

// separator is the one of comma, semicolon and tab that the heading has most of.
func separator(table []byte) rune {
	heading, _, _ := bytes.Cut(bytes.TrimLeft(table, "\r\n"), []byte("\n"))
	best := ','
	for _, c := range ";\t" {
		if bytes.Count(heading, []byte(string(c))) > bytes.Count(heading, []byte(string(best))) {
			best = c
		}
	}
	return best
}

// Upload returns the file of a request body: the body itself, or the first file of a multipart form.
func Upload(contentType string, body []byte) ([]byte, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/form-data" {
		return body, nil
	}
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the form has no file: send it as the part named file")
		}
		if err != nil {
			return nil, fmt.Errorf("the form cannot be read: %w", err)
		}
		if part.FileName() == "" && part.FormName() != "file" {
			continue
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, fmt.Errorf("the form's file cannot be read: %w", err)
		}
		return data, nil
	}
}
