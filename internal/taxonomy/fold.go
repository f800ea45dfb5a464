package taxonomy

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold makes names comparable: one width, small letters, no spaces, hyphens, underscores or middle dots, and v for ü, as
// input methods spell it.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '-', r == '_', r == '·', '\u2010' <= r && r <= '\u2015', '\u200b' <= r && r <= '\u200f', r == '\ufeff':
			return -1
		case r == 'ü':
			return 'v'
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}

// bare is a folded name without punctuation that is easily left out: nodejs, ci cd. Signs that change what a name means
// stay: C++, C#, R&D.
func bare(key string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("./,:'()", r) {
			return -1
		}
		return r
	}, key)
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// letters is a set of the characters of a folded name, with few collisions: what two names can have in common.
func letters(key string) uint64 {
	var set uint64
	for _, r := range key {
		set |= 1 << (uint32(r) % 64)
	}
	return set
}

// distance is how many characters have to be changed, left out, added or swapped to make b of a (optimal string
// alignment), or more than most.
func distance(a, b []rune, most int) int {
	if abs(len(a)-len(b)) > most {
		return most + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func abs(n int) int { return max(n, -n) }
