package talent

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// EncodePosting writes the message of postings.v1, byte for byte as encoding/json writes a Posting. Each posting is
// written and read once on its way, and reflection was a tenth of the whole way's cost; libraries that are as fast
// read past the end of broken input or keep unsafe pointers into it (docs/dependencies.md).
func EncodePosting(p *Posting) ([]byte, error) {
	size := len(`{"id":"","source":"","key":"","url":"","title":"","employer":"","location":"","industry":"","education":"","experience":"","salary":"","text":"","openings":0000000,"posted_at":"","valid_through":"","first_seen":"","fetched":"","grain":""}`) +
		4*len(time.RFC3339Nano) + len(p.Text)/16
	for _, s := range []string{p.ID, p.Source, p.Key, p.URL, p.Title, p.Employer, p.Location, p.Industry, p.Education, p.Experience, p.Salary, p.Text, string(p.Grain)} {
		size += len(s)
	}
	b := make([]byte, 0, size)
	b = appendString(append(b, `{"id":`...), p.ID)
	b = appendString(append(b, `,"source":`...), p.Source)
	b = appendString(append(b, `,"key":`...), p.Key)
	for _, f := range []struct{ name, value string }{
		{`,"url":`, p.URL}, {`,"title":`, p.Title}, {`,"employer":`, p.Employer}, {`,"location":`, p.Location}, {`,"industry":`, p.Industry},
		{`,"education":`, p.Education}, {`,"experience":`, p.Experience}, {`,"salary":`, p.Salary}, {`,"text":`, p.Text},
	} {
		if f.value != "" {
			b = appendString(append(b, f.name...), f.value)
		}
	}
	if p.Openings != 0 {
		b = strconv.AppendInt(append(b, `,"openings":`...), int64(p.Openings), 10)
	}
	for _, f := range []struct {
		name  string
		value time.Time
		omit  bool
	}{
		{`,"posted_at":"`, p.PostedAt, true}, {`,"valid_through":"`, p.ValidThrough, true},
		{`,"first_seen":"`, p.FirstSeen, false}, {`,"fetched":"`, p.Fetched, false},
	} {
		if f.omit && f.value.IsZero() {
			continue
		}
		var err error
		if b, err = f.value.AppendText(append(b, f.name...)); err != nil {
			return nil, fmt.Errorf("encode posting: %w", err)
		}
		b = append(b, '"')
	}
	b = appendString(append(b, `,"grain":`...), string(p.Grain))
	return append(b, '}'), nil
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string as encoding/json does.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
				i++
				continue
			}
			b = append(b, s[done:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, `\n`...)
			case '\r':
				b = append(b, `\r`...)
			case '\t':
				b = append(b, `\t`...)
			case '\b':
				b = append(b, `\b`...)
			case '\f':
				b = append(b, `\f`...)
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			done = i
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && w == 1:
			b = append(append(b, s[done:i]...), `\ufffd`...)
			done = i + w
		case r == '\u2028' || r == '\u2029': // JavaScript takes them for ends of lines
			b = append(append(b, s[done:i]...), '\\', 'u', '2', '0', '2', hexDigits[r&15])
			done = i + w
		}
		i += w
	}
	return append(append(b, s[done:]...), '"')
}

// DecodePosting reads a message of postings.v1 as encoding/json does. What EncodePosting writes is read in one pass;
// anything that looks different in the least is left to encoding/json, and so is every error.
func DecodePosting(message []byte) (Posting, error) {
	var p Posting
	r := messageReader{s: string(message)}
	if utf8.ValidString(r.s) && r.posting(&p) {
		return p, nil
	}
	p = Posting{}
	err := json.Unmarshal(message, &p)
	return p, err
}

// messageReader reads the plain form of JSON that EncodePosting writes: no blanks, no nesting, no null.
type messageReader struct {
	s string // valid UTF-8; what is read shares it
	i int
}

// posting reads the whole message, and returns false where it is not of the plain form.
func (r *messageReader) posting(p *Posting) bool {
	if !r.take('{') {
		return false
	}
	for {
		name, ok := r.text()
		if !ok || !r.take(':') {
			return false
		}
		switch name {
		case "id":
			p.ID, ok = r.text()
		case "source":
			p.Source, ok = r.text()
		case "key":
			p.Key, ok = r.text()
		case "url":
			p.URL, ok = r.text()
		case "title":
			p.Title, ok = r.text()
		case "employer":
			p.Employer, ok = r.text()
		case "location":
			p.Location, ok = r.text()
		case "industry":
			p.Industry, ok = r.text()
		case "education":
			p.Education, ok = r.text()
		case "experience":
			p.Experience, ok = r.text()
		case "salary":
			p.Salary, ok = r.text()
		case "text":
			p.Text, ok = r.text()
		case "openings":
			p.Openings, ok = r.number()
		case "posted_at":
			p.PostedAt, ok = r.time()
		case "valid_through":
			p.ValidThrough, ok = r.time()
		case "first_seen":
			p.FirstSeen, ok = r.time()
		case "fetched":
			p.Fetched, ok = r.time()
		case "grain":
			var grain string
			grain, ok = r.text()
			p.Grain = Grain(grain)
		default:
			return false
		}
		switch {
		case !ok:
			return false
		case r.take('}'):
			return r.i == len(r.s)
		case !r.take(','):
			return false
		}
	}
}

func (r *messageReader) take(c byte) bool {
	if r.i < len(r.s) && r.s[r.i] == c {
		r.i++
		return true
	}
	return false
}

// text reads a string; without an escape it is a part of the message itself.
func (r *messageReader) text() (string, bool) {
	if !r.take('"') {
		return "", false
	}
	start := r.i
	for i := start; i < len(r.s); i++ {
		switch c := r.s[i]; {
		case c == '"':
			r.i = i + 1
			return r.s[start:i], true
		case c < ' ':
			return "", false
		case c == '\\':
			return r.escaped(start, i)
		}
	}
	return "", false
}

// escaped goes on with a string whose first escape stands at i.
func (r *messageReader) escaped(start, i int) (string, bool) {
	b := make([]byte, 0, len(r.s)-start) // a text is most of its message
	for i < len(r.s) {
		c := r.s[i]
		switch {
		case c == '"':
			r.i = i + 1
			return string(append(b, r.s[start:i]...)), true
		case c < ' ':
			return "", false
		case c != '\\':
			i++
			continue
		}
		b = append(b, r.s[start:i]...)
		if i+1 >= len(r.s) {
			return "", false
		}
		i += 2
		switch c := r.s[i-1]; c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'u':
			if i+4 > len(r.s) {
				return "", false
			}
			n, err := strconv.ParseUint(r.s[i:i+4], 16, 16)
			if err != nil || n >= 0xd800 && n < 0xe000 { // halves of pairs are not written by EncodePosting
				return "", false
			}
			b = utf8.AppendRune(b, rune(n))
			i += 4
		default:
			return "", false
		}
		start = i
	}
	return "", false
}

// number reads a count without sign, fraction or exponent.
func (r *messageReader) number() (int, bool) {
	start := r.i
	for r.i < len(r.s) && r.s[r.i] >= '0' && r.s[r.i] <= '9' {
		r.i++
	}
	digits := r.s[start:r.i]
	if len(digits) == 0 || len(digits) > 9 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// time reads a time as RFC 3339 writes it, as time.Time does from JSON.
func (r *messageReader) time() (time.Time, bool) {
	start := r.i
	if _, ok := r.text(); !ok {
		return time.Time{}, false
	}
	var t time.Time
	err := t.UnmarshalJSON([]byte(r.s[start:r.i]))
	return t, err == nil
}
