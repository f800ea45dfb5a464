package textnorm_test

import (
	"testing"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/textnorm"
)

// FuzzText: normal forms are normal forms of themselves, and sound text stays sound.
func FuzzText(f *testing.F) {
	for _, s := range []string{"示例科技（上海）有限公司", "ＡＣＭＥ, Inc.", "\xff\xe5", "İstanbul ﬀ", "\u200b\u3000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, employer := textnorm.Text(s), textnorm.Employer(s)
		if again := textnorm.Text(text); again != text {
			t.Errorf("Text(%q) = %q, and of that %q", s, text, again)
		}
		if again := textnorm.Employer(employer); again != employer {
			t.Errorf("Employer(%q) = %q, and of that %q", s, employer, again)
		}
		if utf8.ValidString(s) && (!utf8.ValidString(text) || !utf8.ValidString(employer)) {
			t.Errorf("%q is UTF-8, %q or %q is not", s, text, employer)
		}
		textnorm.Language(s)
	})
}
