package skills

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gapwatch/gapwatch/internal/taxonomy"
)

// TestEveryFormIsFound also proves that no form is hidden by another one or stopped by its own borders.
func TestEveryFormIsFound(t *testing.T) {
	x := newExtractor(t)
	has := func(text, id string) bool {
		for _, m := range x.Extract(text) {
			if m.Skill == id && m.Required {
				return true
			}
		}
		return false
	}
	for _, e := range x.entries {
		for _, s := range append(e.Forms(), e.Exact...) {
			for _, text := range []string{s, "(" + s + ")", "熟悉" + s + "。", "with " + s + ", please"} {
				if !has(text, e.ID) {
					t.Errorf("%s is not found in %q", e.ID, text)
				}
			}
		}
		for _, s := range e.Forms() {
			if !has(strings.ToUpper(s), e.ID) {
				t.Errorf("%s is not found in %q", e.ID, strings.ToUpper(s))
			}
		}
		for _, s := range append(e.Guarded, e.Listed...) {
			if text := "PyTorch, " + s + ", MySQL"; !has(text, e.ID) {
				t.Errorf("%s is not found in %q", e.ID, text)
			}
		}
		for _, s := range e.Guarded {
			if text := s + " " + e.Context[0]; !has(text, e.ID) {
				t.Errorf("%s is not found in %q", e.ID, text)
			}
		}
		for _, s := range e.Not {
			if has(s, e.ID) {
				t.Errorf("%s is found in %q", e.ID, s)
			}
		}
	}
}

func TestTaxonomyHasWhatOthersRelyOn(t *testing.T) {
	x := newExtractor(t)
	tax, err := taxonomy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	last := ""
	for _, s := range tax.Skills() {
		if s.ID <= last {
			t.Errorf("%s is not after %s", s.ID, last)
		}
		ids[s.ID], last = true, s.ID
		if s.NameEN == "" || s.NameZH == "" || s.Category == "" {
			t.Errorf("incomplete: %+v", s)
		}
	}
	for id := range strings.FieldsSeq(`machine-learning deep-learning natural-language-processing computer-vision
		large-language-models retrieval-augmented-generation pytorch tensorflow docker kubernetes hadoop spark kafka
		python go c cpp rust data-science terraform react angular backbone vue coffeescript typescript graphql scala
		swift elasticsearch mongodb redis postgresql aws ruby-on-rails blockchain serverless`) {
		if !ids[id] {
			t.Errorf("skill %s is missing", id)
		}
	}
	if len(x.TaxonomyVersion()) != 12 {
		t.Errorf("version %q", x.TaxonomyVersion())
	}
}

func TestTaxonomyIsRefused(t *testing.T) {
	const head = "category: field\nskills:\n"
	for _, c := range []struct{ name, yaml, want string }{
		{"same id", `
  - {id: a-b, name_en: Ab one, name_zh: 甲}
  - {id: a-b, name_en: Ab two, name_zh: 乙}`, `the id is also in`},
		{"id not kebab", `  - {id: A_b, name_en: Ab, name_zh: 甲}`, `kebab-case`},
		{"same alias", `
  - {id: a, name_en: Alpha, name_zh: 甲}
  - {id: b, name_en: Beta, name_zh: 乙, aliases: [alpha]}`, `"alpha" of skill b is already a form of a`},
		{"same alias but for case, width and hyphen", `
  - {id: a, name_en: Alpha one, name_zh: 甲}
  - {id: b, name_en: Beta, name_zh: 乙, aliases: [ＡＬＰＨＡ-one]}`, `is already a form of a`},
		{"same alias, joined", `
  - {id: a, name_en: Alphaone, name_zh: 甲}
  - {id: b, name_en: Beta, name_zh: 乙, aliases: [alpha one]}`, `joined, is already a form of a`},
		{"same alias twice in a skill", `  - {id: a, name_en: Alpha, name_zh: 甲, aliases: [alpha]}`, `already a form of a`},
		{"useless exact form", `  - {id: a, name_en: Alpha, name_zh: 甲, exact: [ALPHA]}`, `already a form of a`},
		{"hides its own alias", `  - {id: a, name_en: Alpha, name_zh: 甲, not: [alpha]}`, `already a form of a`},
		{"no Chinese name", `  - {id: a, name_en: Alpha}`, `name_en and name_zh are both needed`},
		{"guard without context", `  - {id: a, name_en: Alpha, name_zh: 甲, guarded: [Al]}`, `need words of context`},
		{"context without guard", `  - {id: a, name_en: Alpha, name_zh: 甲, context: [x]}`, `has no effect`},
		{"empty alias", `  - {id: a, name_en: Alpha, name_zh: 甲, aliases: [""]}`, `empty form`},
		{"space in an exact form", `  - {id: a, name_en: Alpha, name_zh: 甲, exact: ["A B"]}`, `may not hold spaces`},
		{"unknown key", `  - {id: a, name_en: Alpha, name_zh: 甲, alias: [x]}`, `field alias not found`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := refused(head + strings.TrimPrefix(c.yaml, "\n") + "\n")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want one with %q", err, c.want)
			}
		})
	}
	if err := refused("category: colour\nskills:\n  - {id: a, name_en: Alpha, name_zh: 甲}\n"); err == nil || !strings.Contains(err.Error(), `unknown category "colour"`) {
		t.Errorf("error = %v", err)
	}
	if _, err := taxonomy.Load(fstest.MapFS{}); err == nil {
		t.Error("an empty taxonomy loads")
	}
}

// refused loads and compiles a taxonomy of one file.
func refused(file string) error {
	tax, err := taxonomy.Load(fstest.MapFS{"x.yaml": {Data: []byte(file)}})
	if err == nil {
		_, err = newFrom(tax, []byte("about: [about us]\n"))
	}
	return err
}
