package mask

import (
	"net/url"
	"strconv"
	"strings"
)

// messengerHosts are hosts whose addresses name a person or an account, whatever the path looks like.
var messengerHosts = [...]string{"wa.me", "whatsapp.com", "t.me", "telegram.me", "u.wechat.com", "weixin.qq.com", "qm.qq.com", "wpa.qq.com", "line.me", "signal.me", "join.skype.com"}

// contactNames are parts of the names of parameters whose value is how to reach somebody, whatever it looks like.
var contactNames = [...]string{"tel", "phone", "mobile", "whatsapp", "wechat", "weixin", "contact", "recruiter", "email", "mail", "电话", "手机", "微信", "邮箱", "联系"}

// URL returns a posting's address without personal data: "" for anything but http and https (mailto:, tel:,
// weixin: …) and for accounts of messengers; without user and password; with what Text knows masked in path, query
// and fragment, also where it is percent-encoded, and with the values of parameters that are named after a means of
// contact. Digits of a path or a parameter are the posting's id and stay. URL(URL(s)) is URL(s).
func URL(s string) string {
	// An address that changes each time it is masked was built to do so: nothing of it is kept.
	for range 4 {
		masked := address(s, 3)
		if masked == s {
			return s
		}
		s = masked
	}
	return ""
}

// address is URL; depth is how many addresses within addresses are still looked into.
func address(s string, depth int) string {
	s = strings.TrimSpace(s)
	scheme, rest, ok := strings.Cut(s, ":")
	if ok && isScheme(scheme) {
		if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return ""
		}
		s = rest
	} else {
		scheme = ""
	}
	var b strings.Builder
	if scheme != "" {
		b.WriteString(scheme + ":")
	}
	if host, ok := strings.CutPrefix(s, "//"); ok {
		s = ""
		if j := strings.IndexAny(host, "/?#\\"); j >= 0 {
			host, s = host[:j], host[j:]
		}
		host = host[strings.LastIndexByte(host, '@')+1:]
		name, _, _ := strings.Cut(strings.ToLower(host), ":")
		for _, m := range messengerHosts {
			if name == m || strings.HasSuffix(name, "."+m) {
				return ""
			}
		}
		b.WriteString("//" + host)
	}
	name := ""
	for len(s) > 0 {
		end := strings.IndexAny(s, "/?&=#;")
		if end < 0 {
			end = len(s)
		}
		b.WriteString(part(name, s[:end], depth))
		name = ""
		if end < len(s) {
			if s[end] == '=' {
				name = s[:end]
			}
			b.WriteByte(s[end])
			end++
		}
		s = s[end:]
	}
	return b.String()
}

// isScheme reports whether s can be what stands before an address's colon. RFC 3986 section 3.1, without the dot,
// which means a host and its port.
func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !letter(c) && (i == 0 || !digit(c) && c != '+' && c != '-') {
			return false
		}
	}
	return s != ""
}

// part masks what stands between two delimiters of an address; name is the parameter that it is the value of, if any.
func part(name, raw string, depth int) string {
	if raw == "" {
		return raw
	}
	if len(raw) >= 4 && contactName(name) {
		switch what := Text(decode(raw)); what {
		case maskContact, maskEmail, maskPhone:
			return what
		}
		return maskContact
	}
	if plain(raw) {
		return raw
	}
	text := decode(raw)
	if name != "" {
		text = strings.ReplaceAll(text, "+", " ")
	}
	masked := Text(text)
	if depth > 0 && strings.Contains(masked, "://") {
		masked = address(masked, depth-1)
	}
	if masked == text {
		return raw
	}
	masked = strings.ReplaceAll(url.QueryEscape(masked), "+", "%20")
	for _, m := range [...]string{maskEmail, maskPhone, maskContact} {
		masked = strings.ReplaceAll(masked, url.QueryEscape(m), m)
	}
	return masked
}

// contactName reports whether a parameter is named after a means of contact.
func contactName(name string) bool {
	if name == "" {
		return false
	}
	name = strings.ToLower(decode(name))
	if strings.Contains(name, "<") { // something in the name was masked: <EMAIL> is not a name
		return false
	}
	for _, c := range contactNames {
		if strings.Contains(name, c) {
			return true
		}
	}
	return false
}

// plain reports whether a part of an address is a word or an id, as almost every part is.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !letter(c) && !digit(c) && c != '-' && c != '_' && c != '.' && c != '~' {
			return false
		}
	}
	return true
}

// decode undoes percent-encoding, also where it was done more than once; what is not encoding stays.
func decode(s string) string {
	for range 4 {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			break
		}
		var b strings.Builder
		b.WriteString(s[:i])
		for ; i < len(s); i++ {
			if s[i] == '%' && i+3 <= len(s) {
				if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
					b.WriteByte(byte(n))
					i += 2
					continue
				}
			}
			b.WriteByte(s[i])
		}
		if b.String() == s {
			break
		}
		s = b.String()
	}
	return s
}
