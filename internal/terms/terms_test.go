package terms

import (
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/words"
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

func TestUnknownSkillIsToldWithOffers(t *testing.T) {
	text, err := words.LoadAll()
	if err != nil {
		t.Fatal(err)
	}
	skills, err := NewSkills(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ lang, text, says string }{
		{"en", "pytroch", "did you mean pytorch?"}, {"zh", "pytroch", "您是否指：PyTorch 框架（pytorch）？"},
		{"en", "sjmx", "may mean data-modelling, world-models"}, {"zh", "sjmx", "世界模型（world-models）"},
		{"en", "alchemy", "GET /api/v1/skills?q="}, {"zh", "炼金术", "不在技能体系中"},
	} {
		if says := skills.Unknown(c.lang, c.text); !strings.Contains(says, c.says) {
			t.Errorf("%s %q: %s", c.lang, c.text, says)
		}
	}
}
