// Package mask takes personal data of recruiters and applicants out of what is about to be written: of postings before
// they reach Kafka, and once more before they are stored. It is pure.
package mask

import "strings"

// What stands in the place of personal data.
const (
	maskEmail   = "<EMAIL>"
	maskPhone   = "<PHONE>"
	maskContact = "<CONTACT>"
)

// Text replaces personal data of recruiters and applicants: e-mail addresses (also "name at host dot com") by
// <EMAIL>; mobile, landline and international numbers by <PHONE>; ids of messengers after their label (微信, VX,
// QQ, Telegram …) and names of contacts after 联系人, HR and "Contact" by <CONTACT>. Salaries, years, dates,
// versions and job ids stay. Text(Text(s)) is Text(s).
func Text(s string) string {
	// A replacement can expose the end of something else, which a second pass finds; a third finds nothing in
	// texts that people write.
	for range 8 {
		masked, changed := maskOnce(s)
		if !changed {
			break
		}
		s = masked
	}
	return s
}

// span is a piece of the text and what replaces it.
type span struct {
	start, end int
	with       string
}

// maskOnce goes over s once. Almost every byte and word is passed after one look at what it begins with, which keeps
// long texts without personal data cheap.
func maskOnce(s string) (string, bool) {
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case letter(c):
			if i > 0 && letter(s[i-1]) || !labels.mayBegin(s, i) {
				i = wordAfter(s, i)
				continue
			}
		case c <= ' ', c == ',', c == '.', c == '-':
			i++
			continue
		}
		found, next := match(s, i, done)
		if found.with == "" {
			i = max(next, i+1)
			continue
		}
		if b.Cap() == 0 {
			b.Grow(len(s) + 32)
		}
		b.WriteString(s[done:found.start])
		b.WriteString(found.with)
		done, i = found.end, found.end
	}
	if done == 0 {
		return s, false
	}
	b.WriteString(s[done:])
	return b.String(), true
}

// match looks for personal data that is recognised at s[i], which may begin a word but not go on with one; it may begin before i, but
// not before floor. next is where to go on when there is none (i+1 at least).
func match(s string, i, floor int) (found span, next int) {
	c := s[i]
	switch {
	case c == '@':
		return emailAt(s, i, 1, floor), 0
	case digit(c):
		return phoneAt(s, i)
	case letter(c):
		switch c | 0x20 {
		case 'w', 'v', 'q', 't', 's', 'l', 'k':
			if sp := messengerAt(s, i); sp.with != "" {
				return sp, 0
			}
			if sp := labelledPhone(s, i); sp.with != "" {
				return sp, 0
			}
		case 'p', 'm', 'c', 'h', 'r':
			if sp := labelledPhone(s, i); sp.with != "" {
				return sp, 0
			}
			if sp := namedContact(s, i); sp.with != "" {
				return sp, 0
			}
		case 'd':
			if sp := spelledEmail(s, i, floor); sp.with != "" {
				return sp, 0
			}
		case 'a':
			if sp := bracketedAt(s, i, floor); sp.with != "" {
				return sp, 0
			}
		}
		return span{}, wordAfter(s, i)
	case c == '+':
		if i+1 < len(s) && (s[i+1] == 'v' || s[i+1] == 'V') {
			return messengerAt(s, i+1), 0
		}
		return phoneAt(s, i)
	case c == '(':
		return phoneAt(s, i)
	case c == '#':
		return hashEmail(s, i, floor), 0
	case c >= 0xE5 && c <= 0xEF && i+2 < len(s):
		switch s[i : i+3] {
		case "微", "薇", "企", "飞", "钉", "电", "手", "座", "联", "致", "热", "加", "扣", "招", "负", "对":
			if sp := messengerAt(s, i); sp.with != "" {
				return sp, 0
			}
			if sp := labelledPhone(s, i); sp.with != "" {
				return sp, 0
			}
			return namedContact(s, i), i + 3
		case "女", "先", "小":
			return titledName(s, i, floor), i + 3
		case "＠":
			return emailAt(s, i, 3, floor), 0
		}
		return span{}, i + 3
	}
	return span{}, i + 1
}

// wordAfter returns the end of the Latin word that s[i] lies in.
func wordAfter(s string, i int) int {
	for i < len(s) && letter(s[i]) {
		i++
	}
	return i
}
