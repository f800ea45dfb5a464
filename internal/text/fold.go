package text

import "unicode"

// PrefixFold is strings.HasPrefix for a lower-case part whose ASCII letters match without regard to case.
func PrefixFold(s, part string) bool {
	if len(s) < len(part) {
		return false
	}
	for i := 0; i < len(part); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != part[i] {
			return false
		}
	}
	return true
}

// Narrow makes full-width ASCII plain: letters, digits, punctuation and the ideographic space.
func Narrow(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0x3000:
		return ' '
	}
	return r
}

// narrowBlank is Narrow that makes every white space a space, too.
func narrowBlank(r rune) rune {
	if unicode.IsSpace(r) {
		return ' '
	}
	return Narrow(r)
}
