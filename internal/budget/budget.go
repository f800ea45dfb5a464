// Package budget bounds what reading one thing from outside may cost: a request's body, an uploaded table, a
// crawled document. Whatever reads such a thing draws on one Budget, so that a reader's memory and time follow from
// figures that stand in one place. It is pure but for the clock.
package budget

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Limits of one reading. Zero means no limit.
type Limits struct {
	Bytes   int64         // after decompression
	Values  int64         // cells, JSON values, elements and attributes: what costs memory however small it is
	Depth   int           // of nesting
	Longest int           // bytes of one value
	Time    time.Duration // from New on
}

// Exceeded says which limit a reading went over. Its text may be shown to the sender.
type Exceeded struct {
	What string // as in "bytes" or "columns"
	Max  int64
}

func (e *Exceeded) Error() string {
	return fmt.Sprintf("too large: more than %d %s", e.Max, e.What)
}

// Is reports whether err says that a limit was exceeded.
func Is(err error) bool {
	var e *Exceeded
	return errors.As(err, &e)
}

// Over is the error of a limit of the caller's own.
func Over(what string, most int64) error { return &Exceeded{What: what, Max: most} }

// Budget is what is left for one reading. It is not safe for concurrent use.
type Budget struct {
	limits        Limits
	bytes, values int64
	began         time.Time
}

// timeEvery is how many values are drawn between two looks at the clock.
const timeEvery = 1024

// New opens a budget.
func New(limits Limits) *Budget { return &Budget{limits: limits, began: time.Now()} }

// Value draws n values that have size bytes together.
func (b *Budget) Value(n, size int64) error {
	before := b.values / timeEvery
	b.values += n
	switch {
	case b.limits.Values > 0 && b.values > b.limits.Values:
		return Over("values", b.limits.Values)
	case b.limits.Longest > 0 && size > int64(b.limits.Longest):
		return Over("bytes in one value", int64(b.limits.Longest))
	case b.limits.Time > 0 && b.values/timeEvery != before && time.Since(b.began) > b.limits.Time:
		return Over("seconds", int64(b.limits.Time/time.Second))
	}
	return nil
}

// Bytes draws bytes.
func (b *Budget) Bytes(n int64) error {
	b.bytes += n
	if b.limits.Bytes > 0 && b.bytes > b.limits.Bytes {
		return Over("bytes", b.limits.Bytes)
	}
	return nil
}

// Depth checks how deep a reading is.
func (b *Budget) Depth(depth int) error {
	if b.limits.Depth > 0 && depth > b.limits.Depth {
		return Over("levels of nesting", int64(b.limits.Depth))
	}
	return nil
}

// Reader draws the bytes that are read from r, and ends with *Exceeded when there are too many.
func (b *Budget) Reader(r io.Reader) io.Reader { return &reader{b, r} }

type reader struct {
	b *Budget
	r io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if over := r.b.Bytes(int64(n)); over != nil {
		return 0, over
	}
	return n, err
}
