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
	"github.com/gapwatch/gapwatch/internal/fastjson"
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
	object object
	line   string
	at     int
}

func (r jsonRow) column(name string) string {
	v, ok := r.object.find(name)
	if !ok {
		return ""
	}
	return jsonText(v)
}

func (r jsonRow) content() string { return r.line }

// object is an object's names with their values as they are written. A name that comes twice has the last of them.
type object []struct{ name, raw string }

// readObject answers false for anything but an object.
func readObject(s string) (o object, ok bool) {
	r := fastjson.NewReader(s)
	ok = r.Object(func(name string) bool {
		raw, ok := r.Value()
		o = append(o, struct{ name, raw string }{name, raw})
		return ok
	})
	return o, ok && r.End()
}

// find looks a name up, and a dotted path when there is no such name.
func (o object) find(name string) (raw string, ok bool) {
	for _, f := range slices.Backward(o) {
		if f.name == name {
			return f.raw, true
		}
	}
	head, rest, dotted := strings.Cut(name, ".")
	if !dotted {
		return "", false
	}
	inner, _ := o.find(head)
	child, ok := readObject(inner)
	if !ok {
		return "", false
	}
	return child.find(rest)
}

// jsonText writes a value as text: the elements of an array joined with " / ", of an object its name.
func jsonText(v string) string {
	if v == "" {
		return ""
	}
	switch v[0] {
	case '"':
		s, _ := fastjson.NewReader(v).Text()
		return s
	case '[':
		var list []json.RawMessage
		if json.Unmarshal([]byte(v), &list) != nil {
			return ""
		}
		var parts []string
		for _, e := range list {
			if len(e) > 0 && e[0] == '[' { // no list of lists: nesting would not end
				continue
			}
			if s := jsonText(string(e)); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, " / ")
	case '{':
		var o struct {
			Name string `json:"name"`
		}
		if json.Unmarshal([]byte(v), &o) == nil {
			return o.Name
		}
	case 'n': // null
	default:
		return v // a number, true or false, as it is written
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
			for _, f := range r.object {
				keys[f.name] = true
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
			r := jsonRow{at: at}
			if r.object, r.line, err = decodeObject(text); err != nil {
				stats.bad(at, err)
			} else if settled {
				if err := take(r, at, &m, each, stats); err != nil {
					return err
				}
			} else {
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
			_, ok := r.object.find(c)
			return ok
		})
	})
}

// decodeObject decodes one line and returns it as it was; it may be in another charset than the beginning of the dump.
func decodeObject(raw []byte) (o object, line string, err error) {
	line = string(raw)
	decoded := line
	if !utf8.ValidString(line) {
		raw = text.UTF8(raw, "")
		decoded = string(raw)
	}
	if err := budget.New(budget.Limits{Values: lineValues, Depth: lineDepth}).JSON(raw); err != nil {
		return nil, line, err
	}
	o, ok := readObject(decoded)
	if ok {
		return o, line, nil
	}
	var reason map[string]json.RawMessage
	if err := json.Unmarshal(raw, &reason); err != nil {
		return nil, line, fmt.Errorf("not a JSON object: %w", err)
	}
	return nil, line, errors.New("not a JSON object but null")
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
