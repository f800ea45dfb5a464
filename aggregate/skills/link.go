package skills

import "strings"

// The bytes that may stand inside a URL, a domain or an e-mail address, as bit sets of 0–63 and 64–127.
const (
	tokenLow  uint64 = (1<<10-1)<<'0' | 1<<'.' | 1<<'-' | 1<<':' | 1<<'/' | 1<<'%' | 1<<'+' | 1<<'#' | 1<<'&' | 1<<'=' | 1<<'?' | 1<<'!' | 1<<'$' | 1<<'*'
	tokenHigh uint64 = (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64) | 1<<('@'-64) | 1<<('_'-64) | 1<<('~'-64)
)

func isTokenByte(c byte) bool {
	if c < 64 {
		return tokenLow>>c&1 != 0
	}
	return c < 128 && tokenHigh>>(c-64)&1 != 0
}

// findLink looks for the first link in the token that s starts with and returns its bounds in s. A link is
// scheme://…, www.…, name@host.tld or host.tld with an optional path; isSkill may claim a bare host for a skill
// ("asp.net").
func findLink(s string, isSkill func(string) bool) (from, to int, ok bool) {
	end, at, dot := 0, -1, false
	for end < len(s) && isTokenByte(s[end]) {
		switch s[end] {
		case '@':
			if at < 0 {
				at = end
			}
		case '.':
			dot = true
		}
		end++
	}
	token := s[:end]
	if i := strings.Index(token, "://"); i > 0 {
		from = i
		for from > 0 && isLetter(token[from-1]) {
			from--
		}
		if from < i {
			return from, end, true
		}
	}
	if !dot {
		return 0, 0, false
	}
	if at > 0 {
		from = at
		for from > 0 && (isAlnum(token[from-1]) || strings.IndexByte("._%+-", token[from-1]) >= 0) {
			from--
		}
		to = at + 1
		for to < end && (isAlnum(token[to]) || token[to] == '.' || token[to] == '-') {
			to++
		}
		if from < at && strings.Contains(strings.Trim(token[at+1:to], "."), ".") {
			return from, to, true
		}
	}
	host := token
	if i := strings.IndexAny(host, "/:?#"); i >= 0 {
		host = host[:i]
	}
	trimmed := strings.TrimRight(host, ".!*")
	if strings.HasPrefix(trimmed, "www.") || isHost(trimmed) && !isSkill(trimmed) {
		if len(trimmed) < len(host) {
			return 0, len(trimmed), true // "example.com." ends a sentence
		}
		return 0, end, true
	}
	return 0, 0, false
}

// isHost reports whether s is written like a host name under a top-level domain that job boards, employers and
// projects use. Names of files and libraries ("node.js") are none.
func isHost(s string) bool {
	i := strings.LastIndexByte(s, '.')
	if i <= 0 {
		return false
	}
	switch s[i+1:] {
	case "com", "org", "net", "io", "ai", "co", "cn", "dev", "app", "edu", "gov", "me", "us", "uk", "de", "fr", "eu", "jobs", "tech", "COM", "ORG", "CN":
	default:
		return false
	}
	for j := range i {
		if c := s[j]; !isAlnum(c) && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isAlnum(c byte) bool {
	const digits, letters uint64 = (1<<10 - 1) << '0', (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64)
	if c < 64 {
		return digits>>c&1 != 0
	}
	return c < 128 && letters>>(c-64)&1 != 0
}
