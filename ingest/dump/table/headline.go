package table

import (
	"strings"
	"unicode"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// readHeadLine fills empty fields of a posting from a first line of the shape "Company | Role | Place | …". Without
// that shape (three parts, the first one a name) it leaves them empty: a guess would be counted as a fact.
func readHeadLine(p *talent.Posting) {
	head := strings.ReplaceAll(strings.ReplaceAll(firstLine(p.Text), "｜", "|"), "│", "|")
	if len(head) > 600 || strings.Count(head, "|") < 2 {
		return
	}
	parts := strings.Split(head, "|")
	employer := strings.Trim(withoutBrackets(parts[0]), " \t-–—:,*#")
	if kinds := partKinds(employer); employer == "" || len(employer) > 80 || len(strings.Fields(employer)) > 8 ||
		kinds&(isTerms|endsInRole|onlyRemote) != 0 {
		return
	}
	var title, place, remote, pay string
	for _, part := range parts[1:] {
		part = strings.TrimSpace(part)
		if part == "" || len(part) > 200 {
			continue
		}
		bare := withoutBrackets(part)
		kinds := partKinds(bare)
		whole := kinds
		if bare != part {
			whole = partKinds(part)
		}
		switch {
		case pay == "" && statesMoney(part):
			pay = part
		case title == "" && kinds&isRole != 0 && kinds&isRemote == 0:
			title = part
		case remote == "" && whole&isRemote != 0:
			remote = part
		case whole&isTerms != 0:
		case place == "" && kinds&isRole == 0 && looksLikePlace(bare):
			place = part
		}
	}
	if place == "" {
		place = remote
	}
	fill := func(f *string, s string) {
		if *f == "" {
			*f = text.Line(s)
		}
	}
	fill(&p.Employer, employer)
	fill(&p.Title, title)
	fill(&p.Location, place)
	fill(&p.Salary, pay)
}

// What the words of a part of a head line speak of.
const (
	isRole     = 1 << iota // the work
	isTerms                // the conditions of work, an address, an investor
	isRemote               // from where it may be done
	endsInRole             // the part is a role and no name: "Lead Backend Developer"
	onlyRemote             // the part says nothing else
)

func partKinds(part string) int {
	kinds, last, before, n := 0, 0, "", 0
	for word := range strings.FieldsFuncSeq(part, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		word = strings.ToLower(word)
		last = wordKind(before, word)
		kinds |= last
		before = word
		n++
	}
	if last == isRole && roleNoun(before) {
		kinds |= endsInRole
	}
	if kinds == isRemote && n == 1 {
		kinds |= onlyRemote
	}
	if strings.ContainsAny(part, "@") || strings.Contains(part, "://") {
		kinds |= isTerms
	}
	for _, s := range [...]string{"工程师", "开发", "设计师", "经理", "算法", "架构师", "研究员", "运维", "测试", "总监", "专家"} {
		if strings.Contains(part, s) {
			kinds |= isRole
		}
	}
	return kinds
}

// roleNoun reports whether a word names a person by work.
func roleNoun(word string) bool {
	switch strings.TrimSuffix(word, "s") {
	case "engineer", "developer", "programmer", "designer", "scientist", "architect", "manager", "analyst":
		return true
	}
	return false
}

func wordKind(before, word string) int {
	switch word {
	case "time":
		if before == "full" || before == "part" {
			return isTerms
		}
	case "end":
		if before == "front" || before == "back" {
			return isRole
		}
	case "site":
		if before == "on" {
			return isRemote
		}
	case "fulltime", "parttime", "contract", "contractor", "contractors", "permanent", "freelance", "intern", "interns",
		"internship", "internships", "visa", "visas", "h1b", "equity", "benefits", "seed", "series", "funded", "yc", "relocation",
		"sponsor", "sponsored", "sponsorship", "salary", "competitive", "https", "http", "www", "全职", "兼职":
		return isTerms
	case "remote", "onsite", "anywhere", "worldwide", "distributed", "telecommute", "remotely", "远程", "远程办公":
		return isRemote
	case "engineer", "engineers", "engineering", "developer", "developers", "development", "devs", "dev", "programmer", "programmers",
		"designer", "designers", "scientist", "scientists", "analyst", "analysts", "architect", "architects", "researcher",
		"researchers", "manager", "managers", "director", "lead", "head", "vp", "cto", "sre", "devops", "sysadmin",
		"administrator", "consultant", "consultants", "specialist", "fullstack", "stack", "frontend", "backend", "roles", "role",
		"positions", "position", "openings", "founder", "cofounder", "writer", "recruiter", "hacker", "hackers", "data", "learning",
		"security", "qa", "product", "mobile", "ios", "android", "software", "ruby", "python", "java", "javascript", "rails", "php",
		"golang", "react", "node":
		return isRole
	}
	return 0
}

// withoutBrackets drops notes and addresses after a name, as in "Acme (https://acme.example)".
func withoutBrackets(s string) string {
	for {
		open := strings.IndexAny(s, "([")
		if open < 0 {
			break
		}
		end := strings.IndexAny(s[open:], ")]")
		if end < 0 {
			s = s[:open]
			break
		}
		s = s[:open] + s[open+end+1:]
	}
	for _, mark := range []string{"http://", "https://", "www."} {
		if i := strings.Index(s, mark); i >= 0 {
			s = s[:i]
		}
	}
	return strings.TrimSpace(s)
}

// statesMoney finds a currency sign before a number, or a number in thousands.
func statesMoney(s string) bool {
	var before rune
	for i, r := range s {
		digit := before >= '0' && before <= '9'
		switch {
		case strings.ContainsRune("$€£¥", before) && r >= '0' && r <= '9', digit && r == '万':
			return true
		case digit && (r == 'k' || r == 'K') && !unicode.IsLetter(nextRune(s[i+1:])):
			return true
		}
		if r != ' ' {
			before = r
		}
	}
	return false
}

func nextRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// looksLikePlace accepts a few capitalised words, or Chinese.
func looksLikePlace(s string) bool {
	if s == "" || len(strings.Fields(s)) > 8 {
		return false
	}
	for i, r := range s {
		switch {
		case i == 0 && !unicode.IsUpper(r) && !unicode.Is(unicode.Han, r):
			return false
		case unicode.IsLetter(r), unicode.IsMark(r), strings.ContainsRune(".,'’/&+ -", r):
		default:
			return false
		}
	}
	return true
}
