package notify_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/alerts/notify"
)

func TestForeign(t *testing.T) {
	for in, want := range map[string]string{
		"深度学习":                             "“深度学习”",
		"GPT-3.5 与 Python 3.11, v1.2.3":    "“GPT-3.5 与 Python 3.11, v1[.]2[.]3”",
		"Claim now: http://evil.example/x": "“Claim now: http[:]/evil[.]example/x”",
		"evil.example":                     "“evil[.]example”",
		"www.evil.example?a=b":             "“www[.]evil[.]example?a=b”",
		"mail ops@evil.example":            "“mail ops[@]evil[.]example”",
		"mailto:ops":                       "“mailto[:]ops”",
		"//evil.example \\\\evil\\share":   "“/evil[.]example \\evil\\share”",
		"ｅ．ｅｖｉｌ．ｅｘａｍｐｌｅ ａ＠ｂ":                       "“ｅ[.]ｅｖｉｌ[.]ｅｘａｍｐｌｅ ａ[@]ｂ”",
		"点击 网址.中国":                                 "“点击 网址[.]中国”",
		"evil。example":                             "“evil[.]example”",
		"很好。真的。":                                   "“很好。真的。”",
		"a\r\nBcc: x@y.example\x00\u202e\u200bend": "“a Bcc: x[@]y[.]exampleend”",
		"evil\u200b.\u200bexample":                 "“evil[.]example”",
		"he said “stop”":                           "“he said 'stop'”",
		"10.0.0.1":                                 "“10[.]0[.]0[.]1”",
		"3.5":                                      "“3.5”",
		"\xff\xfe":                                 "“�”",
		"":                                         "“”",
	} {
		if got := notify.Theirs(in).String(); got != want {
			t.Errorf("%q reads %q, want %q", in, got, want)
		}
	}
	if got := notify.Theirs(strings.Repeat("长", 500)).String(); utf8.RuneCountInString(got) != 82 || !strings.HasSuffix(got, "…”") {
		t.Errorf("not cut: %q", got)
	}
}

func TestForeignProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"http://", "https:", "www.", "evil.example", "@", "．", "＠", "://", "\r\n", ".",
			"3", ".5", "a", "\u200b", "\u202e", "[", "]", "mailto:", "\\\\", "//", "。", "“", "\u00ad", "[.", ".]", "[@", "中"})), 0, 12).Draw(t, "parts"), "")
		out := notify.Theirs(in).String()
		if link := findLink(out); link != "" {
			t.Fatalf("%q reads %q, which holds %q", in, out, link)
		}
		if strings.ContainsFunc(out, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) || !utf8.ValidString(out) {
			t.Fatalf("%q reads %q", in, out)
		}
		inner := strings.TrimSuffix(strings.TrimPrefix(out, "“"), "”")
		if strings.ContainsAny(inner, "“”") {
			t.Fatalf("%q ends its quotation early: %q", in, out)
		}
	})
}

// findLink finds what a generous mail program would turn into a link: rules of its own, unlike those of the code.
func findLink(text string) string {
	for word := range strings.FieldsSeq(text) {
		fold := strings.ToLower(strings.NewReplacer("．", ".", "｡", ".", "＠", "@", "：", ":", "／", "/").Replace(word))
		switch {
		case strings.Contains(fold, "://"), strings.HasPrefix(fold, "\\\\"), strings.HasPrefix(fold, "//"):
			return word
		}
		for i, r := range fold {
			next, _ := utf8.DecodeRuneInString(fold[i+utf8.RuneLen(r):])
			before, _ := utf8.DecodeLastRuneInString(fold[:i])
			switch {
			case r == '@' && before != '[':
				return word
			case r == '.' && unicode.IsLetter(next) && (unicode.IsLetter(before) || unicode.IsDigit(before)):
				return word
			}
		}
	}
	return ""
}
