package text_test

import (
	"strings"
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

// Text is valid, tidy and not longer than what it was made of.
func FuzzPlainText(f *testing.F) {
	for _, s := range []string{"<p>a<br>b<ul><li>c</ul>", "&lt;p&gt;x&amp;amp;", "List<String> <EMAIL>", "<script>a</script>b", "\u200b\ufeff a\r\n\n\n\nb", "<li><li><p>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range []string{text.PlainText(s), text.Of(s)} {
			if utf8.ValidString(s) && !utf8.ValidString(got) {
				t.Errorf("%q became %q", s, got)
			}
			if len(got) > 3*len(s)+16 || got != strings.TrimSpace(got) {
				t.Errorf("%q became %q", s, got)
			}
		}
	})
}
