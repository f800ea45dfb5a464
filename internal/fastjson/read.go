// Package fastjson reads and writes, in one pass and without reflection, the JSON that every posting goes through. It
// takes and gives what encoding/json does, and answers false, not an error, for anything that it does not read:
// the caller then asks encoding/json, which knows why. It is pure.
package fastjson

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// deepest is how deeply values may be nested.
const deepest = 1000

// Reader reads one JSON text from left to right. After a method has answered false it is of no more use.
type Reader struct {
	s string
	i int
}

// NewReader reads s, which has to be valid UTF-8. Strings without escapes that it returns are parts of s.
func NewReader(s string) *Reader { return &Reader{s: s} }

// Take passes c, and the blanks before it, where it comes next.
func (r *Reader) Take(c byte) bool {
	r.blanks()
	if r.i < len(r.s) && r.s[r.i] == c {
		r.i++
		return true
	}
	return false
}

// End reports whether nothing is left.
func (r *Reader) End() bool {
	r.blanks()
	return r.i == len(r.s)
}

func (r *Reader) blanks() {
	for r.i < len(r.s) && r.s[r.i] <= ' ' {
		switch r.s[r.i] {
		case ' ', '\t', '\r', '\n':
			r.i++
		default:
			return
		}
	}
}

// Object reads an object: each is called after each name, reads the value, and answers whether it could.
func (r *Reader) Object(each func(name string) bool) bool {
	if !r.Take('{') {
		return false
	}
	if r.Take('}') {
		return true
	}
	for {
		name, ok := r.Text()
		if !ok || !r.Take(':') || !each(name) {
			return false
		}
		if r.Take('}') {
			return true
		}
		if !r.Take(',') {
			return false
		}
	}
}

// Value passes any value and returns it as it is written.
func (r *Reader) Value() (raw string, ok bool) {
	r.blanks()
	start := r.i
	ok = r.pass(0)
	return r.s[start:r.i], ok
}

func (r *Reader) pass(depth int) bool {
	r.blanks()
	if r.i >= len(r.s) || depth > deepest {
		return false
	}
	switch c := r.s[r.i]; c {
	case '"':
		return r.passText()
	case '{':
		return r.Object(func(string) bool { return r.pass(depth + 1) })
	case '[':
		r.i++
		if r.Take(']') {
			return true
		}
		for r.pass(depth + 1) {
			if r.Take(']') {
				return true
			}
			if !r.Take(',') {
				return false
			}
		}
		return false
	case 't':
		return r.word("true")
	case 'f':
		return r.word("false")
	case 'n':
		return r.word("null")
	}
	return r.passNumber()
}

func (r *Reader) word(w string) bool {
	if len(r.s)-r.i < len(w) || r.s[r.i:r.i+len(w)] != w {
		return false
	}
	r.i += len(w)
	return true
}

// passNumber passes a number of RFC 8259, section 6.
func (r *Reader) passNumber() bool {
	digits := func() bool {
		start := r.i
		for r.i < len(r.s) && r.s[r.i] >= '0' && r.s[r.i] <= '9' {
			r.i++
		}
		return r.i > start
	}
	one := func(c byte) bool {
		if r.i < len(r.s) && r.s[r.i] == c {
			r.i++
			return true
		}
		return false
	}
	one('-')
	if !one('0') && !digits() {
		return false
	}
	if one('.') && !digits() {
		return false
	}
	if one('e') || one('E') {
		if !one('+') {
			one('-')
		}
		return digits()
	}
	return true
}

// Int reads a whole number without sign, fraction or exponent, and of at most nine digits.
func (r *Reader) Int() (int, bool) {
	r.blanks()
	start := r.i
	if !r.passNumber() || r.i-start > 9 {
		return 0, false
	}
	n, err := strconv.ParseUint(r.s[start:r.i], 10, 32)
	return int(n), err == nil
}

// passText passes a string.
func (r *Reader) passText() bool {
	for i := r.i + 1; i < len(r.s); i++ {
		switch c := r.s[i]; {
		case c == '"':
			r.i = i + 1
			return true
		case c < ' ':
			return false
		case c == '\\':
			_, width := escape(r.s[i:])
			if width == 0 {
				return false
			}
			i += width - 1
		}
	}
	return false
}

// Text reads a string.
func (r *Reader) Text() (string, bool) {
	if !r.Take('"') {
		return "", false
	}
	for i := r.i; i < len(r.s); i++ {
		switch c := r.s[i]; {
		case c == '"':
			text := r.s[r.i:i]
			r.i = i + 1
			return text, true
		case c < ' ':
			return "", false
		case c == '\\':
			return r.escaped(i)
		}
	}
	return "", false
}

// escaped reads on in a string whose first escape stands at i.
func (r *Reader) escaped(i int) (string, bool) {
	b := make([]byte, 0, r.closing(i)-r.i)
	done := r.i
	for i < len(r.s) {
		switch c := r.s[i]; {
		case c == '"':
			r.i = i + 1
			return string(append(b, r.s[done:i]...)), true
		case c < ' ':
			return "", false
		case c != '\\':
			i++
			continue
		}
		char, width := escape(r.s[i:])
		if width == 0 {
			return "", false
		}
		b = utf8.AppendRune(append(b, r.s[done:i]...), char)
		i += width
		done = i
	}
	return "", false
}

// closing is where the string ends whose escape stands at i, or the end of everything where it does not.
func (r *Reader) closing(i int) int {
	for ; i < len(r.s) && r.s[i] != '"'; i++ {
		if r.s[i] == '\\' {
			i++
		}
	}
	return min(i, len(r.s))
}

// escape reads the escape that s begins with; width is 0 where it is none. Half of a surrogate pair is U+FFFD, as for
// encoding/json.
func escape(s string) (char rune, width int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch c := s[1]; c {
	case '"', '\\', '/':
		return rune(c), 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'u':
		char, ok := hex(s[2:])
		switch {
		case !ok:
			return 0, 0
		case !utf16.IsSurrogate(char):
			return char, 6
		}
		if len(s) >= 8 && s[6] == '\\' && s[7] == 'u' {
			if low, ok := hex(s[8:]); ok {
				if pair := utf16.DecodeRune(char, low); pair != utf8.RuneError {
					return pair, 12
				}
			}
		}
		return utf8.RuneError, 6
	}
	return 0, 0
}

// hex reads the four digits of an escape.
func hex(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var n rune
	for i := range 4 {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		n = n<<4 | rune(c)
	}
	return n, true
}
