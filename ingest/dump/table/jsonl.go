package table

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/budget"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

const (
	// longestLine bounds the memory that one row takes.
	longestLine = 16 << 20
	// lookAhead is how many rows are read before the columns are judged: JSON leaves empty fields out.
	lookAhead = 100
	// heldBytes bounds what those rows hold.
	heldBytes = 64 << 20
	// lineValues and lineDepth bound the values of one row, and how deep they are nested.
	lineValues = 200_000
	lineDepth  = 64
)

// jsonRow is one object of a JSONL dump.
type jsonRow struct {
	object map[string]json.RawMessage
	line   []byte
	at     int
}

func (r jsonRow) column(name string) string {
	v, ok := find(r.object, name)
	if !ok {
		return ""
	}
	return jsonText(v)
}

func (r jsonRow) content() string { return string(r.line) }

// find looks a key up, and a dotted path when there is no such key.
func find(o map[string]json.RawMessage, name string) (json.RawMessage, bool) {
	if v, ok := o[name]; ok {
		return v, true
	}
	head, rest, dotted := strings.Cut(name, ".")
	if !dotted || len(o[head]) == 0 || o[head][0] != '{' {
		return nil, false
	}
	var child map[string]json.RawMessage
	if json.Unmarshal(o[head], &child) != nil {
		return nil, false
	}
	return find(child, rest)
}

// jsonText writes a value as text: the elements of an array joined with " / ", of an object its name.
func jsonText(v json.RawMessage) string {
	if len(v) == 0 {
		return ""
	}
	switch v[0] {
	case '"':
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(v, &list) != nil {
			return ""
		}
		var parts []string
		for _, e := range list {
			if len(e) > 0 && e[0] == '[' { // no list of lists: nesting would not end
				continue
			}
			if s := jsonText(e); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, " / ")
	case '{':
		var o struct {
			Name string `json:"name"`
		}
		if json.Unmarshal(v, &o) == nil {
			return o.Name
		}
	case 'n': // null
	default:
		return string(v) // a number, true or false, as it is written
	}
	return ""
}

func readJSONL(in *bufio.Reader, m Mapping, each func(talent.Posting) error, stats *Stats) error {
	var (
		held    []jsonRow // until the mapping is settled
		bytesOf int       // of the lines held
		settled bool
	)
	release := func() error {
		keys := map[string]bool{}
		for _, r := range held {
			for k := range r.object {
				keys[k] = true
			}
		}
		columns := make([]string, 0, len(keys))
		for k := range keys {
			columns = append(columns, k)
		}
		sort.Strings(columns)
		var err error
		if m, err = settleJSON(m, columns, held); err != nil {
			return err
		}
		settled = true
		for _, r := range held {
			if err := take(r, r.at, &m, each, stats); err != nil {
				return err
			}
		}
		held = nil
		return nil
	}
	for at := 1; ; at++ {
		text, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLongLine) {
			return fmt.Errorf("read dump: %w", err)
		}
		last := errors.Is(err, io.EOF)
		if errors.Is(err, errLongLine) {
			stats.bad(at, err)
		} else if text = bytes.TrimSpace(text); len(text) > 0 {
			r := jsonRow{line: text, at: at}
			if r.object, err = decodeObject(text); err != nil {
				stats.bad(at, err)
			} else if settled {
				if err := take(r, at, &m, each, stats); err != nil {
					return err
				}
			} else {
				r.line = bytes.Clone(text)
				held = append(held, r)
				bytesOf += len(text)
			}
		}
		if !settled && len(held) > 0 && (last || len(held) == lookAhead || bytesOf > heldBytes) {
			if err := release(); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}

// settleJSON asks for the columns that a posting cannot do without; others may be left out by rows that have nothing
// to say in them.
func settleJSON(m Mapping, columns []string, rows []jsonRow) (Mapping, error) {
	need := Mapping{Key: m.Key, Date: m.Date, Title: m.Title, Text: m.Text}.columns()
	return settle(m, columns, func(c string) bool {
		return !slices.Contains(need, c) || slices.ContainsFunc(rows, func(r jsonRow) bool {
			_, ok := find(r.object, c)
			return ok
		})
	})
}

// decodeObject decodes one line; the line may be in another charset than the beginning of the dump.
func decodeObject(line []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(line) {
		line = text.UTF8(line, "")
	}
	if err := budget.New(budget.Limits{Values: lineValues, Depth: lineDepth}).JSON(line); err != nil {
		return nil, err
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(line, &o); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if o == nil {
		return nil, errors.New("not a JSON object but null")
	}
	return o, nil
}

var errLongLine = fmt.Errorf("the line is longer than %d MiB", longestLine>>20)

// readLine returns the next line without its end, valid until the next call. At the end of the input the last line
// comes with io.EOF. A line that is too long is skipped and answered with errLongLine.
func readLine(in *bufio.Reader) ([]byte, error) {
	text, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		long := bytes.Clone(text)
		tooLong := false
		for errors.Is(err, bufio.ErrBufferFull) {
			text, err = in.ReadSlice('\n')
			if tooLong = tooLong || len(long)+len(text) > longestLine; tooLong {
				long = long[:0]
				continue
			}
			long = append(long, text...)
		}
		if tooLong && (err == nil || errors.Is(err, io.EOF)) {
			return nil, errLongLine
		}
		text = long
	}
	return bytes.TrimRight(text, "\r\n"), err
}
