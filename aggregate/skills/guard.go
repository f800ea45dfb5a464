package skills

import "slices"

// reach is how many runes on either side of a guarded form are searched for a word of context.
const reach = 32

// judge decides which candidates count. Forms without guard count; a guarded one needs
// a word of context or a neighbour in a list that counts itself.
func (x *Extractor) judge(s *scratch) {
	for i := range s.found {
		c := &s.found[i]
		c.ok = c.guard == free || c.guard == guarded && s.hasContext(*c, x.words.context[c.skill])
	}
	// Acceptance spreads along a list in both directions; one pass each way reaches everything.
	for i := 1; i < len(s.found); i++ {
		if c := &s.found[i]; !c.ok && s.found[i-1].ok {
			c.ok = s.inList(s.found[i-1].end, c.start, c.guard)
		}
	}
	for i := len(s.found) - 2; i >= 0; i-- {
		if c := &s.found[i]; !c.ok && s.found[i+1].ok {
			c.ok = s.inList(c.end, s.found[i+1].start, c.guard)
		}
	}
}

func (s *scratch) hasContext(c candidate, words []contextWord) bool {
	runes := s.fold.runes
	from, to := int(c.start), int(c.end)
	for from > 0 && int(c.start)-from < reach && runes[from-1] != '\n' {
		from--
	}
	for to < len(runes) && to-int(c.end) < reach && runes[to] != '\n' {
		to++
	}
	for _, w := range words {
		for i := from; i+len(w.runes) <= to; i++ {
			if runes[i] != w.runes[0] || !slices.Equal(runes[i:i+len(w.runes)], w.runes) {
				continue
			}
			if i < int(c.end) && i+len(w.runes) > int(c.start) {
				continue // the form itself
			}
			if isWord(runes[i]) && i > 0 && isWord(runes[i-1]) {
				continue
			}
			if end := i + len(w.runes); w.whole && end < len(runes) && isWord(runes[end]) {
				continue
			}
			return true
		}
	}
	return false
}

// inList reports whether the runes between two mentions only join items of a list. Spaces and the words "and",
// "or" alone join guarded forms but not listed ones, which are everyday words ("Python and go on").
func (s *scratch) inList(from, to int32, g guard) bool {
	if from > to || to-from > 12 {
		return false
	}
	gap := s.fold.runes[from:to]
	joins, bullet, line := false, false, false
	for i := 0; i < len(gap); i++ {
		switch gap[i] {
		case ' ':
		case ',', '、', '/', '|', '&', '+', ';', '(', ')', '\\', '，':
			joins = true
		case '和', '与', '或', '及', '以', '跟':
			joins = true
		case '-', dashMark, '*', '•', '·', '●':
			bullet = true
		case '\n':
			if line || bullet {
				return false
			}
			line = true
		default:
			if g == listed {
				return false
			}
			n := joinWord(gap[i:])
			if n == 0 {
				return false
			}
			i += n - 1
		}
	}
	if line || bullet {
		return line && bullet
	}
	return joins || g == guarded
}

// joinWord returns the length of the English conjunction that gap starts with, or 0.
func joinWord(gap []rune) int {
	for _, w := range [...]string{"and", "or"} {
		if len(gap) >= len(w) && string(gap[:len(w)]) == w && (len(gap) == len(w) || !isWord(gap[len(w)])) {
			return len(w)
		}
	}
	return 0
}
