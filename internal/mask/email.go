package mask

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/text"
)

// localByte reports whether c may stand in the part of an address before the @.
func localByte(c byte) bool {
	return letter(c) || digit(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%'
}

func hostByte(c byte) bool { return letter(c) || digit(c) || c == '-' || c == '.' }

// emailAt masks the address around the @ at s[i:i+width].
func emailAt(s string, i, width, floor int) span {
	left := i
	for left > floor && localByte(s[left-1]) {
		left--
	}
	// Blanks around the @ are a usual disguise: "name @ host.com".
	if left == i && i > floor && s[i-1] == ' ' {
		for left--; left > floor && localByte(s[left-1]); {
			left--
		}
		if left == i-1 {
			return span{}
		}
	}
	for left < i && (s[left] == '.' || s[left] == '-' || s[left] == '+') {
		left++
	}
	right := i + width
	if right < len(s) && s[right] == ' ' {
		right++
	}
	end := hostEnd(s, right)
	if left >= i || end == 0 {
		return span{}
	}
	return span{left, end, maskEmail}
}

// hostEnd returns the end of a host name with a top-level domain at s[start:], 0 when there is none.
func hostEnd(s string, start int) int {
	end := start
	for end < len(s) && hostByte(s[end]) {
		end++
	}
	for end > start && (s[end-1] == '.' || s[end-1] == '-') {
		end--
	}
	host := s[start:end]
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || len(host)-dot-1 < 2 || len(host)-dot-1 > 24 {
		return 0
	}
	for _, c := range []byte(host[dot+1:]) {
		if !letter(c) {
			return 0
		}
	}
	return end
}

// hashEmail masks "name#host.com", which Chinese postings write against harvesters; only under common
// top-level domains, because # has other uses.
func hashEmail(s string, i, floor int) span {
	left := i
	for left > floor && localByte(s[left-1]) {
		left--
	}
	end := hostEnd(s, i+1)
	if i-left < 2 || end == 0 || !hasAnySuffix(strings.ToLower(s[i+1:end]), ".com", ".cn", ".net", ".io", ".ai", ".org", ".me", ".co") {
		return span{}
	}
	for j := left - 1; j >= floor && s[j] > ' ' && s[j] < 0x80; j-- {
		if s[j] == '/' { // the fragment of a URL
			return span{}
		}
	}
	return span{left, end, maskEmail}
}

// spelledEmail masks "name at host dot com" at its "dot"; brackets of any kind may stand around the words.
func spelledEmail(s string, i, floor int) span {
	if !text.PrefixFold(s[i:], "dot") || i+3 >= len(s) || letter(s[i+3]) {
		return span{}
	}
	// To the right: further labels, the last of which is the top-level domain.
	end := i
	for range 5 { // host names have no more labels, and texts of nothing but dots take no square of time
		j, ok := skipWord(s, end, "dot")
		if !ok {
			break
		}
		k := j
		for k < len(s) && (letter(s[k]) || digit(s[k]) || s[k] == '-') {
			k++
		}
		if k == j {
			break
		}
		end = k
	}
	tld := end
	for tld > i && letter(s[tld-1]) {
		tld--
	}
	if end == i || end-tld < 2 || end-tld > 4 { // longer ones are words: "at Acme dot matrix"
		return span{}
	}
	// To the left: host, "at", name.
	j := skipLeft(s, i, floor)
	host := j
	for host > floor && hostByte(s[host-1]) {
		host--
	}
	if host == j {
		return span{}
	}
	at := skipLeft(s, host, floor)
	nameEnd := 0
	switch {
	case at-2 >= floor && text.PrefixFold(s[at-2:], "at") && at < host && (at-2 == floor || !letter(s[at-3])):
		nameEnd = skipLeft(s, at-2, floor)
		if nameEnd == at-2 {
			return span{}
		}
	case at-1 >= floor && s[at-1] == '@':
		nameEnd = skipLeft(s, at-1, floor)
	default:
		return span{}
	}
	name := nameEnd
	for name > floor && localByte(s[name-1]) {
		name--
	}
	if name == nameEnd {
		return span{}
	}
	// "jane {dot} doe {at} host {dot} com"
	for range 5 {
		j := skipLeft(s, name, floor)
		if j-3 < floor || j == name || !text.PrefixFold(s[j-3:], "dot") || j-3 > floor && letter(s[j-4]) {
			break
		}
		k := skipLeft(s, j-3, floor)
		first := k
		for first > floor && localByte(s[first-1]) {
			first--
		}
		if first == k || k == j-3 {
			break
		}
		name = first
	}
	return span{name, end, maskEmail}
}

// bracketedAt masks "name [at] host.com" and "name(at)host.com" at its "at".
func bracketedAt(s string, i, floor int) span {
	if !text.PrefixFold(s[i:], "at") || i == 0 {
		return span{}
	}
	open := i
	for open > floor && s[open-1] == ' ' {
		open--
	}
	if open == floor || !strings.ContainsRune("[({<", rune(s[open-1])) {
		return span{}
	}
	right := i + 2
	for right < len(s) && s[right] == ' ' {
		right++
	}
	if right >= len(s) || !strings.ContainsRune("])}>", rune(s[right])) {
		return span{}
	}
	for right++; right < len(s) && s[right] == ' '; {
		right++
	}
	end := hostEnd(s, right)
	nameEnd := open - 1
	for nameEnd > floor && s[nameEnd-1] == ' ' {
		nameEnd--
	}
	name := nameEnd
	for name > floor && localByte(s[name-1]) {
		name--
	}
	if end == 0 || name == nameEnd {
		return span{}
	}
	return span{name, end, maskEmail}
}

func filler(c byte) bool {
	return c == ' ' || c == '[' || c == ']' || c == '(' || c == ')' || c == '{' || c == '}' || c == '_' || c == '-'
}

// skipWord passes word and the fillers around it at s[i:].
func skipWord(s string, i int, word string) (next int, ok bool) {
	for i < len(s) && filler(s[i]) {
		i++
	}
	if !text.PrefixFold(s[i:], word) {
		return 0, false
	}
	i += len(word)
	start := i
	for i < len(s) && filler(s[i]) {
		i++
	}
	return i, i > start
}

// skipLeft passes fillers before s[i].
func skipLeft(s string, i, floor int) int {
	for i > floor && filler(s[i-1]) {
		i--
	}
	return i
}
