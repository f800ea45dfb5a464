package skills

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// formsOf lists the folded forms of every skill, the joined ones too.
func formsOf(x *Extractor) map[string]map[string]bool {
	forms := map[string]map[string]bool{}
	for _, e := range x.entries {
		m := map[string]bool{}
		for _, list := range [][]string{e.Forms(), e.Exact, e.Guarded, e.Listed} {
			for _, s := range list {
				f := foldString(s)
				m[f] = true
				m[strings.ReplaceAll(f, " ", "")] = true
			}
		}
		forms[e.ID] = m
	}
	return forms
}

// checkMentions reports what must hold for every text: spans on rune borders, in order, none inside another, and
// each spelling a form of its skill.
func checkMentions(t interface{ Fatalf(string, ...any) }, text string, mentions []Mention, forms map[string]map[string]bool) {
	end, start := 0, -1
	for _, m := range mentions {
		if m.Start < 0 || m.End > len(text) || m.Start >= m.End || m.Start <= start || m.End <= end {
			t.Fatalf("span %d..%d after %d..%d in %q", m.Start, m.End, start, end, text)
		}
		start, end = m.Start, m.End
		surface := text[m.Start:m.End]
		if utf8.ValidString(text) && !utf8.ValidString(surface) {
			t.Fatalf("%+v cuts a rune of %q", m, text)
		}
		if !forms[m.Skill][foldString(surface)] {
			t.Fatalf("%q, folded %q, is not a form of %s; text %q", surface, foldString(surface), m.Skill, text)
		}
	}
}

func TestSpansSpellTheirSkill(t *testing.T) {
	x := newExtractor(t)
	forms := formsOf(x)
	var pieces []string
	for _, e := range x.entries {
		pieces = append(pieces, e.Forms()...)
		pieces = append(pieces, e.Exact...)
		pieces = append(pieces, e.Guarded...)
		pieces = append(pieces, e.Listed...)
		pieces = append(pieces, e.Not...)
	}
	noise := []string{" ", "  ", "\n", "\r\n", "-", " - ", "、", "，", "/", "(", ")", "。", ". ", "s", "3", "+", "#", "的", "熟悉", "关于我们：", "x",
		"https://a.example/b", "a@b.example", "\u3000", "é", "İ", "\xff", "𠀀", "等相关专业", "PhD in "}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(0, 12).Draw(t, "pieces") {
			if rapid.Bool().Draw(t, "noise") {
				b.WriteString(rapid.SampledFrom(noise).Draw(t, "n"))
				continue
			}
			s := rapid.SampledFrom(pieces).Draw(t, "piece")
			switch rapid.IntRange(0, 4).Draw(t, "how") {
			case 0:
				s = strings.ToUpper(s)
			case 1:
				s = strings.ReplaceAll(s, " ", "-")
			case 2:
				s = wide(s)
			}
			b.WriteString(s)
		}
		checkMentions(t, b.String(), x.Extract(b.String()), forms)
	})
}

// wide writes ASCII letters and signs in their full-width forms.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if '!' <= r && r <= '~' {
			return r + 0xFEE0
		}
		return r
	}, s)
}

// TestSurroundingsDoNotMatter: an unguarded alias between neutral neighbours is found wherever it stands.
func TestSurroundingsDoNotMatter(t *testing.T) {
	x := newExtractor(t)
	rapid.Check(t, func(t *rapid.T) {
		e := x.entries[rapid.IntRange(0, len(x.entries)-1).Draw(t, "skill")]
		if len(e.Forms()) == 0 {
			return
		}
		alias := rapid.SampledFrom(e.Forms()).Draw(t, "alias")
		around := rapid.StringMatching(`[\p{Han}a-z ,。！\n]{0,40}`)
		before, after := around.Draw(t, "before")+"。 ", " 。"+around.Draw(t, "after")
		for _, m := range x.Extract(before + alias + after) {
			if m.Skill == e.ID && m.Start == len(before) && m.End == len(before)+len(alias) {
				return
			}
		}
		t.Fatalf("%q is not found in %q", alias, before+alias+after)
	})
}

func FuzzExtract(f *testing.F) {
	x := newExtractor(f)
	forms := formsOf(x)
	for _, s := range []string{benchText, "C/C++，C#、.NET", "深度学习(PyTorch)", "[a](http://b.example)", "Go、R&D", "PhD in ML\xff", "：、\r\n\r-- \t-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkMentions(t, text, x.Extract(text), forms)
	})
}
