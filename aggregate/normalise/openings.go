package normalise

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/textnorm"
)

// mostOpenings caps what one posting may claim: a mass campaign's "招 10000 人" would drown every series.
const mostOpenings = 999

// Openings returns the heads wanted, 1 to 999, and whether the posting states them: in its own field (stated
// > 0) or in the text ("招聘 5 名", "招聘人数：3", "5 openings"). 若干 states no number; an unstated number
// counts as one head.
func Openings(stated int, text string) (heads uint32, known bool) {
	if stated > 0 {
		return uint32(min(stated, mostOpenings)), true
	}
	if n, ok := OpeningsIn(text); ok {
		return uint32(min(n, mostOpenings)), true
	}
	return 1, false
}

// OpeningsIn finds a stated number of heads in a field or text; false when there is none.
func OpeningsIn(text string) (int, bool) {
	for i := 0; i+3 <= len(text); i++ {
		switch c := text[i]; {
		case c == 0xE6 && text[i+1] == 0x8B && text[i+2] == 0x9B: // 招
			if n, ok := headsAfter(text[i+3:]); ok {
				return n, true
			}
		case (c == 'o' || c == 'O') && textnorm.PrefixFold(text[i:], "opening"), (c == 'v' || c == 'V') && textnorm.PrefixFold(text[i:], "vacanc"):
			before := strings.TrimRight(text[:i], " ")
			if n, start, ok := digitsBefore(before, len(before)); ok && n > 0 && (start == 0 || text[start-1] == ' ' || text[start-1] == '\n' || text[start-1] == '(') {
				return n, true
			}
		}
	}
	return 0, false
}

// headsAfter reads what follows 招: "聘 5 名", "1人", "聘人数：3人", "募人数 2".
func headsAfter(s string) (int, bool) {
	explicit := false
	for _, w := range [...]string{"聘", "募", "收"} {
		if rest, ok := strings.CutPrefix(s, w); ok {
			s = rest
			break
		}
	}
	for _, w := range [...]string{"人数", "名额"} {
		if rest, ok := strings.CutPrefix(s, w); ok {
			s, explicit = rest, true
			break
		}
	}
	s = strings.TrimLeft(s, " :：为约\t")
	j, n := 0, 0
	for j < len(s) && j < 5 && digit(s[j]) {
		n = n*10 + int(s[j]-'0')
		j++
	}
	if j == 0 || n == 0 {
		return 0, false
	}
	rest := strings.TrimLeft(s[j:], " ")
	if hasAnyPrefix(rest, "人", "名", "位") || explicit && (rest == "" || !digit(rest[0])) && !hasAnyPrefix(rest, "-", "年", "月") {
		return n, true
	}
	// "招聘人数：3-5人": the least of a range is certain.
	if explicit && strings.HasPrefix(rest, "-") {
		return n, true
	}
	return 0, false
}
