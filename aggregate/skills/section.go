package skills

import "slices"

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

// Bounds of what is looked at, in runes; they keep the time in proportion to the text.
const (
	maxHeading  = 48 // a line that can be a heading
	maxBullet   = 16 // markup before a heading's words
	maxSubject  = 60 // what stands before the words of self-description in their sentence
	maxLinkName = 200
)

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
	s.selfZones(firstJob)
	slices.SortFunc(s.zones, func(a, b zone) int { return int(a.start - b.start) })
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
	for first > 0 && c.start-first < maxBullet && isMarkup(runes[first-1]) {
		first--
	}
	opens := first == 0 || runes[first-1] == '\n' || isStop(runes[first-1])
	if c.is(cueAboutName) {
		end := c.end
		for end < n && end-c.start <= maxHeading && runes[end] != '\n' && !isStop(runes[end]) && runes[end] != ':' {
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

// looksLikeHeading reports whether a line looks like a heading although it is not a known one: markup of a heading, or a short line
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

// selfZones finds the sentences before rune firstJob in which a company introduces itself.
func (s *scratch) selfZones(firstJob int32) {
	var done int32 // sentences up to here have been looked at
	for i, c := range s.cues {
		if !c.is(cueSelf) || c.start < done || c.start >= firstJob {
			continue
		}
		from, ok := s.sentenceStart(c.start)
		if !ok {
			continue
		}
		to := c.end
		for int(to) < len(s.fold.runes) && s.fold.runes[to] != '\n' && !s.stopsAt(to) {
			to++
		}
		done = to
		if !s.hires(i, zone{from, to}) {
			s.zones = append(s.zones, zone{from, to})
		}
	}
}

// sentenceStart returns where the sentence of rune i begins, and false when that is further back than a subject
// is long.
func (s *scratch) sentenceStart(i int32) (int32, bool) {
	from := i
	for from > 0 && s.fold.runes[from-1] != '\n' && !s.stopsAt(from-1) {
		from--
		if i-from > maxSubject {
			return 0, false
		}
	}
	return from, true
}

// hires reports whether the sentence z around cue i has a word of asking.
func (s *scratch) hires(i int, z zone) bool {
	for i > 0 && s.cues[i-1].start >= z.start {
		i--
	}
	for ; i < len(s.cues) && s.cues[i].start < z.end; i++ {
		if s.cues[i].is(cueHiring | cueJob) {
			return true
		}
	}
	return false
}

// linkName returns the name of the Markdown link, [name](link), whose link is rune i.
func (s *scratch) linkName(i int32) (zone, bool) {
	runes := s.fold.runes
	if i < 3 || runes[i-1] != '(' || runes[i-2] != ']' {
		return zone{}, false
	}
	for from := i - 3; from >= 0 && i-from <= maxLinkName && runes[from] != '\n' && runes[from] != ']'; from-- {
		if runes[from] == '[' {
			return zone{from, i}, true
		}
	}
	return zone{}, false
}

func (s *scratch) stopsAt(i int32) bool {
	return isStop(s.fold.runes[i]) || s.fold.runes[i] == '.' && s.endsSentence(int(i))
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
