package skills

// cue is a set of kinds of words of sections.yaml.
type cue uint8

const (
	cueAbout     cue = 1 << iota // heading of self-description, products, benefits
	cueAboutName                 // such a heading that goes on with a name
	cueJob                       // heading of duties and requirements
	cueSelf                      // turn of phrase of self-description
	cueHiring                    // shows that a sentence asks for somebody
	cueMajor                     // ends a list of majors
	cueDegree                    // begins one
	cueDegreeEnd                 // one has ended before it
)

type cueAt struct {
	start, end int32
	kind       cue
}

func (c cueAt) is(kind cue) bool { return c.kind&kind != 0 }

// zone is a stretch of folded runes in which nothing is asked for.
type zone struct{ start, end int32 }

// maxHeading is the longest line, in runes, that can be a heading.
const maxHeading = 48

// required reports whether a mention at rune i counts as demand.
func (s *scratch) required(i int32) bool {
	for _, z := range s.zones {
		if z.start <= i && i < z.end {
			return false
		}
	}
	return true
}

// findZones finds what a company says of itself. It is a heuristic of headings and first sentences:
//
//   - a heading of sections.yaml's about lists opens a zone. On a line of its own it holds until the next
//     heading; followed by text ("Perks: …", "公司介绍：…") until the next heading or empty line.
//   - a sentence before the first heading of duties that introduces the company ("Example Inc is a …", "…是一家…")
//     and has no word of hiring is a zone of its own.
//   - the name of a Markdown link is one.
//
// Anything else is demand: to miss a skill that is asked for is worse than to count one that is not.
func (s *scratch) findZones() {
	s.zones = s.zones[:0]
	for _, at := range s.fold.links {
		if z, ok := s.linkName(at); ok {
			s.zones = append(s.zones, z)
		}
	}
	opens, firstJob := false, int32(len(s.fold.runes))
	for _, c := range s.cues {
		opens = opens || c.is(cueAbout|cueAboutName|cueSelf)
		if c.is(cueJob) && c.start < firstJob && s.isHeading(c) {
			firstJob = c.start
		}
	}
	if !opens {
		return
	}
	s.headedZones()
	for _, c := range s.cues {
		if c.is(cueSelf) && c.start < firstJob {
			if z := s.sentence(c.start); c.start-z.start <= 60 && !s.hires(z) {
				s.zones = append(s.zones, z)
			}
		}
	}
}

// headedZones goes through the lines and their headings.
func (s *scratch) headedZones() {
	runes := s.fold.runes
	n := int32(len(runes))
	open, inline := none, false // start of the open zone
	closeAt := func(at int32) {
		if open != none && open < at {
			s.zones = append(s.zones, zone{open, at})
		}
		open = none
	}
	next := 0 // cue
	for from := int32(0); from < n; {
		to := from
		for to < n && runes[to] != '\n' {
			to++
		}
		text := s.skipMarkup(from, to)
		if text == to && inline && open != none && open < from-1 {
			closeAt(from)
		}
		known := false
		for ; next < len(s.cues) && s.cues[next].start < to; next++ {
			c := s.cues[next]
			if !c.is(cueAbout|cueAboutName|cueJob) || !s.isHeading(c) {
				continue
			}
			known = true
			closeAt(c.start)
			if !c.is(cueJob) {
				open, inline = c.end, s.skipMarkup(s.skipColon(c.end), to) < to && c.is(cueAbout)
			}
		}
		if !known && open != none && s.looksLikeHeading(from, to, text) {
			closeAt(from)
		}
		from = to + 1
	}
	closeAt(n)
}

// isHeading reports whether the cue stands where headings stand.
func (s *scratch) isHeading(c cueAt) bool {
	runes := s.fold.runes
	n := int32(len(runes))
	first := c.start
	for first > 0 && isMarkup(runes[first-1]) {
		first--
	}
	opens := first == 0 || runes[first-1] == '\n' || isStop(runes[first-1])
	if c.is(cueAboutName) {
		end := c.end
		for end < n && runes[end] != '\n' && !isStop(runes[end]) && runes[end] != ':' {
			end++
		}
		return opens && (first == 0 || runes[first-1] == '\n') && end-c.start <= maxHeading && end > c.end+1 && (end == n || runes[end] != '.' && runes[end] != '。')
	}
	after := c.end
	for after < n && (runes[after] == ' ' || runes[after] == '*' || runes[after] == '#' || runes[after] == '】' || runes[after] == ']') {
		after++
	}
	switch {
	case after == n || runes[after] == '\n':
		return opens
	case runes[after] == ':':
		return opens || isHan(runes[c.start])
	case runes[after] == dashMark || runes[after-1] == '】':
		return opens
	}
	return false
}

// looksLikeHeading reports whether a line that is no known heading is one: markup of a heading, or a short line
// that ends in a colon.
func (s *scratch) looksLikeHeading(from, to, text int32) bool {
	runes := s.fold.runes
	for to > from && runes[to-1] == ' ' {
		to--
	}
	if text >= to || to-text > maxHeading {
		return false
	}
	if runes[from] == '#' || runes[from] == '【' || to-from > 4 && runes[from] == '*' && runes[from+1] == '*' {
		return true
	}
	return text == from && runes[to-1] == ':'
}

// sentence returns the bounds of the sentence around rune i.
func (s *scratch) sentence(i int32) zone {
	runes := s.fold.runes
	n := int32(len(runes))
	from, to := i, i
	for from > 0 && runes[from-1] != '\n' && !s.stopsAt(from-1) {
		from--
	}
	for to < n && runes[to] != '\n' && !s.stopsAt(to) {
		to++
	}
	return zone{from, to}
}

// linkName returns the name of the Markdown link, [name](link), whose link is rune i.
func (s *scratch) linkName(i int32) (zone, bool) {
	runes := s.fold.runes
	if i < 3 || runes[i-1] != '(' || runes[i-2] != ']' {
		return zone{}, false
	}
	for from := i - 3; from >= 0 && runes[from] != '\n' && runes[from] != ']'; from-- {
		if runes[from] == '[' {
			return zone{from, i}, true
		}
	}
	return zone{}, false
}

func (s *scratch) stopsAt(i int32) bool {
	return isStop(s.fold.runes[i]) || s.fold.runes[i] == '.' && s.endsSentence(int(i))
}

func (s *scratch) hires(z zone) bool {
	for _, c := range s.cues {
		if c.is(cueHiring|cueJob) && z.start <= c.start && c.start < z.end {
			return true
		}
	}
	return false
}

func (s *scratch) skipMarkup(i, to int32) int32 {
	for i < to && isMarkup(s.fold.runes[i]) {
		i++
	}
	return i
}

func (s *scratch) skipColon(i int32) int32 {
	runes := s.fold.runes
	for i < int32(len(runes)) && (runes[i] == ':' || runes[i] == dashMark || runes[i] == '】' || runes[i] == ']') {
		i++
	}
	return i
}

// isMarkup reports whether r may stand before a heading's words on its line.
func isMarkup(r rune) bool {
	switch r {
	case ' ', '#', '*', '•', '·', '●', '-', dashMark, '>', '【', '[', '(', '=', '.', '、', '_', '~', ')':
		return true
	}
	return isDigit(r) || r == '一' || r == '二' || r == '三' || r == '四' || r == '五' || r == '六'
}

func isStop(r rune) bool {
	switch r {
	case '。', ';', '!', '?', '】':
		return true
	}
	return false
}
