package normalise

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/codes"
)

// Region returns where a posting's place is: the GB/T 2260 code of the prefecture (of the province when only
// that is known, or for a municipality), the ISO 3166-1 alpha-2 code of a country outside China, and "" when
// the place is not stated, is "remote" or "anywhere", or could be several. Of several places the first known
// one counts: "深圳/广州" is Shenzhen, "上海 / 远程" Shanghai. "China" alone has no code of its own and is "".
func Region(location string) string {
	if len(location) > 400 {
		location = location[:400] // an address is short; a longer field holds running text
	}
	location = narrow(location)
	if code := strings.TrimSpace(location); len(code) == 6 && codes.ValidRegion(code) {
		return codes.City(code) // a source's default may be given as a code
	}
	g := gazetteer()
	for segment := range strings.FieldsFuncSeq(location, separates) {
		if code, found := g.segment(segment); found {
			return code
		}
	}
	return ""
}

// separates reports whether r stands between two places. A comma does not: in English it stands between a city
// and its country, and segment looks at both.
func separates(r rune) bool {
	switch r {
	case '/', '|', ';', '、', '&', '\n', '·', '•':
		return true
	}
	return false
}

// segment reads the first place in s; found says that the search is over, also when the answer is "in China,
// and nobody knows where" ("").
func (g *places) segment(s string) (code string, found bool) {
	for i := 0; i < len(s); {
		switch {
		case letterAt(s, i):
			code, end := g.latin(s, i)
			if code != "" {
				return code, true
			}
			i = end
		case s[i] < utf8.RuneSelf:
			i++
		default:
			code, width, ok := g.han(s[i:])
			if ok {
				return code, true
			}
			i += width
		}
	}
	return "", false
}

// between is what may stand between a province and its city.
const between = " -—,，_>.("

// han matches a Chinese place at the start of s; when there is none, width is how far to go on.
func (g *places) han(s string) (code string, width int, ok bool) {
	code, width = g.longestHan(s)
	switch {
	case width == 0:
		_, width = utf8.DecodeRuneInString(s)
		return "", width, false
	case code == noPlace:
		return "", width, false
	case code == china:
		// "中国 上海" names a place; "中国内地" does not, and ends the search.
		rest := strings.TrimLeft(s[width:], between)
		return "", width, hasAnyPrefix(rest, "内地", "大陆", "境内", "国内")
	case !strings.HasSuffix(code, "0000"):
		return code, width, true
	}
	// A province; its city may follow: "广东省广州市", "广东 深圳", "江苏-昆山".
	rest := strings.TrimLeft(s[width:], between)
	if next, w := g.longestHan(rest); w > 0 {
		if within(next, code) {
			return next, width, true
		}
	}
	for _, a := range g.areas[code] {
		if strings.HasPrefix(rest, a.name) {
			return a.code, width, true
		}
	}
	return code, width, true
}

// longestHan returns the place with the longest name at the start of s, and the length of the name.
func (g *places) longestHan(s string) (code string, width int) {
	_, a := utf8.DecodeRuneInString(s)
	_, b := utf8.DecodeRuneInString(s[a:])
	for _, e := range g.byHead[s[:a+b]] {
		if strings.HasPrefix(s, e.name) {
			return e.code, len(e.name)
		}
	}
	return "", 0
}

// within reports whether code lies in the Chinese province.
func within(code, province string) bool { return len(code) == 6 && code[:2] == province[:2] }

// latin matches an English place that starts at s[start]; when there is none, end is where to go on.
func (g *places) latin(s string, start int) (code string, end int) {
	var ends [4]int // after one to four words
	n, at := 0, start
	for n < len(ends) {
		at = wordEnd(s, at)
		ends[n] = at
		n++
		if at+1 >= len(s) || s[at] != ' ' && s[at] != '-' || !letterAt(s, at+1) {
			break
		}
		at++
	}
	for k := n - 1; k >= 0; k-- {
		if code, ok := g.latinName(s[start:ends[k]]); ok {
			if code == noPlace || code == china {
				return "", ends[k]
			}
			return g.qualified(code, s[start:ends[k]], qualifier(s[ends[k]:])), ends[k]
		}
	}
	// A town that is not listed, before a state or country: "Emeryville, CA", "Enschede, The Netherlands".
	return g.qualified("", "", qualifier(s[ends[0]:])), ends[0]
}

// latinName looks a name up. Short ones count in capitals only, because "us" and "la" are words.
func (g *places) latinName(raw string) (code string, ok bool) {
	if len(raw) <= 3 {
		if code, ok = g.capitals[raw]; ok {
			return code, true
		}
	}
	if len(raw) > 40 {
		return "", false
	}
	code, ok = g.names[fold(raw)]
	return code, ok
}

// qualified decides where a place is that is followed by a state, province or country: "London, ON" is not in
// Britain, "Suzhou, Anhui" not in Jiangsu, and "Beijing, China" stays Beijing. place is what the name alone
// would be, "" when it is not listed.
func (g *places) qualified(place, name, q string) string {
	if q == "" {
		return g.unambiguous(place, name)
	}
	country := g.capitals[q]
	if country == "" {
		country = g.iso[q]
	}
	if country == "" && len(q) > 3 {
		country = g.countries[fold(q)]
	}
	if country == noPlace {
		country = ""
	}
	state := g.states[q]
	if state == "" {
		state = g.states[fold(q)]
	}
	switch {
	case country == china:
		return g.unambiguous(place, name)
	case len(country) == 6 && place == "":
		return "" // an unknown word before a Chinese province may be anything, such as "Remote, Shanghai"
	case len(country) == 6 && len(place) == 6:
		for _, v := range g.homonyms[fold(name)] {
			if within(v, country) {
				return v
			}
		}
		if within(country, place) && strings.HasSuffix(place, "0000") {
			return country // "Guangdong, Shenzhen"
		}
		return place
	case state != "" && country != "" && country == place:
		return place // "Berlin, DE" is not in Delaware
	case state != "" && place != "" && place != state && wordLike(q):
		return g.unambiguous(place, name) // "London, OR remote"
	case state != "":
		return state
	case country != "":
		return country
	}
	return g.unambiguous(place, name)
}

// unambiguous returns place, or "" when several Chinese cities are written like it and none is meant by far
// most often.
func (g *places) unambiguous(place, name string) string {
	if len(place) == 6 && len(g.homonyms[fold(name)]) > 1 {
		switch place {
		case "320500", "350100": // Suzhou, Fuzhou
			return place
		}
		return ""
	}
	return place
}

// wordLike reports whether a state's abbreviation is also an English word that follows a comma.
func wordLike(q string) bool { return q == "OR" || q == "IN" || q == "ME" || q == "HI" || q == "OK" }

// qualifier returns the words after a comma at the start of after: "CA" of ", CA (SF)".
func qualifier(after string) string {
	after = strings.TrimLeft(after, " ")
	if after == "" || after[0] != ',' {
		return ""
	}
	after = strings.TrimLeft(after[1:], " ")
	end := 0
	for end < len(after) && (after[end] == ' ' || after[end] == '.' || letterAt(after, end)) {
		_, w := utf8.DecodeRuneInString(after[end:])
		end += w
	}
	q := after[:end]
	for _, stop := range [...]string{" or ", " OR ", " and ", " ONSITE", " Onsite", " REMOTE", " Remote"} {
		if i := strings.Index(q, stop); i > 0 {
			q = q[:i]
		}
	}
	q = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(q), "The "), "the ")
	return strings.ReplaceAll(q, ".", "")
}

// letterAt reports whether a letter other than Han stands at s[i].
func letterAt(s string, i int) bool {
	if s[i] < utf8.RuneSelf {
		return letter(s[i])
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r < 0x2E80 && unicode.IsLetter(r)
}

// wordEnd returns the end of the word at s[i]; dots and apostrophes inside belong to it.
func wordEnd(s string, i int) int {
	for i < len(s) {
		if (s[i] == '\'' || s[i] == '.') && i+1 < len(s) && letter(s[i+1]) {
			i++
			continue
		}
		if !letterAt(s, i) {
			break
		}
		_, w := utf8.DecodeRuneInString(s[i:])
		i += w
	}
	return i
}

// fold returns a Latin name as the tables hold it: lower case, without dots, apostrophes, hyphens and accents.
func fold(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c == ' ' || c >= 'a' && c <= 'z'
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); r {
		case '.', '\'', '’':
			return -1
		case '-':
			return ' '
		case 'ü', 'ú', 'ù':
			return 'u'
		case 'ö', 'ó', 'ø', 'ô', 'õ':
			return 'o'
		case 'ä', 'á', 'ã', 'å', 'à', 'â':
			return 'a'
		case 'é', 'è', 'ê', 'ë':
			return 'e'
		case 'í', 'î', 'ï':
			return 'i'
		case 'ç':
			return 'c'
		case 'ñ':
			return 'n'
		case 'ł':
			return 'l'
		}
		return r
	}, s)
}
