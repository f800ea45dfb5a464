package mask

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Posting masks every field of a posting that a source fills, and reports whether there was anything to mask. Its id
// stays what it was. Posting(Posting(p)) is Posting(p).
func Posting(p talent.Posting) (masked talent.Posting, found bool) {
	before := p
	for _, field := range []*string{&p.Title, &p.Employer, &p.Location, &p.Industry, &p.Education, &p.Experience, &p.Salary, &p.Text} {
		*field = Text(*field)
	}
	p.URL = URL(p.URL)
	p.Key = Key(p.Source, p.Key)
	return p, p != before
}

// Key returns the key of a posting or page of source, or what stands for it when the key itself holds personal data:
// talent.HiddenKey, which is as distinct as the key was.
func Key(source, key string) string {
	holds := Text(key) != key
	if strings.Contains(key, "://") {
		holds = URL(key) != key
	}
	if !holds || talent.IsHiddenKey(key) {
		return key
	}
	return talent.HiddenKey(talent.PostingID(source, key))
}

// Message masks a line for a log or a reason: addresses in it by the rules of URL, the rest by those of Text.
func Message(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.Index(s, "http")
		if i < 0 || i > 0 && letter(s[i-1]) || !strings.HasPrefix(s[i:], "http://") && !strings.HasPrefix(s[i:], "https://") {
			if i < 0 {
				i = len(s) - 1
			}
			b.WriteString(s[:i+1])
			s = s[i+1:]
			continue
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexAny(s, " \t\r\n\"'<>")
		if end < 0 {
			end = len(s)
		}
		bare := strings.TrimRight(s[:end], ":,;.")
		b.WriteString(URL(bare))
		b.WriteString(s[len(bare):end])
		s = s[end:]
	}
	return Text(b.String())
}
