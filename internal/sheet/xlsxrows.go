package sheet

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/gapwatch/gapwatch/internal/budget"
)

// rows reads the rows of a sheet one after the other.
type rows struct {
	d     *xml.Decoder
	texts []string
	last  int
}

// next returns the number of the next row that the sheet has and its cells up to the last one that holds anything.
func (r *rows) next() (int, []string, error) {
	for {
		tok, err := r.d.RawToken()
		if err != nil {
			return r.last + 1, nil, err
		}
		e, ok := tok.(xml.StartElement)
		if !ok || e.Name.Local != "row" {
			continue
		}
		r.last++
		if n, err := strconv.Atoi(attr(e, "r")); err == nil && n > r.last {
			r.last = n
		}
		cells, err := r.cells()
		if len(cells) == 0 {
			cells = []string{""}
		}
		return r.last, cells, err
	}
}

func (r *rows) cells() ([]string, error) {
	var cells []string
	at := 0
	for {
		tok, err := r.d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		switch e := tok.(type) {
		case xml.EndElement:
			if e.Name.Local == "row" {
				return cells, nil
			}
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			if ref := attr(e, "r"); ref != "" {
				at = column(ref)
			}
			s, err := content(r.d, "c")
			if err != nil {
				return nil, err
			}
			if s, err = r.value(attr(e, "t"), s); err != nil {
				return nil, err
			}
			if s != "" {
				// The file may leave out the cells before it, and they must not all be made for one far to the right.
				if at >= maxColumns {
					return nil, budget.Over("columns", maxColumns)
				}
				for len(cells) <= at {
					cells = append(cells, "")
				}
				cells[at] = s
			}
			at++
		}
	}
}

// value is the text of a cell of a type.
func (r *rows) value(kind, s string) (string, error) {
	switch kind {
	case "s":
		if s == "" {
			return "", nil
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n >= len(r.texts) {
			return "", errors.New("a cell refers to a text that is not there")
		}
		return r.texts[n], nil
	case "b":
		switch s {
		case "1":
			return "TRUE", nil
		case "0":
			return "FALSE", nil
		}
	}
	return s, nil
}

// column is the number, from 0, of the column of a reference such as AB12; a number past the last column when it is
// not a reference.
func column(ref string) int {
	n := 0
	for _, c := range []byte(strings.ToUpper(ref)) {
		if c < 'A' || c > 'Z' {
			break
		}
		if n = 26*n + int(c-'A') + 1; n > maxColumns {
			return maxColumns
		}
	}
	return n - 1
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
