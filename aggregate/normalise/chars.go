package normalise

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/text"
)

func digit(c byte) bool { return c >= '0' && c <= '9' }

// letter reports whether c is a Latin letter.
func letter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, p := range suffixes {
		if strings.HasSuffix(s, p) {
			return true
		}
	}
	return false
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// containsFold is strings.Contains for a lower-case ASCII part, without regard to case.
func containsFold(s, part string) bool { return indexFold(s, part) >= 0 }

// indexFold is strings.Index for a lower-case ASCII part, without regard to case.
func indexFold(s, part string) int {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i]|0x20 == part[0] && text.PrefixFold(s[i:], part) {
			return i
		}
	}
	return -1
}

// hasWord reports whether the lower-case ASCII word stands in the lower-case s by itself.
func hasWord(s, word string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], word)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(word)
		if (i == 0 || !letter(s[i-1])) && (end == len(s) || !letter(s[end])) {
			return true
		}
		from = end
	}
}

func hasAnyWord(s string, words ...string) bool {
	for _, w := range words {
		if hasWord(s, w) {
			return true
		}
	}
	return false
}

// narrow replaces full-width ASCII by ASCII and the ideographic space by a space; length in bytes changes.
func narrow(s string) string {
	wide := false
	for i := 0; i < len(s); i++ {
		if s[i] == 0xEF || s[i] == 0xE3 {
			wide = true
			break
		}
	}
	if !wide {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == '￥' {
			return '¥'
		}
		return text.Narrow(r)
	}, s)
}
