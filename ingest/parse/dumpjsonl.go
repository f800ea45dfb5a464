package parse

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

	"github.com/gapwatch/gapwatch/internal/talent"
)

const (
	// longestLine bounds the memory that one row takes.
	longestLine = 16 << 20
	// lookAhead is how many rows are read before the columns are judged: JSON leaves empty fields out.
	lookAhead = 100
)

// jsonRow is one object of a JSONL dump.
type jsonRow struct {
	object map[string]any
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
func find(o map[string]any, name string) (any, bool) {
	if v, ok := o[name]; ok {
		return v, true
	}
	head, rest, dotted := strings.Cut(name, ".")
	if !dotted {
		return nil, false
	}
	child, ok := o[head].(map[string]any)
	if !ok {
		return nil, false
	}
	return find(child, rest)
}

// jsonText writes a value as text: the elements of an array joined with " / ", of an object its name.
func jsonText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	case []any:
		var parts []string
		for _, e := range v {
			if s := jsonText(e); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, " / ")
	case map[string]any:
		s, _ := v["name"].(string)
		return s
	}
	return ""
}

func dumpJSONL(in *bufio.Reader, m Mapping, each func(talent.Posting) error, stats *DumpStats) error {
	var (
		held    []jsonRow // until the mapping is settled
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
			}
		}
		if !settled && len(held) > 0 && (last || len(held) == lookAhead) {
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
func decodeObject(text []byte) (map[string]any, error) {
	if !utf8.Valid(text) {
		text = UTF8(text, "")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("the JSON object breaks off")
		}
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if o == nil {
		return nil, errors.New("not a JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value on the line")
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
