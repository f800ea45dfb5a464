package text

import (
	"strings"
	"unicode"
)

const (
	// LongestText bounds a text, in bytes: anything longer is not an advertisement. Callers have a lower limit, which
	// they report.
	LongestText = 1 << 20
	// longestField bounds a field of one line, in bytes.
	longestField = 4 << 10
)

// Tidy trims lines, folds runs of spaces and of empty lines, and drops control and invisible characters.
func Tidy(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	breaks, space, start := 0, false, -1 // start: of the run of visible characters that is not written yet
	for i, r := range s {
		if r > ' ' && r < 0x7f && start >= 0 {
			continue // most of a text
		}
		if visible(r) {
			if start < 0 {
				if b.Len() > 0 && breaks > 0 {
					b.WriteString("\n\n"[:min(breaks, 2)])
				} else if b.Len() > 0 && space {
					b.WriteByte(' ')
				}
				breaks, space, start = 0, false, i
			}
			continue
		}
		if start >= 0 {
			b.WriteString(s[start:i])
			start = -1
		}
		if r == '\n' {
			breaks++
			space = false
		} else if unicode.IsSpace(r) {
			space = true
		}
	}
	if start >= 0 {
		b.WriteString(s[start:])
	}
	return cutTidy(b.String(), LongestText)
}

// visible reports whether a character is text: not white space and not a zero-width character.
func visible(r rune) bool {
	switch {
	case r < 0x7f:
		return r > ' '
	case r <= 0xff:
		return r > 0xa0 && r != '\u00ad'
	}
	return !unicode.IsSpace(r) && r != '\u200b' && r != '\ufeff'
}

// Paragraphs joins the parts that are not empty with blank lines.
func Paragraphs(parts []string) string {
	var all []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return cutTidy(strings.Join(all, "\n\n"), LongestText)
}

func cutTidy(s string, n int) string { return strings.TrimSpace(Cut(s, n)) }
