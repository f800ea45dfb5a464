package robots

import "strings"

// Allowed reports whether agent (a product token or a whole User-Agent) may fetch a path with its query. The
// longest matching pattern decides, Allow wins a tie, no match allows, and /robots.txt itself is always
// allowed. RFC 9309 section 2.2.2.
func (r *Rules) Allowed(agent, pathAndQuery string) bool {
	if r == nil {
		return true
	}
	if !strings.HasPrefix(pathAndQuery, "/") {
		pathAndQuery = "/" + pathAndQuery
	}
	if pathAndQuery == "/robots.txt" {
		return true
	}
	if r.denyAll {
		return false
	}
	path, alternative := normalisePath(pathAndQuery)
	allow, best := true, -1
	groups, _ := r.groupsOf(agent)
	for _, g := range groups {
		for _, rule := range g.rules {
			n := len(rule.pattern)
			if n < best || (n == best && (allow || !rule.allow)) {
				continue
			}
			if matches(rule.pattern, path) || (alternative != path && matches(rule.pattern, alternative)) {
				allow, best = rule.allow, n
			}
		}
	}
	return allow
}

// matches reports whether pattern fits the beginning of path: * stands for any run of octets and a $ at the
// end for the end of the path. Taking the leftmost fit of each piece is enough, and linear for each piece.
func matches(pattern, path string) bool {
	pattern, anchored := strings.CutSuffix(pattern, "$")
	pieces := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, pieces[0]) {
		return false
	}
	if len(pieces) == 1 {
		return !anchored || len(path) == len(pieces[0])
	}
	path = path[len(pieces[0]):]
	last := len(pieces) - 1
	for _, piece := range pieces[1:last] {
		i := strings.Index(path, piece)
		if i < 0 {
			return false
		}
		path = path[i+len(piece):]
	}
	if anchored {
		return strings.HasSuffix(path, pieces[last])
	}
	return strings.Contains(path, pieces[last])
}

// normalisePattern brings a pattern into the form that paths are compared in. A $ that is not at the end is a
// literal dollar, and runs of * are one.
func normalisePattern(p string) string {
	body, anchored := strings.CutSuffix(p, "$")
	var b strings.Builder
	b.Grow(len(p) + 8)
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '*':
			if !strings.HasSuffix(b.String(), "*") {
				b.WriteByte('*')
			}
		case '$':
			b.WriteString("%24")
		default:
			i += normaliseOctet(&b, body[i:])
		}
	}
	if anchored {
		b.WriteByte('$')
	}
	return b.String()
}

// normalisePath brings a path into the form of patterns: a literal * or $ is percent-encoded, because in a
// pattern the bare ones are special. The alternative form has the : and / of its query decoded, since authors
// write addresses inside a query either way.
func normalisePath(p string) (path, alternative string) {
	var b strings.Builder
	b.Grow(len(p) + 8)
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '*':
			b.WriteString("%2A")
		case '$':
			b.WriteString("%24")
		case '#':
			// A fragment is never sent.
			i = len(p)
		default:
			i += normaliseOctet(&b, p[i:])
		}
	}
	path = b.String()
	head, query, ok := strings.Cut(path, "?")
	if !ok {
		return path, path
	}
	encoded := strings.NewReplacer(":", "%3A", "/", "%2F").Replace(query)
	decoded := strings.NewReplacer("%3A", ":", "%2F", "/").Replace(query)
	if decoded != query {
		return path, head + "?" + decoded
	}
	return path, head + "?" + encoded
}

const hexDigits = "0123456789ABCDEF"

// normaliseOctet writes the first octet of s, which may be percent-encoded, and returns how many further bytes
// it took: unreserved characters bare, everything outside ASCII and the reserved ones that came encoded as
// %XX in upper case. RFC 9309 section 2.2.2 and RFC 3986 section 6.2.2.
func normaliseOctet(b *strings.Builder, s string) int {
	c := s[0]
	if c == '%' && len(s) > 2 {
		hi, lo := unhex(s[1]), unhex(s[2])
		if hi < 0 || lo < 0 {
			b.WriteByte(c)
			return 0
		}
		if d := byte(hi<<4 | lo); unreserved(d) {
			b.WriteByte(d)
		} else {
			b.WriteByte('%')
			b.WriteByte(hexDigits[hi])
			b.WriteByte(hexDigits[lo])
		}
		return 2
	}
	if c <= ' ' || c >= 0x7f {
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
		return 0
	}
	b.WriteByte(c)
	return 0
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
