package words

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTextsAreComplete: both languages have the same keys with the same placeholders, and none is empty. English alone has
// texts for one thing (Count).
func TestTextsAreComplete(t *testing.T) {
	chinese, err := Load(Chinese)
	if err != nil {
		t.Fatal(err)
	}
	english, err := Load(English)
	if err != nil {
		t.Fatal(err)
	}
	places := regexp.MustCompile(`\{\d\}`)
	for k, z := range chinese {
		e, ok := english[k]
		if !ok {
			t.Errorf("%s has no English text", k)
			continue
		}
		if z == "" || e == "" {
			t.Errorf("%s is empty in a language", k)
		}
		a, b := places.FindAllString(z, -1), places.FindAllString(e, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
			t.Errorf("%s has placeholders %v in Chinese and %v in English", k, a, b)
		}
	}
	for k := range english {
		if _, ok := english[strings.TrimSuffix(k, ".one")]; strings.HasSuffix(k, ".one") && ok {
			continue
		}
		if _, ok := chinese[k]; !ok {
			t.Errorf("%s has no Chinese text", k)
		}
	}
}

// TestOneTermAThing: a thing that people read of has one name in a language.
func TestOneTermAThing(t *testing.T) {
	for lang, wrong := range map[string]string{Chinese: `职位|趋势区间`, English: `(?i)\bsevere\b|level Ⅲ, marked|\bextreme\b`} {
		text, err := Load(lang)
		if err != nil {
			t.Fatal(err)
		}
		other := regexp.MustCompile(wrong)
		for key, said := range text {
			if found := other.FindString(said); found != "" {
				t.Errorf("%s: %s says %q, which has another name", lang, key, found)
			}
		}
	}
}
