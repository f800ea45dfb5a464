package taxonomy

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func resolver(t testing.TB) (*Taxonomy, *Resolver) {
	t.Helper()
	tax, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return tax, NewResolver(tax)
}

// calls lists every way in which the taxonomy calls a skill.
func calls(e Entry) []string {
	out := []string{e.ID, e.NameEN, e.NameZH}
	for _, list := range [][]string{e.Aliases, e.Exact, e.Guarded, e.Listed} {
		out = append(out, list...)
	}
	return out
}

// check fails unless s calls the skill, or is ambiguous with it among what is offered.
func check(t interface{ Errorf(string, ...any) }, r *Resolver, s, skill string) {
	if id, ok := r.Resolve(s); ok && id != skill {
		t.Errorf("%q is %s, want %s", s, id, skill)
	} else if !ok {
		near := r.Near(s, 5)
		if !r.Ambiguous(s) || !slices.ContainsFunc(near, func(h Hit) bool { return h.Skill == skill }) {
			t.Errorf("%q is not found and not ambiguous; offered %v, want %s", s, near, skill)
		}
	}
}

func TestEveryNameAndFormResolves(t *testing.T) {
	tax, r := resolver(t)
	n, ambiguous := 0, 0
	for _, e := range tax.Entries {
		for _, s := range calls(e) {
			for _, written := range []string{s, strings.ToUpper(s), " " + strings.ReplaceAll(s, " ", "\u3000"), strings.ReplaceAll(s, "-", ""), wide(s)} {
				check(t, r, written, e.ID)
			}
			n++
			if sound, ok := soundOf(fold(s)); ok {
				check(t, r, sound.full, e.ID)
				if len(sound.readings) >= leastInitials {
					check(t, r, sound.initials, e.ID)
				}
				if len(r.called(sound.full)) > 1 || len(r.called(sound.initials)) > 1 {
					ambiguous++
				}
			}
			if hits := r.Search(s, 8); !slices.ContainsFunc(hits, func(h Hit) bool { return h.Skill == e.ID }) {
				t.Errorf("a search for %q finds %v, not %s", s, hits, e.ID)
			}
		}
	}
	t.Logf("%d names and forms of %d skills, %d with an ambiguous pinyin", n, len(tax.Entries), ambiguous)
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

func TestWordsThatPeopleUse(t *testing.T) {
	_, r := resolver(t)
	for word, want := range map[string]string{
		"大模型": "large-language-models", "LLM": "large-language-models", "llms": "large-language-models", "ＬＬＭ": "large-language-models",
		"dmx": "large-language-models", "damoxing": "large-language-models", "da mo xing": "large-language-models", "RAG": "retrieval-augmented-generation",
		"rag": "retrieval-augmented-generation", "AIGC": "generative-ai", "K8s": "kubernetes", "Golang": "go", "Go": "go", "NLP": "natural-language-processing",
		"昇腾": "ai-chips", "shengteng": "ai-chips", "CV": "computer-vision", "c++": "cpp", "C": "c", "C#": "csharp", "nodejs": "nodejs", "cicd": "ci-cd", "CI/CD": "ci-cd",
		"changduanqijiyiwangluo": "recurrent-neural-networks", // 长 has two readings
		"large_language_models":  "large-language-models", "机器 学习": "machine-learning",
		"c*": "", "r&d": "", "rays": "", "": "", " ": "", "-": "", "alchemy": "", "st": "", "sjmx": "", "large": "", "学习": "", strings.Repeat("大", 1000): "",
	} {
		if got, ok := r.Resolve(word); got != want || ok != (want != "") {
			t.Errorf("%q = %q, want %q", word, got, want)
		}
	}
	for word, want := range map[string][]string{
		"sjmx":        {"data-modelling", "world-models"}, // 数据模型 and 世界模型
		"st":          {"ai-chips"},                       // two initials are offered, not taken
		"pytroch":     {"pytorch"},
		"机器学系":        {"machine-learning"},
		"大模型应用开发工程师":  {"large-language-models"},
		"kuberntes":   {"kubernetes"},
		"damo":        {"large-language-models"},
		"language mo": {"large-language-models"},
	} {
		near := r.Near(word, 5)
		for _, id := range want {
			if !slices.ContainsFunc(near, func(h Hit) bool { return h.Skill == id }) {
				t.Errorf("near %q are %v, want %s", word, near, id)
			}
		}
	}
	if hits := r.Search("LLM", 3); hits[0] != (Hit{"large-language-models", "LLM"}) {
		t.Errorf("a search for LLM begins with %v", hits)
	}
}

// A name calls its skill however it is written.
func TestResolveAnything(t *testing.T) {
	tax, r := resolver(t)
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom(tax.Entries).Draw(t, "skill")
		s := rapid.SampledFrom(calls(e)).Draw(t, "form")
		var b strings.Builder
		for _, c := range s {
			switch rapid.IntRange(0, 4).Draw(t, "how") {
			case 0:
				b.WriteString(strings.ToUpper(string(c)))
			case 1:
				b.WriteString(wide(string(c)))
			case 2:
				b.WriteString(string(c) + " ")
			default:
				b.WriteRune(c)
			}
		}
		check(t, r, b.String(), e.ID)
	})
}

func FuzzResolve(f *testing.F) {
	_, r := resolver(f)
	for _, s := range []string{"大模型", "dmx", "C++", "\xff", "ǖ", "μc/os", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := r.Resolve(s)
		if ok != r.ids[id] {
			t.Errorf("%q = %q, %v", s, id, ok)
		}
		near := r.Near(s, 3)
		if len(near) > 3 || ok && near[0].Skill != id && strings.TrimSpace(s) != id {
			t.Errorf("%q = %q, near are %v", s, id, near)
		}
	})
}

func BenchmarkMiss(b *testing.B) {
	_, r := resolver(b)
	for b.Loop() {
		r.Resolve("alchemy of old")
		r.Near("alchemy of old", 3)
	}
}
