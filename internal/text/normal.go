package text

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// Normal returns s as fingerprints compare it: full-width forms as ASCII, lower case, every run of white space
// one space, none at the ends, no zero-width or control characters. Two copies of a posting that differ by
// their board's spacing and width of punctuation give the same text.
func Normal(s string) string { return string(AppendNormal(nil, s)) }

// AppendNormal is Normal for callers that reuse their buffer.
func AppendNormal(dst []byte, s string) []byte {
	dst = slices.Grow(dst, len(s))
	out := dst[len(dst):]
	space := false
	for i := 0; i < len(s); {
		c := s[i]
		if c > ' ' && c < 0x7F { // most of a Latin text
			if space {
				out, space = append(out, ' '), false
			}
			for c > ' ' && c < 0x7F {
				if c >= 'A' && c <= 'Z' {
					c += 'a' - 'A'
				}
				out = append(out, c)
				if i++; i == len(s) {
					break
				}
				c = s[i]
			}
			continue
		}
		if c >= 0xE4 && c <= 0xE9 && i+2 < len(s) && s[i+1]&0xC0 == 0x80 && s[i+2]&0xC0 == 0x80 {
			// Han of the basic plane, most of a Chinese text: as it is.
			if space {
				out, space = append(out, ' '), false
			}
			out = append(out, c, s[i+1], s[i+2])
			i += 3
			continue
		}
		r, w := rune(c), 1
		if c >= utf8.RuneSelf {
			if r, w = fold(s[i:]); r < 0 {
				i += w
				continue
			}
		}
		i += w
		switch {
		case r == ' ' || r >= '\t' && r <= '\r':
			space = len(out) > 0
			continue
		case r < ' ' || r == 0x7F:
			continue
		case r >= 'A' && r <= 'Z': // once full-width
			r += 'a' - 'A'
		}
		if space {
			out, space = append(out, ' '), false
		}
		out = utf8.AppendRune(out, r)
	}
	return append(dst, out...)
}

// fold decodes the first character of s, which is not ASCII, as Normal compares it: its width and case folded,
// a blank of any kind as ' ', and -1 for what has no place in a comparison.
func fold(s string) (r rune, width int) {
	r, width = utf8.DecodeRuneInString(s)
	switch r = Narrow(r); {
	case r == 0x85 || r == 0xA0 || r >= 0x2000 && r <= 0x200A || r == 0x2028 || r == 0x2029 || r == 0x202F:
		r = ' '
	case r >= 0x200B && r <= 0x200F || r == 0x2060 || r == 0xFEFF || r == 0xAD || r == utf8.RuneError && width == 1:
		r = -1
	case r < 0x2E80:
		r = unicode.ToLower(r)
	}
	return r, width
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
