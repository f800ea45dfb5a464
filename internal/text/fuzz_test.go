package text_test

import (
	"testing"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/text"
)

// FuzzNormal: normal forms are normal forms of themselves, and sound text stays sound.
func FuzzNormal(f *testing.F) {
	for _, s := range []string{"示例科技（上海）有限公司", "ＡＣＭＥ, Inc.", "\xff\xe5", "İstanbul ﬀ", "\u200b\u3000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		normal, employer := text.Normal(s), text.Employer(s)
		if again := text.Normal(normal); again != normal {
			t.Errorf("Normal(%q) = %q, and of that %q", s, normal, again)
		}
		if again := text.Employer(employer); again != employer {
			t.Errorf("Employer(%q) = %q, and of that %q", s, employer, again)
		}
		if utf8.ValidString(s) && (!utf8.ValidString(normal) || !utf8.ValidString(employer)) {
			t.Errorf("%q is UTF-8, %q or %q is not", s, normal, employer)
		}
		text.Language(s)
	})
}
