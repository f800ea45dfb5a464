package skills

import "slices"

// maxMajors is the longest list of majors, in runes.
const maxMajors = 80

// dropMajors takes back the candidates that name a field of study in a list of majors: a degree is asked for
// there, not a skill.
func (s *scratch) dropMajors() {
	for i, c := range s.cues {
		switch {
		case c.is(cueMajor):
			s.drop(s.majorsBefore(i))
		case c.is(cueDegree):
			s.drop(s.majorsAfter(i))
		}
	}
}

func (s *scratch) drop(z zone) {
	for i := range s.found {
		if c := &s.found[i]; z.start <= c.start && c.end <= z.end {
			c.ok = false
		}
	}
}

// majorsBefore returns the list that the Chinese cue i ends. It begins after the end of a sentence or clause with
// a word of asking (熟悉, 经验 …).
func (s *scratch) majorsBefore(i int) zone {
	end := s.cues[i].start
	from := end
	for from > 0 && end-from < maxMajors {
		r := s.fold.runes[from-1]
		if r == '\n' || r == ':' || isStop(r) {
			break
		}
		from--
	}
	for i--; i >= 0 && s.cues[i].start >= from; i-- {
		if s.cues[i].is(cueHiring) {
			from = s.cues[i].end
			if comma := slices.Index(s.fold.runes[from:end], ','); comma >= 0 {
				from += int32(comma) // 熟悉机器学习,统计学等专业
			}
			break
		}
	}
	return zone{from, end}
}

// majorsAfter returns the list that the English cue i begins.
func (s *scratch) majorsAfter(i int) zone {
	start := s.cues[i].end
	end := start
	for int(end) < len(s.fold.runes) && end-start < maxMajors && s.fold.runes[end] != '\n' && !s.stopsAt(end) {
		end++
	}
	for i++; i < len(s.cues) && s.cues[i].start < end; i++ {
		if s.cues[i].is(cueHiring | cueJob | cueDegreeEnd) {
			end = s.cues[i].start
			break
		}
	}
	return zone{start, end}
}
