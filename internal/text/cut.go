package text

import (
	"strings"
	"unicode/utf8"
)

// Cut returns the first n bytes of s at most, without half a character at the end.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Short is Cut with an ellipsis where something was cut off, for messages. The result is a copy: it keeps no long text
// in memory.
func Short(s string, n int) string {
	if len(s) <= n {
		return strings.Clone(s)
	}
	return strings.ToValidUTF8(Cut(s, n), "") + "…"
}
