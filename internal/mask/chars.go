package mask

import "strings"

func digit(c byte) bool { return c >= '0' && c <= '9' }

// letter reports whether c is a Latin letter.
func letter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, p := range suffixes {
		if strings.HasSuffix(s, p) {
			return true
		}
	}
	return false
}
