package skills

import (
	"bytes"
	_ "embed" // sections.yaml
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/gapwatch/gapwatch/internal/taxonomy"
)

// Version names the extractor's rules; it changes when the same taxonomy would give other mentions.
const Version = "1"

// Mention is one place in a text that names a skill.
type Mention struct {
	Skill      string // id of the taxonomy
	Start, End int    // byte offsets in the text, End exclusive
	Required   bool   // asked for or used in the work; false in what a company says of itself or gives
}

// Extractor finds skills in texts. It may be used by many goroutines at once.
type Extractor struct {
	entries  []taxonomy.Entry
	words    *vocabulary
	version  string
	scratchs sync.Pool
}

//go:embed sections.yaml
var sections []byte

// New compiles the embedded taxonomy. An error means that the taxonomy contradicts itself: an id or a surface
// form is there twice, or a guard can never hold.
func New() (*Extractor, error) {
	t, err := taxonomy.Embedded()
	if err != nil {
		return nil, err
	}
	return newFrom(t, sections)
}

func newFrom(t *taxonomy.Taxonomy, sections []byte) (*Extractor, error) {
	var words sectionWords
	d := yaml.NewDecoder(bytes.NewReader(sections))
	d.KnownFields(true)
	if err := d.Decode(&words); err != nil {
		return nil, fmt.Errorf("parse sections.yaml: %w", err)
	}
	compiled, err := compile(t.Entries, words)
	if err != nil {
		return nil, fmt.Errorf("compile the skill taxonomy: %w", err)
	}
	x := &Extractor{entries: t.Entries, words: compiled, version: t.Version(sections)}
	x.scratchs.New = func() any { return new(scratch) }
	return x, nil
}

// TaxonomyVersion is a hash of the taxonomy's files, 12 hexadecimal digits.
func (x *Extractor) TaxonomyVersion() string { return x.version }

// scratch holds the buffers of one extraction.
type scratch struct {
	text  string
	fold  folded
	found []candidate
	cues  []cueAt
	zones []zone
}

// candidate is a surface form met in a text; start and end count folded runes.
type candidate struct {
	start, end int32
	skill      int32
	guard      guard
	ok         bool
}

// Extract returns the mentions in text in order of their start. A mention inside a longer one is left out
// ("React Native" hides "React"); mentions that overlap in part are both there
// (大数据 and 数据挖掘 in 大数据挖掘). It takes time in proportion to the text.
func (x *Extractor) Extract(text string) []Mention {
	s := x.scratchs.Get().(*scratch)
	defer func() {
		s.text = ""
		x.scratchs.Put(s)
	}()
	s.text = text
	s.fold.fold(text, x.isSkill)
	x.scan(s)
	x.judge(s)
	s.dropMajors()
	n := 0
	for _, c := range s.found {
		if c.ok {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	s.findZones()
	mentions := make([]Mention, 0, n)
	var about int32 // end of the zones that begin before the mention
	zones := s.zones
	for _, c := range s.found {
		for len(zones) > 0 && zones[0].start <= c.start {
			about, zones = max(about, zones[0].end), zones[1:]
		}
		if c.ok {
			mentions = append(mentions, Mention{
				Skill: x.entries[c.skill].ID, Start: int(s.fold.at[c.start]), End: s.fold.end(text, int(c.end)-1),
				Required: c.start >= about,
			})
		}
	}
	return mentions
}

// scan walks the trie from every start of the folded text, once over the text, and collects candidates and
// cues in order of their start.
func (x *Extractor) scan(s *scratch) {
	s.found, s.cues = s.found[:0], s.cues[:0]
	t, runes := x.words.trie, s.fold.runes
	var covered int32 // no form may end at or before this
	for _, start := range s.fold.starts {
		i := int(start)
		if !t.mayBegin(runes[i:]) {
			continue
		}
		node := t.child(0, runes[i])
		if node == none {
			continue
		}
		var best candidate
		var cue cueAt
		for j := i + 1; ; j++ {
			if o := t.out[node]; o != none {
				out := &x.words.outputs[o]
				if c, ok := s.match(out.forms, i, j); ok {
					best = c
				}
				if out.cue != 0 && (j == len(runes) || !isWord(runes[j]) || !isWord(runes[j-1])) {
					cue = cueAt{start: int32(i), end: int32(j), kind: out.cue}
				}
			}
			if j == len(runes) {
				break
			}
			if node = t.child(node, runes[j]); node == none {
				break
			}
		}
		if best.end > covered {
			covered = best.end
			if best.skill != hidden {
				s.found = append(s.found, best)
			}
		}
		if cue.kind != 0 {
			s.cues = append(s.cues, cue)
		}
	}
}

// match returns the least guarded of forms that the text spells from rune i to j.
func (s *scratch) match(forms []form, i, j int) (candidate, bool) {
	if len(forms) == 0 {
		return candidate{}, false
	}
	closed, plural := s.closes(i, j)
	if !closed {
		return candidate{}, false
	}
	for _, f := range forms {
		if plural && !f.plural || f.cased != "" && !s.spells(i, f.cased) {
			continue
		}
		return candidate{start: int32(i), end: int32(j), skill: f.skill, guard: f.guard}, true
	}
	return candidate{}, false
}

// closes reports whether a form may end before rune j: at a word border, before a plural s or before a version
// number ("Python3", "C++11").
func (s *scratch) closes(i, j int) (ok, plural bool) {
	runes := s.fold.runes
	last := runes[j-1]
	if isHan(last) {
		return true, false
	}
	if j-i == 1 && (i > 0 && sticks(runes[i-1]) || j < len(runes) && sticks(runes[j]) && !s.endsSentence(j)) {
		return false, false
	}
	if j == len(runes) {
		return true, false
	}
	next := runes[j]
	if next == '+' && isWord(last) && j+1 < len(runes) && runes[j+1] == '+' {
		return false, false // C++ is not C
	}
	if !isWord(next) {
		return true, false
	}
	if next == 's' && isWord(last) && (j+1 == len(runes) || !isWord(runes[j+1])) {
		return true, true
	}
	if isDigit(last) || isWord(last) && j-i < 3 {
		return false, false
	}
	k := j
	for k < len(runes) && k-j < 6 && (isDigit(runes[k]) || runes[k] == '.' && k+1 < len(runes) && isDigit(runes[k+1])) {
		k++
	}
	return k > j && (k == len(runes) || !isWord(runes[k])), false
}

// sticks reports whether r binds a single letter into something else: R&D, C#, A.C., C-level.
func sticks(r rune) bool {
	switch r {
	case '&', '\'', '#', '@', '*', '.', '-', '$', '^', '=':
		return true
	}
	return false
}

func (s *scratch) endsSentence(j int) bool {
	runes := s.fold.runes
	return runes[j] == '.' && (j+1 == len(runes) || runes[j+1] == ' ' || runes[j+1] == '\n')
}

// spells reports whether the text has the runes of cased, in their case, from folded rune i on.
func (s *scratch) spells(i int, cased string) bool {
	at := s.text[s.fold.at[i]:]
	for _, want := range cased {
		r, size := utf8.DecodeRuneInString(at)
		if foldWidth(r) != want {
			return false
		}
		at = at[size:]
	}
	return true
}

func (x *Extractor) isSkill(host string) bool {
	node := int32(0)
	for i := range len(host) {
		r, _ := foldRune(host, i)
		if node = x.words.trie.child(node, r); node == none {
			return false
		}
	}
	o := x.words.trie.out[node]
	return o != none && len(x.words.outputs[o].forms) > 0
}

// IDs returns the distinct skills of mentions, sorted: those that stand at least once where they are asked for or
// used, and those that are only mentioned.
func IDs(mentions []Mention) (required, mentioned []string) {
	for _, m := range mentions {
		if m.Required {
			required = append(required, m.Skill)
		}
	}
	required = distinct(required)
	for _, m := range mentions {
		if _, ok := slices.BinarySearch(required, m.Skill); !ok {
			mentioned = append(mentioned, m.Skill)
		}
	}
	return required, distinct(mentioned)
}

func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}
