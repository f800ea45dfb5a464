// Package cursor writes and reads the opaque cursors of paged lists: the sort key of a page's last row, under the name of
// the list, so that no list takes the cursor of another for a place of its own.
package cursor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
)

// ErrUnknown says that a cursor was not made by an earlier page of the same list.
var ErrUnknown = errors.New("unknown cursor: use the next_cursor of the previous page of this list, or leave it out for the first page")

// Codec makes and reads the cursors of one list, whose rows are in the order of keys of type K: strings, numbers, or a
// struct of exported ones.
type Codec[K any] struct{ list string }

// For returns the codec of a list. Names of lists are never used again for another key.
func For[K any](list string) Codec[K] { return Codec[K]{list} }

type envelope[K any] struct {
	List string `json:"l"`
	Key  *K     `json:"k"`
}

// After is the cursor of the page that begins behind key.
func (c Codec[K]) After(key K) string {
	b, err := json.Marshal(envelope[K]{c.list, &key})
	if err != nil { // keys are strings and numbers
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Key reads a cursor. The empty one, which is the first page, gives false; one that After of this list did not make
// gives ErrUnknown.
func (c Codec[K]) Key(cursor string) (key K, more bool, err error) {
	if cursor == "" {
		return key, false, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return key, false, ErrUnknown
	}
	var e envelope[K]
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil || e.List != c.list || e.Key == nil {
		return key, false, ErrUnknown
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return key, false, ErrUnknown
	}
	return *e.Key, true, nil
}
