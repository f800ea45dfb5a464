package mask

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/text"
)

// group is a run of digits of a number as it is written.
type group struct{ start, end int }

func (g group) len() int { return g.end - g.start }

// phoneAt masks the telephone number that begins at s[i]; next is where to go on when there is none.
func phoneAt(s string, i int) (found span, next int) {
	var buf [8]group
	groups := digitGroups(s, i, buf[:0])
	if len(groups) == 0 {
		return span{}, i + 1
	}
	if !boundaryBefore(s, i) {
		return span{}, groups[0].end
	}
	if n := numberOf(s, i, groups); n > 0 {
		end := groups[n-1].end
		if boundaryAfter(s, end) {
			return span{i, extension(s, end), maskPhone}, 0
		}
	}
	return span{}, groups[0].end
}

// digitGroups splits what begins at s[i] into groups of digits with a single separator (blank, hyphen, dot,
// bracket) between them.
func digitGroups(s string, i int, dst []group) []group {
	if i < len(s) && s[i] == '+' {
		i++
	}
	if i < len(s) && s[i] == '(' {
		i++
		if i < len(s) && s[i] == '+' {
			i++
		}
	}
	for len(dst) < cap(dst) {
		start := i
		for i < len(s) && digit(s[i]) {
			i++
		}
		if i == start {
			break
		}
		dst = append(dst, group{start, i})
		// At most ") " or "-(" or " - " between two groups.
		j := i
		for j < len(s) && j-i < 3 && (s[j] == ' ' || s[j] == '-' || s[j] == '.' || s[j] == '(' || s[j] == ')') {
			j++
		}
		if j == i || j >= len(s) || !digit(s[j]) {
			break
		}
		i = j
	}
	return dst
}

// numberOf returns how many of the groups make a telephone number, 0 when they make none.
func numberOf(s string, i int, g []group) int {
	plus := s[i] == '+' || s[i] == '(' && i+1 < len(s) && s[i+1] == '+'
	switch {
	case plus:
		return international(s, g)
	case s[g[0].start:g[0].end] == "86" || s[g[0].start:g[0].end] == "0086":
		if n := mobile(s, g[1:]); n > 0 {
			return n + 1
		}
		return 0
	}
	if n := mobile(s, g); n > 0 {
		return n
	}
	if n := landline(s, i, g); n > 0 {
		return n
	}
	return northAmerican(s, g)
}

// mobile recognises a Chinese mobile number: 1[3-9] and nine more digits, whole or as 3-4-4, 3-3-5, 4-3-4.
func mobile(s string, g []group) int {
	if len(g) == 0 {
		return 0
	}
	first := s[g[0].start:g[0].end]
	if len(first) == 13 && strings.HasPrefix(first, "86") {
		first = first[2:]
	} else if len(first) == 15 && strings.HasPrefix(first, "0086") {
		first = first[4:]
	}
	if len(first) < 3 || first[0] != '1' || first[1] < '3' {
		return 0
	}
	if len(first) == 11 {
		return 1
	}
	if len(g) >= 3 {
		switch [3]int{g[0].len(), g[1].len(), g[2].len()} {
		case [3]int{3, 4, 4}, [3]int{3, 3, 5}, [3]int{4, 3, 4}:
			return 3
		}
	}
	if len(g) >= 2 && g[0].len() == 3 && g[1].len() == 8 || len(g) >= 2 && g[0].len() == 7 && g[1].len() == 4 {
		return 2
	}
	return 0
}

// landline recognises Chinese landlines with their area code (010-12345678, (0571) 1234567, 02112345678) and
// service numbers (400-123-4567).
func landline(s string, i int, g []group) int {
	first := s[g[0].start:g[0].end]
	if (first == "400" || first == "800") && len(g) >= 3 {
		switch [2]int{g[1].len(), g[2].len()} {
		case [2]int{3, 4}, [2]int{4, 3}, [2]int{2, 5}:
			return 3
		}
	}
	if len(first) < 3 || first[0] != '0' || first[1] == '0' {
		return 0
	}
	switch {
	case len(first) == 3 || len(first) == 4:
		if len(g) >= 2 && (g[1].len() == 7 || g[1].len() == 8) {
			return 2
		}
		if len(g) >= 3 && (g[1].len() == 3 || g[1].len() == 4) && g[2].len() == 4 {
			return 3
		}
	case len(first) >= 10 && len(first) <= 12 && s[i] != '(':
		return 1
	}
	return 0
}

// northAmerican recognises (415) 555-0132, 415-555-0132 and 1-415-555-0132; the separators must be there.
func northAmerican(s string, g []group) int {
	lead := 0
	if g[0].len() == 1 && s[g[0].start] == '1' {
		lead = 1
	}
	if len(g) < lead+3 || g[lead].len() != 3 || g[lead+1].len() != 3 || g[lead+2].len() != 4 {
		return 0
	}
	if s[g[lead].start] < '2' || s[g[lead+1].start] < '2' {
		return 0
	}
	return lead + 3
}

// international recognises + country code and 8 to 15 digits. Digits in one run are a number when they are
// long enough; otherwise the first group must be a country code, so that "+15000-25000" stays a salary.
func international(s string, g []group) int {
	total, n := 0, 0
	for n < len(g) && total+g[n].len() <= 15 {
		total += g[n].len()
		n++
	}
	if n == 0 || total < 8 {
		return 0
	}
	if n == 1 && total < 10 {
		return 0
	}
	first := s[g[0].start:g[0].end]
	switch {
	case g[0].len() >= 10:
		return 1
	case first[0] == '0', g[0].len() > 3 && (g[0].len() != 4 || first[0] != '1'), first[0] == '1' && g[0].len() > 1 && g[0].len() < 4:
		return 0
	case n > 1 && strings.HasSuffix(s[g[0].start:g[n-1].end], "000 000"):
		return 0 // "+20 000 000 users"
	}
	return n
}

// boundaryBefore reports whether a number may begin at s[i]: not inside a longer number, word, path, decimal or
// id.
func boundaryBefore(s string, i int) bool {
	if i == 0 {
		return true
	}
	switch c := s[i-1]; {
	case digit(c), letter(c), c == '_', c == '-', c == '.', c == '=', c == '#', c == '$', c == '%', c == '+' && s[i] != '+', c == '<':
		return false
	case c == '/':
		// "电话/微信/13…" is a list, "example.com/jobs/13…" a path.
		for j := i - 1; j >= max(0, i-200) && s[j] > ' ' && s[j] < 0x80; j-- {
			if s[j] == '.' || s[j] == ':' || letter(s[j]) {
				return false
			}
		}
	case c == '(' && s[i] != '(':
		return true
	}
	return true
}

func boundaryAfter(s string, end int) bool {
	if end == len(s) {
		return true
	}
	var next byte
	if end+1 < len(s) {
		next = s[end+1]
	}
	switch c := s[end]; c {
	case '_', '%':
		return false
	case '-':
		return !digit(next) && !letter(next)
	case '.':
		return !digit(next)
	default:
		return !digit(c) && !letter(c)
	}
}

// extension passes "转123", "-123" and "ext. 123" after a number.
func extension(s string, end int) int {
	i := end
	for i < len(s) && s[i] == ' ' {
		i++
	}
	for _, w := range [...]string{"转", "ext.", "ext", "x"} {
		if !text.PrefixFold(s[i:], w) {
			continue
		}
		j := i + len(w)
		for j < len(s) && s[j] == ' ' {
			j++
		}
		start := j
		for j < len(s) && digit(s[j]) {
			j++
		}
		if j > start && j-start <= 6 {
			return j
		}
	}
	return end
}

// labelledPhone masks any 7 to 15 digits after 电话, 手机, Tel, phone …: short landlines have no other mark.
func labelledPhone(s string, i int) span {
	j := 0
	for _, w := range phoneLabels {
		if s[i]|0x20 == w[0]|0x20 && text.PrefixFold(s[i:], w) {
			if k := i + len(w); k > j && (w[0] >= 0x80 || k == len(s) || !letter(s[k])) {
				j = k
			}
		}
	}
	if j == 0 {
		return span{}
	}
	j = passLabel(s, j)
	if j >= len(s) || !digit(s[j]) && s[j] != '+' && s[j] != '(' {
		return span{}
	}
	var buf [8]group
	g := digitGroups(s, j, buf[:0])
	total, n := 0, 0
	for n < len(g) && total+g[n].len() <= 15 {
		total += g[n].len()
		n++
	}
	if total < 7 || total > 15 || !boundaryAfter(s, g[n-1].end) || strings.HasPrefix(s[g[n-1].end:], "元") {
		return span{}
	}
	if y := s[g[0].start:g[0].end]; n > 1 && len(y) == 4 && (y[:2] == "19" || y[:2] == "20") && g[1].len() <= 2 {
		return span{} // a date
	}
	return span{j, extension(s, g[n-1].end), maskPhone}
}
