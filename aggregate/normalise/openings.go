package normalise

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/text"
)

// mostOpenings caps what one posting may claim: a mass campaign's "招 10000 人" would drown every series.
const mostOpenings = 999

// Openings returns the heads wanted, 1 to 999, and whether the posting states them: in its own field (stated
// > 0) or in the text ("招聘 5 名", "招聘人数：3", "5 openings"). 若干 states no number; an unstated number
// counts as one head.
func Openings(stated int, body string) (heads uint32, known bool) {
	if stated > 0 {
		return uint32(min(stated, mostOpenings)), true
	}
	if n, ok := OpeningsIn(body); ok {
		return uint32(min(n, mostOpenings)), true
	}
	return 1, false
}

// OpeningsIn finds a stated number of heads in a field or text; false when there is none.
func OpeningsIn(body string) (int, bool) {
	for i := 0; i+3 <= len(body); i++ {
		switch c := body[i]; {
		case c == 0xE6 && body[i+1] == 0x8B && body[i+2] == 0x9B: // 招
			if n, ok := headsAfter(body[i+3:]); ok {
				return n, true
			}
		case (c|0x20 == 'o' && body[i+1]|0x20 == 'p' && text.PrefixFold(body[i:], "opening")), (c|0x20 == 'v' && body[i+1]|0x20 == 'a' && text.PrefixFold(body[i:], "vacanc")):
			before := strings.TrimRight(body[:i], " ")
			if n, start, ok := digitsBefore(before, len(before)); ok && n > 0 && (start == 0 || body[start-1] == ' ' || body[start-1] == '\n' || body[start-1] == '(') {
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
