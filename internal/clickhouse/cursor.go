package clickhouse

import (
	"encoding/base64"
	"encoding/json"
	"errors"
)

// ErrCursor says that a cursor was not made by an earlier page of the same list.
var ErrCursor = errors.New("unknown cursor: use the next_cursor of the previous page, or leave it out for the first page")

// encodeCursor makes the opaque cursor of a page from the sort key of its last row.
func encodeCursor(key any) string {
	b, err := json.Marshal(key)
	if err != nil { // the keys are structs of strings and numbers
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeCursor reads a cursor into key; the empty cursor, which is the first page, gives false.
func decodeCursor(cursor string, key any) (bool, error) {
	if cursor == "" {
		return false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return false, ErrCursor
	}
	if err := json.Unmarshal(b, key); err != nil {
		return false, ErrCursor
	}
	return true, nil
}
