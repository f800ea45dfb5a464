package text

import (
	"math"
	"strconv"
	"strings"
)

// mostOpenings is more than one posting can mean; a larger number is something else.
const mostOpenings = 100_000

// Count reads the first number of s, as in 招3人; 0 when there is none that can be a head count.
func Count(s string) int {
	i := strings.IndexFunc(s, isDigit)
	if i < 0 || strings.HasSuffix(s[:i], "-") {
		return 0
	}
	s = s[i:]
	if j := strings.IndexFunc(s, func(r rune) bool { return !isDigit(r) }); j >= 0 {
		s = s[:j]
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > mostOpenings {
		return 0
	}
	return n
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// Amount drops the decimals of whole numbers and answers "" for zero, which pages write for "not stated".
func Amount(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return s
	}
	if f <= 0 {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Int reads a whole number that stands alone, as in a cell of a table.
func Int(s string) (n int, ok bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil
}
