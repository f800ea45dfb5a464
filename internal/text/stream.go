package text

import (
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// DecodeStream returns a reader that turns r into UTF-8, judged by its beginning; nil when it is UTF-8 already.
func DecodeStream(r io.Reader, head []byte) io.Reader {
	if e := byteOrderMark(head); e != nil {
		return transform.NewReader(r, e.NewDecoder())
	}
	if utf8.Valid(wholeRunes(head)) {
		return nil
	}
	if e := charsetOf(head, ""); e != nil {
		return transform.NewReader(r, e.NewDecoder())
	}
	return nil
}

// wholeRunes cuts off a rune that the end of the buffer splits.
func wholeRunes(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}
