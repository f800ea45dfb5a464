package skills

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gapwatch/gapwatch/internal/taxonomy"
)

type sectionWords struct {
	About     []string `yaml:"about"`
	AboutName []string `yaml:"about_name"`
	Job       []string `yaml:"job"`
	Self      []string `yaml:"self"`
	Hiring    []string `yaml:"hiring"`
	Major     []string `yaml:"major"`
	Degree    []string `yaml:"degree"`
	DegreeEnd []string `yaml:"degree_end"`
}

// guard says what a surface form needs beside itself.
type guard uint8

const (
	free    guard = iota // nothing
	guarded              // another skill beside it in a list, or a word of context
	listed               // another skill beside it in a list
)

// hidden is the skill of phrases that hide the forms inside them.
const hidden int32 = -1

// form is one surface form that ends at a node of the trie.
type form struct {
	skill  int32
	cased  string // the only spelling that counts; "" for any case
	guard  guard
	plural bool // a plural s may follow
}

// output is what ends at a node: forms in the order of their guards, and a cue of sections.yaml.
type output struct {
	forms []form
	cue   cue
}

// vocabulary is the compiled taxonomy.
type vocabulary struct {
	trie    *trie
	outputs []output
	context [][]contextWord // by skill
}

type contextWord struct {
	runes []rune
	whole bool // must end at a word border too; longer words may go on ("statistic", "statistics")
}

// compiler collects the forms and reports clashes between them.
type compiler struct {
	keys    map[string]int32 // folded form to index in outputs
	outputs []output
	entries []taxonomy.Entry
	errs    []error
}

func compile(entries []taxonomy.Entry, words sectionWords) (*vocabulary, error) {
	c := &compiler{keys: map[string]int32{}, entries: entries}
	v := &vocabulary{context: make([][]contextWord, len(entries))}
	for i, e := range entries {
		for _, s := range e.Forms() {
			c.add(int32(i), s, form{guard: free, plural: true})
		}
		for _, s := range e.Exact {
			c.add(int32(i), s, form{guard: free, cased: s, plural: isUpper(s)})
		}
		for _, s := range e.Guarded {
			c.add(int32(i), s, form{guard: guarded, cased: s})
		}
		for _, s := range e.Listed {
			c.add(int32(i), s, form{guard: listed})
		}
		for _, s := range e.Not {
			c.add(hidden, s, form{guard: free})
		}
		for _, s := range e.Context {
			w := []rune(foldString(s))
			v.context[i] = append(v.context[i], contextWord{runes: w, whole: isWord(w[0]) && len(w) <= 3})
		}
	}
	for i, e := range entries {
		for _, s := range e.Forms() {
			c.addJoined(int32(i), s)
		}
	}
	for cue, list := range map[cue][]string{
		cueAbout: words.About, cueAboutName: words.AboutName, cueJob: words.Job, cueSelf: words.Self, cueHiring: words.Hiring,
		cueMajor: words.Major, cueDegree: words.Degree, cueDegreeEnd: words.DegreeEnd,
	} {
		for _, s := range list {
			o := c.output(foldString(s))
			if o.cue&cue != 0 {
				c.errs = append(c.errs, fmt.Errorf("sections.yaml: %q is there twice", s))
			}
			o.cue |= cue
		}
	}
	for i := range c.outputs {
		slices.SortStableFunc(c.outputs[i].forms, func(a, b form) int { return int(a.guard) - int(b.guard) })
	}
	v.outputs = c.outputs
	v.trie = newTrie(c.keys)
	return v, errors.Join(c.errs...)
}

func (c *compiler) output(key string) *output {
	at, ok := c.keys[key]
	if !ok {
		at = int32(len(c.outputs))
		c.keys[key] = at
		c.outputs = append(c.outputs, output{})
	}
	return &c.outputs[at]
}

func (c *compiler) add(skill int32, s string, f form) {
	key := foldString(s)
	if key == "" {
		c.errs = append(c.errs, fmt.Errorf("skill %s has an empty form", c.name(skill)))
		return
	}
	f.skill = skill
	f.plural = f.plural && len(key) >= 3 // bytes: Han takes no plural
	o := c.output(key)
	for _, g := range o.forms {
		if g.skill == hidden && skill == hidden {
			return
		}
		if g.skill == skill && (g.cased != "" && g.cased != f.cased || g.guard > f.guard || g.cased != "" && g.guard < f.guard) {
			continue // another spelling, or a guard that the one there does not make useless
		}
		if g.cased != "" && f.cased != "" && g.cased != f.cased {
			continue
		}
		c.errs = append(c.errs, fmt.Errorf("%q of skill %s is already a form of %s", s, c.name(skill), c.name(g.skill)))
		return
	}
	o.forms = append(o.forms, f)
}

// addJoined adds the alias without its spaces and hyphens ("machinelearning"), unless that is short enough to be
// another word or is there already.
func (c *compiler) addJoined(skill int32, s string) {
	key := foldString(s)
	joined := strings.ReplaceAll(key, " ", "")
	if len(joined) == len(key) || len(joined) < 6 {
		return
	}
	o := c.output(joined)
	for _, g := range o.forms {
		if g.skill == skill && g.cased == "" && g.guard == free {
			return
		}
		if g.skill == skill {
			continue
		}
		c.errs = append(c.errs, fmt.Errorf("%q of skill %s, joined, is already a form of %s", s, c.name(skill), c.name(g.skill)))
		return
	}
	o.forms = append(o.forms, form{skill: skill, guard: free, plural: true})
}

func (c *compiler) name(skill int32) string {
	if skill == hidden {
		return "(not)"
	}
	return c.entries[skill].ID
}

func isUpper(s string) bool {
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			return false
		}
	}
	return true
}
