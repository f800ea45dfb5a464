package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// Format is how a dump is written.
type Format string

// The formats of dumps: one JSON object a line, and comma or tab separated values with a header line.
const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
	TSV   Format = "tsv"
)

// FormatByName is the format that is called jsonl, csv or tsv.
func FormatByName(s string) (Format, error) {
	switch f := Format(strings.ToLower(s)); f {
	case JSONL, CSV, TSV:
		return f, nil
	case "ndjson":
		return JSONL, nil
	}
	return "", fmt.Errorf("unknown format %q: want jsonl, csv or tsv", s)
}

// FormatOf tells the format of a file by its name, which may end in .gz; "" when the name does not tell.
func FormatOf(name string) Format {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch path.Ext(name) {
	case ".jsonl", ".ndjson":
		return JSONL
	case ".csv":
		return CSV
	case ".tsv", ".tab":
		return TSV
	}
	return ""
}

// ErrEmpty is answered for a dump without a single byte, or with a header line only.
var ErrEmpty = errors.New("the dump is empty")

// RowError is a row that gave no posting; Line counts from 1 and is the line on which the row begins.
type RowError struct {
	Line   int
	Reason string
}

// Error says the line and the reason.
func (e RowError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Stats counts the rows of a dump: Rows = Postings + Bad.
type Stats struct {
	Rows     int
	Postings int
	Bad      int
	Errors   []RowError // the first 20 of the bad rows
}

// keptErrors is how many bad rows are described.
const keptErrors = 20

func (s *Stats) bad(line int, reason error) {
	s.Rows++
	s.Bad++
	if len(s.Errors) < keptErrors {
		s.Errors = append(s.Errors, RowError{Line: line, Reason: reason.Error()})
	}
}

// Read reads the postings of a dump as a stream and hands each to each, whose error ends the reading. The text may
// be UTF-8, UTF-16 with a byte order mark, GBK, GB18030 or Big5. A zero mapping is made from the columns' names. A row
// that cannot be read (broken syntax, neither title nor text, a date that is stated but cannot be read) is counted
// with its line and does not end the reading; a dump whose rows are all bad is an error, and so are columns that are
// not there. A row without a key gets one made of its content.
func Read(r io.Reader, format Format, m Mapping, each func(talent.Posting) error) (Stats, error) {
	var stats Stats
	if err := m.Validate(); err != nil {
		return stats, err
	}
	in, err := open(r, format)
	if err != nil {
		return stats, err
	}
	switch format {
	case JSONL:
		err = readJSONL(in, m, each, &stats)
	case CSV:
		err = readCSV(in, m, each, &stats)
	case TSV:
		err = readTSV(in, m, each, &stats)
	default:
		return stats, fmt.Errorf("unknown format %q: want jsonl, csv or tsv", format)
	}
	switch {
	case err != nil:
		return stats, err
	case stats.Rows == 0:
		return stats, ErrEmpty
	case stats.Postings == 0:
		return stats, fmt.Errorf("none of the %d rows could be read as %s; the first: %w", stats.Rows, format, stats.Errors[0])
	}
	return stats, nil
}

// open looks at the beginning of a dump: anything that is not text is refused, and other charsets are decoded.
func open(r io.Reader, format Format) (*bufio.Reader, error) {
	in, err := text.Reader(r)
	if err != nil {
		return nil, fmt.Errorf("read dump: %w", err)
	}
	head, err := in.Peek(in.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read dump: %w", err)
	}
	begin := strings.TrimSpace(string(head))
	if begin == "" {
		return nil, ErrEmpty
	}
	if what := notATable(begin); what != "" {
		return nil, fmt.Errorf("this is %s and not a dump: give JSON Lines (one object a line), CSV or TSV", what)
	}
	if format == JSONL && begin[0] != '{' {
		if begin[0] == '[' {
			return nil, errors.New("the file is one JSON array: write one object a line, for example with jq -c '.[]'")
		}
		return nil, fmt.Errorf("the file does not begin with a JSON object but with %.40q: give its format (csv or tsv)", firstLine(begin))
	}
	if format != JSONL && begin[0] == '{' {
		return nil, fmt.Errorf("the file begins with a JSON object, not with the header line of a %s: give the format jsonl", format)
	}
	return in, nil
}

// notATable names kinds of files that are mistaken for dumps, by their first bytes.
func notATable(text string) string {
	lower := strings.ToLower(text[:min(len(text), 16)])
	switch {
	case strings.HasPrefix(text, "PK\x03\x04"):
		return "a ZIP archive or an Excel workbook (save it as CSV)"
	case strings.HasPrefix(text, "\xd0\xcf\x11\xe0"):
		return "an old Excel workbook (save it as CSV)"
	case strings.HasPrefix(text, "%PDF"):
		return "a PDF"
	case strings.HasPrefix(lower, "<!doctype"), strings.HasPrefix(lower, "<html"), strings.HasPrefix(lower, "<?xml"):
		return "HTML or XML"
	case strings.HasPrefix(text, "PAR1"):
		return "a Parquet file"
	case strings.IndexByte(text, 0) >= 0:
		return "binary data"
	}
	return ""
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimSpace(s)
}

// missing describes columns that a mapping names and a dump does not have.
func missing(want, have []string) error {
	return fmt.Errorf("wrong columns: the mapping expects %s, which the dump does not have; its columns are: %s; map the fields with FIELD=COLUMN",
		quoted(want), quoted(have))
}

// unmapped describes a dump whose columns have no known names.
func unmapped(have []string) error {
	return fmt.Errorf("no column is known to hold a title or a text; the columns are: %s; map them with FIELD=COLUMN, FIELD being one of %s",
		quoted(have), strings.Join(FieldNames(), ", "))
}

func quoted(names []string) string {
	const most = 40
	q := make([]string, 0, len(names))
	for i, n := range names {
		if i == most {
			q = append(q, "…")
			break
		}
		q = append(q, fmt.Sprintf("%.60q", n))
	}
	return strings.Join(q, ", ")
}
