package terms

import (
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestTerms(t *testing.T) {
	region := func(s string) string { c, _ := Region(s); return c }
	industry := func(s string) string { c, _ := Industry(s); return c }
	tier := func(s string) string { c, _ := Tier(s); return string(c) }
	degree := func(s string) string { c, _ := Degree(s); return c }
	for _, c := range []struct {
		kind    string
		resolve func(string) string
		in      string
		want    string
	}{
		{"region", region, "330100", "330100"}, {"region", region, " 杭州 ", "330100"}, {"region", region, "杭州市", "330100"}, {"region", region, "hang zhou", "330100"},
		{"region", region, "吉林", "220000"}, {"region", region, "吉林市", "220200"}, {"region", region, "新疆", "650000"}, {"region", region, "香港", "810000"},
		{"region", region, "北京", "110000"}, {"region", region, "de", "DE"}, {"region", region, "Germany", "DE"}, {"region", region, "CN", ""},
		{"region", region, "", ""}, {"region", region, "市", ""}, {"region", region, "Atlantis", ""},
		{"industry", industry, "I", "I"}, {"industry", industry, "i6510", "I"}, {"industry", industry, "金融业", "J"}, {"industry", industry, "Z", ""}, {"industry", industry, "", ""},
		{"tier", tier, "Lead", "lead"}, {"tier", tier, "骨干", "backbone"}, {"tier", tier, "后备人才", "reserve"}, {"tier", tier, "boss", ""}, {"tier", tier, "", ""},
		{"degree", degree, "master", "master"}, {"degree", degree, "硕士研究生", "master"}, {"degree", degree, "学士", "bachelor"}, {"degree", degree, "高职", "college"}, {"degree", degree, "", ""},
	} {
		if got := c.resolve(c.in); got != c.want {
			t.Errorf("%s %q = %q, want %q", c.kind, c.in, got, c.want)
		}
	}
}

// Every province and country is found by the names that pages show, so that what is copied from a page is taken.
func TestShownRegionsResolve(t *testing.T) {
	for _, n := range codes.Regions() {
		for _, name := range []string{n.Name.ZH, n.Name.EN, n.Code} {
			if got, ok := Region(name); !ok || got != n.Code {
				t.Errorf("%q = %q, want %s", name, got, n.Code)
			}
		}
	}
}

func TestSkillTable(t *testing.T) {
	table := NewSkillTable([]talent.Skill{{ID: "go", NameEN: "Go"}, {ID: "cpp", NameEN: "C++", NameZH: "C++"}, {ID: "c", NameEN: "C"},
		{ID: "large-language-models", NameEN: "Large language models", NameZH: "大语言模型"}, {ID: "llm-training", NameEN: "Training of large language models"}})
	for in, want := range map[string]string{"GO": "go", "c++": "cpp", "C": "c", "大语言模型": "large-language-models", "Large Language Models": "large-language-models",
		"large_language_models": "large-language-models", "": "", "java": ""} {
		if got, _ := table.Resolve(in); got != want {
			t.Errorf("%q = %q, want %q", in, got, want)
		}
	}
	if says := table.Unknown("language models"); !strings.Contains(says, "did you mean large-language-models, llm-training?") {
		t.Error(says)
	}
	if says := NewSkillTable(nil).Unknown("go"); !strings.Contains(says, "gapwatch migrate") {
		t.Error(says)
	}
}
