package normalise

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/text"
)

// Unstated is the experience of a posting that says nothing about it.
const Unstated = -1

// Experience reads the least years of experience asked for: "5-10年" is 5, "3年以上" is 3, "应届", "实习" and
// "经验不限" are 0, and Unstated (-1) is returned when neither the field nor the text says.
func Experience(stated, body string) int {
	years, _ := experience(stated, body)
	return years
}

// experience also tells whether the number says something about seniority, which 经验不限 does not.
func experience(stated, body string) (years int, seniority bool) {
	s := strings.ToLower(narrow(strings.TrimSpace(stated)))
	if s == "" {
		return experienceIn(body)
	}
	switch {
	case containsAny(s, "不限", "无要求", "不要求", "any"):
		return 0, false
	case containsAny(s, "应届", "实习", "在校", "无经验", "届毕业", "entry", "intern", "graduate"):
		return 0, true
	case containsAny(s, "1年以下", "一年以下", "1年以内", "1年内"):
		return 0, true
	}
	if n, _, ok := smallNumber(s, 0); ok {
		return n, true
	}
	switch {
	case strings.Contains(s, "senior"):
		return Unstated, false
	}
	return Unstated, false
}

// smallNumber finds the first number up to 40 in s, in digits or Chinese numerals before 年.
func smallNumber(s string, from int) (n, end int, ok bool) {
	for i := from; i < len(s); i++ {
		if digit(s[i]) {
			j := i
			for j < len(s) && digit(s[j]) {
				n = min(n*10+int(s[j]-'0'), 10_000)
				j++
			}
			if n <= 40 {
				return n, j, true
			}
			n, i = 0, j
		}
	}
	if i := strings.Index(s, "年"); i >= 3 {
		if n := numeral(s[i-3 : i]); n > 0 {
			return n, i, true
		}
	}
	return 0, 0, false
}

func numeral(s string) int {
	for i, c := range [...]string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"} {
		if s == c {
			return i + 1
		}
	}
	if s == "两" {
		return 2
	}
	return 0
}

// experienceIn finds the requirement in running text: the first "3年以上 … 经验", "3-5年…经验" or "5+ years …
// experience". Other years (of the company, of a contract) lack the word within reach.
func experienceIn(body string) (years int, seniority bool) {
	for i := 0; i+3 <= len(body); i++ {
		switch body[i] {
		case 0xE5: // 年
			if body[i+1] == 0xB9 && body[i+2] == 0xB4 {
				if n, ok := numberBefore(body, i); ok && !hasAnyPrefix(body[i+3:], "以内", "以下", "内") && near(body[i+3:], 60, "经验", "经历", "从业") {
					return n, true
				}
			}
			i += 2
		case 'y', 'Y':
			if (body[i+1]|0x20 == 'e' || body[i+1]|0x20 == 'r') && (text.PrefixFold(body[i:], "year") || text.PrefixFold(body[i:], "yrs")) {
				if n, ok := numberBefore(body, i); ok && (near(body[i:], 60, "experience", "Experience") || strings.HasPrefix(body[max(0, i-2):i], "+")) {
					return n, true
				}
			}
		}
	}
	return Unstated, false
}

// near reports whether one of words begins within the first n bytes of s, in the same line.
func near(s string, n int, words ...string) bool {
	if len(s) > n+10 {
		s = s[:n+10]
	}
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	return containsAny(s, words...)
}

// numberBefore reads the number that ends right before body[end:], the lower one of a range ("3-5", "3~5",
// "3 至 5"), "5+" as 5; numbers above 40 are years of the calendar or of a company.
func numberBefore(body string, end int) (int, bool) {
	i := end
	for i > 0 && (body[i-1] == ' ' || body[i-1] == '+') {
		i--
	}
	n, start, ok := digitsBefore(body, i)
	if !ok {
		if i >= 3 {
			if n := numeral(body[i-3 : i]); n > 0 {
				return n, true
			}
		}
		return 0, false
	}
	for _, sep := range [...]string{"-", "~", "–", "—", "～", "至", "到", " to "} {
		if before, found := strings.CutSuffix(strings.TrimRight(body[:start], " "), strings.TrimRight(sep, " ")); found {
			before = strings.TrimRight(before, " 年")
			if low, _, ok := digitsBefore(before, len(before)); ok && low < n {
				return low, true
			}
		}
	}
	return n, true
}

// itemNumber reports whether the digit at body[i] numbers an item: "1.3年以上经验" is item 1 and three years.
func itemNumber(body string, i int) bool { return i == 0 || body[i-1] == '\n' || body[i-1] == ' ' }

func digitsBefore(body string, end int) (n, start int, ok bool) {
	start = end
	for start > 0 && digit(body[start-1]) {
		start--
	}
	if start == end || end-start > 2 || start > 1 && body[start-1] == '.' && digit(body[start-2]) && !itemNumber(body, start-2) {
		return 0, start, false
	}
	for _, c := range []byte(body[start:end]) {
		n = n*10 + int(c-'0')
	}
	return n, start, n <= 40
}
