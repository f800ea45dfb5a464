package notify

import (
	"strings"
	"unicode"
)

// maxForeign is how much of a text of others a letter quotes, in characters.
const maxForeign = 80

// Foreign is a text that somebody else wrote: the name of an organisation, an employer or a course, the title of a
// posting, a note. It can only be read as String gives it, so that no letter holds it in another form.
type Foreign struct{ raw string }

// Theirs marks a text as somebody else's.
func Theirs(text string) Foreign { return Foreign{text} }

// String is the text in quotation marks, on one line, cut to 80 characters, without control and invisible characters,
// and without anything that a mail program turns into a link: example.com reads example[.]com.
func (f Foreign) String() string {
	s := strings.NewReplacer("“", "'", "”", "'").Replace(oneLine(f.raw))
	if r := []rune(s); len(r) > maxForeign {
		s = strings.TrimSpace(string(r[:maxForeign-1])) + "…"
	}
	return "“" + unlink(s) + "”"
}

// MarshalText keeps Foreign from being written raw by an encoder.
func (f Foreign) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// oneLine drops control and format characters, among them those that turn the direction of writing, and makes every
// run of blanks one.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "�")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.In(r, unicode.C, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// unlink breaks what mail programs turn into links: an address of a host (a dot between letters or digits, but a
// number such as 3.5 stays), of a person (@), with a scheme (a colon before anything but a blank), of a path
// (a slash at the beginning of a host or share).
func unlink(s string) string {
	in := []rune(strings.NewReplacer("．", ".", "｡", ".", "＠", "@", "﹫", "@", "：", ":", "／", "/", "＼", "\\").Replace(s))
	if !strings.ContainsAny(string(in), ".@:。\\/") {
		return s
	}
	at := func(i int) rune {
		if i < 0 || i >= len(in) {
			return ' '
		}
		return in[i]
	}
	word := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r == '-' || r == '_'
	}
	var b strings.Builder
	for i, r := range in {
		before, after := at(i-1), at(i+1)
		switch {
		case r == '@':
			b.WriteString("[@]")
		case r == '.' && word(before) && word(after) && !decimal(at, i),
			r == '。' && before < 128 && after < 128 && word(before) && word(after):
			b.WriteString("[.]")
		case r == ':' && !unicode.IsSpace(after) && word(before) && (after == '/' || before < 128):
			b.WriteString("[:]")
		case (r == '/' || r == '\\') && before == r: // //host and \\share
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// decimal reports whether the dot at i stands inside a number with one dot.
func decimal(at func(int) rune, i int) bool {
	digits := func(step int) (end rune) {
		j := i + step
		for at(j) >= '0' && at(j) <= '9' {
			j += step
		}
		if j == i+step {
			return '.'
		}
		return at(j)
	}
	left, right := digits(-1), digits(1)
	return left != '.' && right != '.' && !unicode.IsLetter(right) && right != '-' && right != '/' && right != ':' && right != '@' && left != '@' && left != '/'
}

// unscheme breaks only what always begins a link. Words of our own, such as the name of a skill, may hold dots.
func unscheme(s string) string {
	return strings.NewReplacer("://", "[:]//", "@", "[@]", "www.", "www[.]", "WWW.", "WWW[.]").Replace(strings.ReplaceAll(s, "[@]", "@"))
}
