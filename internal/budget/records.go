package budget

import (
	"bytes"
	"fmt"
	"io"
)

// Records bounds the records of comma-separated values before a reader makes cells of them: a heading of four million
// commas is a few bytes a cell in the file and dozens in memory, and a quote that is never closed makes one cell of all
// that follows. Next is called before each record. The bounds are not exact, because a reader of records reads ahead.
type Records struct {
	r           io.Reader
	separator   byte
	most        recordSize
	cells, size int
}

type recordSize struct{ cells, bytes int }

// NewRecords bounds the records of r, whose cells end with separator; separators in quoted cells count, too.
func NewRecords(r io.Reader, separator byte, cells, bytes int) *Records {
	return &Records{r: r, separator: separator, most: recordSize{cells, bytes}}
}

// Next begins the next record.
func (r *Records) Next() { r.cells, r.size = 0, 0 }

// Read reads on, or says with an *Exceeded that the record is over a bound.
func (r *Records) Read(p []byte) (int, error) {
	switch {
	case r.cells > r.most.cells:
		return 0, Over("columns in one line, separators inside cells counted too", int64(r.most.cells))
	case r.size > r.most.bytes:
		return 0, fmt.Errorf("a line is longer than %d MiB, is a quoted cell not closed? %w", r.most.bytes>>20, Over("bytes in one line", int64(r.most.bytes)))
	}
	n, err := r.r.Read(p)
	r.cells += bytes.Count(p[:n], []byte{r.separator})
	r.size += n
	return n, err
}
