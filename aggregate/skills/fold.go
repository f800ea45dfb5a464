package skills

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/text"
)

// Marks that folding puts in place of what has no letters to match.
const (
	linkMark rune = '\uFFFC' // a URL, domain or e-mail address
	dashMark rune = '\u2013' // a dash between spaces: separates, unlike a hyphen
)

// folded is a text as the matcher reads it: width and case folded, runs of spaces and single hyphens between
// letters as one space, spaces between Han and Latin left out, links replaced by linkMark. at[i] is the byte
// offset in the text of the rune that runes[i] stands for.
type folded struct {
	runes []rune
	at    []int32
	links []int32 // where runes is linkMark
	// starts is where a form may begin: at every rune that does not follow a word rune, and at every Han rune.
	starts []int32
}

// fold reads text into f, which is reused. isSkill tells domain-like skills ("asp.net") from links.
func (f *folded) fold(text string, isSkill func(string) bool) {
	// A folded rune stands for at least one byte.
	f.runes = slices.Grow(f.runes[:0], len(text))[:len(text)]
	f.at = slices.Grow(f.at[:0], len(text))[:len(text)]
	f.starts = slices.Grow(f.starts[:0], len(text))[:len(text)]
	f.links = f.links[:0]
	runes, at, n := f.runes, f.at, 0
	starts, m := f.starts, 0
	inWord := false            // the last folded rune is a word rune
	token, looked := -1, false // start of the token of link bytes that i is in, and whether it was searched
	for i := 0; i < len(text); {
		b := text[i]
		if isAlnum(b) { // most of a Latin text: a word at once
			if token < 0 {
				token, looked = i, false
			}
			if !inWord {
				starts[m] = int32(n)
				m++
				inWord = true
			}
			for ; i < len(text) && isAlnum(text[i]); i++ {
				runes[n], at[n] = rune(text[i]|0x20), int32(i) // digits have that bit already
				n++
			}
			continue
		}
		if b == ' ' && i+1 < len(text) && (n == 0 || runes[n-1] < 0x2E80) {
			if next := text[i+1]; next > ' ' && next < utf8.RuneSelf && next != '-' { // one space between Latin words
				runes[n], at[n] = ' ', int32(i)
				n++
				i++
				token, inWord = -1, false
				continue
			}
		}
		if !isTokenByte(b) {
			token = -1
		} else {
			if token < 0 {
				token, looked = i, false
			}
			if !looked && (b == '.' || b == '@' || b == ':') {
				looked = true
				if from, to, ok := findLink(text[token:], isSkill); ok {
					for n > 0 && int(at[n-1]) >= token+from {
						n--
					}
					for m > 0 && int(starts[m-1]) >= n {
						m--
					}
					runes[n], at[n] = linkMark, int32(token+from)
					f.links = append(f.links, int32(n))
					n++
					i, inWord = token+to, false
					continue // the rest of the token cannot be a link
				}
			}
		}
		r, size := rune(b), 1
		if b < ' ' || b >= utf8.RuneSelf {
			r, size = foldRune(text, i)
		}
		if r != ' ' && r != '-' {
			runes[n], at[n], starts[m] = r, int32(i), int32(n)
			if !inWord || r >= 0x2E80 {
				m++
			}
			inWord = isWord(r)
			n++
			i += size
			continue
		}
		prev := '\n'
		if n > 0 {
			prev = runes[n-1]
		}
		gap, next := foldGap(text, i, prev)
		if gap != 0 {
			runes[n], at[n] = gap, int32(i)
			n++
			inWord = false
		}
		if next > i+1 || b != '-' {
			token = -1
		}
		i = next
	}
	f.runes, f.at, f.starts = runes[:n], at[:n], starts[:m]
}

// foldGap folds the run of spaces and hyphens that starts at byte i, after the folded rune prev. It returns the
// rune for it, 0 for none, and the offset after it.
func foldGap(text string, i int, prev rune) (gap rune, end int) {
	spaces, hyphens := 0, 0
	var next rune
	for i < len(text) {
		r, size := foldRune(text, i)
		if r != ' ' && r != '-' {
			next = r
			break
		}
		if r == ' ' {
			spaces++
		} else {
			hyphens++
		}
		i += size
	}
	switch {
	case hyphens == 0 && (isHan(prev) && isWord(next) || (isWord(prev) || prev == '+' || prev == '#') && isHan(next)):
		return 0, i // "C 语言" is "C语言"
	case hyphens == 0, hyphens == 1 && spaces == 0 && isWord(prev) && isWord(next):
		return ' ', i
	case hyphens == 1 && spaces == 0:
		return '-', i
	}
	return dashMark, i
}

// end returns the byte offset in text after the rune that runes[i] stands for.
func (f *folded) end(text string, i int) int {
	_, size := utf8.DecodeRuneInString(text[f.at[i]:])
	return int(f.at[i]) + size
}

// foldRune folds case and width of the rune at byte i of text. All spaces become ' ', hyphens '-', line ends
// '\n'.
func foldRune(text string, i int) (rune, int) {
	b := text[i]
	switch {
	case 'A' <= b && b <= 'Z':
		return rune(b) + 'a' - 'A', 1
	case b == '\t':
		return ' ', 1
	case b == '\r':
		if i+1 < len(text) && text[i+1] == '\n' {
			return ' ', 1
		}
		return '\n', 1
	case b < utf8.RuneSelf:
		return rune(b), 1
	}
	r, size := utf8.DecodeRuneInString(text[i:])
	if 0x3400 <= r && r <= 0x9FFF { // most of what is left, and has neither case nor width
		return r, size
	}
	return foldLower(foldWidth(r)), size
}

// foldWidth maps full-width forms to ASCII and typographic spaces, hyphens and quotes to the plain ones.
func foldWidth(r rune) rune {
	switch {
	case r == 0xA0, 0x2000 <= r && r <= 0x200B, r == 0x202F, r == 0xFEFF:
		return ' '
	case r == 0x2010, r == 0x2011:
		return '-'
	case r == 0x2012, r == 0x2014, r == 0x2015:
		return dashMark
	case r == 0x2018, r == 0x2019:
		return '\''
	case r == 0x2028, r == 0x2029, r == 0x85:
		return '\n'
	case r == linkMark:
		return utf8.RuneError // the mark is ours
	}
	return text.Narrow(r)
}

func foldLower(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if r == 0x130 || r == 0x212A { // İ and the Kelvin sign would become plain letters
		return r
	}
	return unicode.ToLower(r)
}

// isWord reports whether r is a letter or digit of a script that puts spaces between words. r is folded.
func isWord(r rune) bool {
	switch {
	case r < 64:
		return '0' <= r && r <= '9'
	case r < utf8.RuneSelf:
		return wordHigh>>(r-64)&1 != 0
	}
	return r < 0x2E80 && isForeignWord(r)
}

// wordHigh is the bit set of the word runes 64–127: small letters and the underscore.
const wordHigh uint64 = (1<<26-1)<<('a'-64) | 1<<('_'-64)

func isForeignWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// isHan reports whether r is of a script that is written without spaces: Han, kana.
func isHan(r rune) bool {
	return 0x3400 <= r && r <= 0x9FFF || 0x3041 <= r && r <= 0x30FF || 0xF900 <= r && r <= 0xFAFF || 0x20000 <= r && r <= 0x3FFFF
}

// foldString returns s as the matcher reads it. Links are not looked for.
func foldString(s string) string {
	var f folded
	f.fold(s, func(string) bool { return true })
	return string(f.runes)
}
