package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/budget"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

const (
	mostColumns = 4096
	// mostCells bounds the commas of a record before they become cells; those of texts count, too.
	mostCells = 200_000
)

// csvRow is one record of a CSV or TSV dump.
type csvRow struct {
	index  map[string]int
	fields []string
}

func (r csvRow) column(name string) string {
	if i, ok := r.index[name]; ok && i < len(r.fields) {
		return r.fields[i]
	}
	return ""
}

func (r csvRow) content() string { return strings.Join(r.fields, "\x1f") }

// newIndex trims the names of a header line and maps them to their places; of equal names the first one counts.
func newIndex(header []string) ([]string, map[string]int) {
	columns := make([]string, len(header))
	index := make(map[string]int, len(header))
	for i, c := range header {
		columns[i] = strings.TrimSpace(c)
		if _, twice := index[columns[i]]; !twice {
			index[columns[i]] = i
		}
	}
	return columns, index
}

func readCSV(in io.Reader, m Mapping, each func(talent.Posting) error, stats *Stats) error {
	records := budget.NewRecords(in, ',', mostCells, longestLine)
	d := csv.NewReader(records)
	d.FieldsPerRecord = -1
	d.ReuseRecord = true
	header, err := d.Read()
	if err != nil {
		return fmt.Errorf("read the header line: %w", err)
	}
	if len(header) > mostColumns {
		return fmt.Errorf("read the header line: %w", budget.Over("columns", mostColumns))
	}
	columns, index := newIndex(header)
	if m, err = settle(m, columns, func(c string) bool { _, ok := index[c]; return ok }); err != nil {
		return err
	}
	open := 0 // line of a quoted field that was not closed, when nothing was read since
	for {
		records.Next()
		fields, err := d.Read()
		if errors.Is(err, io.EOF) {
			if open > 0 {
				return fmt.Errorf("line %d: a quoted field that begins here is not closed, so the rest of the file could not be read: mend the quotes and import again", open)
			}
			return nil
		}
		open = 0
		if syntax, ok := errors.AsType[*csv.ParseError](err); ok {
			if errors.Is(syntax.Err, csv.ErrQuote) && syntax.Line > syntax.StartLine {
				open = syntax.StartLine
			}
			stats.bad(syntax.StartLine, syntax.Err)
			continue
		}
		if err != nil {
			return fmt.Errorf("read dump after %d rows: %w", stats.Rows, err)
		}
		at, _ := d.FieldPos(0)
		if err := takeFields(fields, at, columns, index, &m, each, stats); err != nil {
			return err
		}
	}
}

// readTSV reads lines with tabs between the fields. Quotes around a whole field are taken off; a field cannot hold
// line breaks, so a stray quote spoils nothing but its own row.
func readTSV(in *bufio.Reader, m Mapping, each func(talent.Posting) error, stats *Stats) error {
	var (
		columns []string
		index   map[string]int
	)
	for at := 1; ; at++ {
		text, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLongLine) {
			return fmt.Errorf("read dump after %d rows: %w", stats.Rows, err)
		}
		last := errors.Is(err, io.EOF)
		switch {
		case errors.Is(err, errLongLine):
			stats.bad(at, err)
		case strings.TrimSpace(string(text)) == "":
		case bytes.Count(text, []byte("\t")) >= mostColumns:
			over := budget.Over("columns", mostColumns)
			if columns == nil {
				return fmt.Errorf("read the header line: %w", over)
			}
			stats.bad(at, over)
		case columns == nil:
			columns, index = newIndex(splitTabs(string(text)))
			if m, err = settle(m, columns, func(c string) bool { _, ok := index[c]; return ok }); err != nil {
				return err
			}
		default:
			if err := takeFields(splitTabs(string(text)), at, columns, index, &m, each, stats); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}

func splitTabs(s string) []string {
	fields := strings.Split(s, "\t")
	for i, f := range fields {
		if len(f) >= 2 && f[0] == '"' && f[len(f)-1] == '"' {
			fields[i] = strings.ReplaceAll(f[1:len(f)-1], `""`, `"`)
		}
	}
	return fields
}

// takeFields takes one record, whose text may be in another charset than the beginning of the dump.
func takeFields(fields []string, at int, columns []string, index map[string]int, m *Mapping, each func(talent.Posting) error, stats *Stats) error {
	if len(fields) != len(columns) {
		stats.bad(at, fmt.Errorf("%d fields where the header has %d", len(fields), len(columns)))
		return nil
	}
	for i, f := range fields {
		if !utf8.ValidString(f) {
			fields[i] = string(text.UTF8([]byte(f), ""))
		}
	}
	return take(csvRow{index, fields}, at, m, each, stats)
}
