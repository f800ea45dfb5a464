package textnorm

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s as fingerprints compare it: full-width forms as ASCII, lower case, every run of white space
// one space, none at the ends, no zero-width or control characters. Two copies of a posting that differ by
// their board's spacing and width of punctuation give the same text.
func Text(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for i := 0; i < len(s); {
		r, w := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, w = utf8.DecodeRuneInString(s[i:])
			switch {
			case r >= 0xFF01 && r <= 0xFF5E: // full-width ASCII
				r -= 0xFEE0
			case r == 0x3000 || r == 0xA0 || r >= 0x2000 && r <= 0x200A || r == 0x2028 || r == 0x2029 || r == 0x202F:
				r = ' '
			case r >= 0x200B && r <= 0x200F || r == 0x2060 || r == 0xFEFF || r == 0xAD:
				i += w
				continue
			case r == utf8.RuneError && w == 1:
				i += w
				continue
			}
		}
		i += w
		switch {
		case r == ' ' || r >= '\t' && r <= '\r' || r == 0x85:
			space = b.Len() > 0
			continue
		case r < ' ' || r == 0x7F:
			continue
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r >= utf8.RuneSelf && r < 0x2E80:
			r = unicode.ToLower(r)
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Language tells Chinese ("zh") from English ("en") by the share of Han characters. A Chinese posting full of
// English product names is still Chinese, an English one with a Chinese name in it English: a Han character
// weighs three Latin letters. Text without letters is "en".
func Language(s string) string {
	han, latin := 0, 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c |= 0x20; c >= 'a' && c <= 'z' {
				latin++
			}
			i++
			continue
		}
		// Han in the basic plane is three bytes, E3 90 … E9 BF.
		if c >= 0xE4 && c <= 0xE9 && i+2 < len(s) {
			han++
			i += 3
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		if unicode.Is(unicode.Han, r) {
			han++
		} else if unicode.IsLetter(r) {
			latin++
		}
		i += w
	}
	if han > 0 && han*3 >= latin {
		return "zh"
	}
	return "en"
}
