package taxonomy

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// Resolver finds skills by what people call them: ids, names in both languages, every surface form of the taxonomy, and
// Chinese ones typed as pinyin, in full or by initials. Case, width, spaces and hyphens do not matter. It may be used by
// many goroutines at once.
type Resolver struct {
	ids   map[string]bool
	forms []form
	by    map[how]map[string][]int // folded text to indices of forms
	heard map[byte][]int           // indices of Chinese forms by what a reading of their first character begins with
}

// form is one way to call a skill.
type form struct {
	skill   string
	text    string // as the taxonomy writes it
	key     string // folded
	runes   []rune // of key
	letters uint64 // of key
	sound   sound
}

// how says in what way a text calls a skill, the surest first.
type how int

const (
	byName     how = iota // letter by letter
	byPlural              // LLMs
	bySigns               // without punctuation: nodejs
	byPinyin              // damoxing
	byInitials            // dmx
)

// leastInitials is how many initials say enough alone: two letters may be anything.
const leastInitials = 3

// NewResolver indexes a taxonomy.
func NewResolver(t *Taxonomy) *Resolver {
	r := &Resolver{ids: map[string]bool{}, heard: map[byte][]int{}, by: map[how]map[string][]int{byName: {}, byPlural: {}, bySigns: {}, byPinyin: {}, byInitials: {}}}
	for _, e := range t.Entries {
		r.ids[e.ID] = true
		seen := map[string]bool{}
		alone := map[string]bool{} // forms that say enough alone may be stretched to a plural
		for _, text := range slices.Concat(e.Forms(), e.Exact) {
			alone[fold(text)] = true
		}
		for _, list := range [][]string{{e.NameZH, e.NameEN, e.ID, e.Canonical}, e.Aliases, e.Exact, e.Guarded, e.Listed} {
			for _, text := range list {
				key := fold(text)
				if key == "" || seen[key] {
					continue
				}
				seen[key] = true
				r.add(e.ID, text, key, alone[key])
			}
		}
	}
	return r
}

func (r *Resolver) add(skill, text, key string, plural bool) {
	f := form{skill: skill, text: text, key: key, runes: []rune(key), letters: letters(key)}
	note := func(h how, key string) {
		if key != "" {
			r.by[h][key] = append(r.by[h][key], len(r.forms))
		}
	}
	note(byName, key)
	if plural && len(f.runes) > 2 {
		note(byPlural, key+"s")
	}
	note(bySigns, bare(key))
	if s, ok := soundOf(key); ok {
		f.sound = s
		note(byPinyin, s.full)
		var begins []byte
		for _, reading := range s.readings[0] {
			if !slices.Contains(begins, reading[0]) {
				begins = append(begins, reading[0])
				r.heard[reading[0]] = append(r.heard[reading[0]], len(r.forms))
			}
		}
		if len(s.readings) >= leastInitials {
			note(byInitials, s.initials)
		}
	}
	r.forms = append(r.forms, f)
}

// Resolve returns the id of the skill that s calls, and false when it calls none, or several: Unknown then says so.
func (r *Resolver) Resolve(s string) (id string, ok bool) {
	if s = strings.TrimSpace(s); r.ids[s] {
		return s, true
	}
	called := r.called(fold(s))
	if len(called) != 1 {
		return "", false
	}
	return called[0].skill, true
}

// Ambiguous reports whether s calls several skills alike.
func (r *Resolver) Ambiguous(s string) bool {
	return !r.ids[strings.TrimSpace(s)] && len(r.called(fold(s))) > 1
}

// called are the skills that a folded text calls in the surest way in which it calls any, each by one of its forms.
func (r *Resolver) called(key string) []form {
	if key == "" || len(key) > longest {
		return nil
	}
	for _, try := range []struct {
		how how
		key string
	}{{byName, key}, {byPlural, key}, {bySigns, bare(key)}, {byPinyin, key}, {byInitials, key}} {
		if at := r.by[try.how][try.key]; len(at) > 0 && try.key != "" {
			return r.distinct(at)
		}
	}
	for _, initials := range []bool{false, true} { // other readings of the characters
		var at []int
		for _, i := range r.heard[key[0]] {
			f := &r.forms[i]
			if whole, _ := f.sound.spelt(key, initials); whole && (!initials || len(f.sound.readings) >= leastInitials) {
				at = append(at, i)
			}
		}
		if len(at) > 0 {
			return r.distinct(at)
		}
	}
	return nil
}

func (r *Resolver) distinct(at []int) []form {
	var out []form
	for _, i := range at {
		if f := r.forms[i]; !slices.ContainsFunc(out, func(o form) bool { return o.skill == f.skill }) {
			out = append(out, f)
		}
	}
	return out
}

// Hit is a skill that a search found.
type Hit struct {
	Skill string // id
	Form  string // the name or form that fits what was typed, as the taxonomy writes it
}

// longest is how long a text may be, in bytes, to be looked for: names are shorter.
const longest = 200

// Search lists at most n skills for what somebody is typing, the likeliest first: names that it is, that it begins, that
// hold it, that it spells the beginning of in pinyin.
func (r *Resolver) Search(typed string, n int) []Hit { return r.rank(typed, n, fits) }

func fits(key string, f *form) (level int, ok bool) {
	short := utf8.RuneCountInString(key) < 2
	switch {
	case strings.HasPrefix(f.key, key):
		return 1, true
	case !short && strings.Contains(f.key, key):
		return 2, true
	case short || f.sound.readings == nil:
		return 0, false
	}
	for _, initials := range []bool{false, true} {
		if whole, begun := f.sound.spelt(key, initials); whole {
			return 1, true
		} else if begun {
			return 3, true
		}
	}
	return 0, false
}

// Near lists at most n skills that somebody may have meant who wrote s: those that it calls when it is ambiguous, those
// that Search finds, and those whose name it holds or is a slip of.
func (r *Resolver) Near(s string, n int) []Hit {
	key := fold(s)
	typed, set := []rune(key), letters(key)
	most := 2
	if len(typed) < 6 {
		most = 1
	}
	return r.rank(s, n, func(key string, f *form) (int, bool) {
		if level, ok := fits(key, f); ok || len(typed) < 3 {
			return level, ok
		}
		if (len(f.runes) > 2 || len(f.runes) == 2 && isHan(f.runes[0])) && strings.Contains(key, f.key) {
			return 4, true
		}
		if bits.OnesCount64(f.letters^set) > 2*most {
			return 0, false
		}
		d := distance(typed, f.runes, most)
		return 4 + d, d <= most
	})
}

// rank orders the skills of which fits takes a form; those that the text calls stand first.
func (r *Resolver) rank(s string, n int, fits func(key string, f *form) (level int, ok bool)) []Hit {
	key := fold(s)
	if key == "" || len(key) > longest {
		return nil
	}
	type found struct {
		form
		level int
	}
	best := map[string]found{}
	for _, f := range r.called(key) {
		best[f.skill] = found{f, 0}
	}
	for i := range r.forms {
		f := &r.forms[i]
		level, ok := fits(key, f)
		old, has := best[f.skill]
		if ok && (!has || level < old.level || level == old.level && len(f.key) < len(old.key)) {
			best[f.skill] = found{*f, level}
		}
	}
	list := make([]found, 0, len(best))
	for _, f := range best {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b found) int {
		return cmp.Or(a.level-b.level, len(a.runes)-len(b.runes), strings.Compare(a.skill, b.skill))
	})
	hits := make([]Hit, 0, min(n, len(list)))
	for _, f := range list[:min(n, len(list))] {
		hits = append(hits, Hit{f.skill, f.text})
	}
	return hits
}
