package mask

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// JSON masks the value of a posting message that could not be read as one: every string in it, and numbers that are
// telephone numbers, where it is JSON; all of its text where it is not. What was sound JSON stays so, with the same
// fields in it, and can be sent again.
func JSON(value []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err == nil {
		if _, err = d.Token(); err == io.EOF {
			if out, err := json.Marshal(inside(v)); err == nil {
				return out
			}
		}
	}
	return []byte(Message(unescape(string(value))))
}

// inside masks what v holds.
func inside(v any) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "://") {
			return Message(v)
		}
		return Text(v)
	case json.Number:
		if Text(v.String()) != v.String() {
			return maskPhone
		}
		return v
	case []any:
		for i := range v {
			v[i] = inside(v[i])
		}
		return v
	case map[string]any:
		source, _ := v["source"].(string)
		key, hasKey := v["key"].(string)
		out := make(map[string]any, len(v))
		for name, field := range v {
			out[Text(name)] = inside(field)
		}
		if hasKey {
			out["key"] = Key(source, key)
		}
		return out
	}
	return v
}

// unescape undoes \u and \/ escapes, behind which broken JSON would hide an address or a label.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch r, ok := escaped(s[i:]); {
		case ok && utf16.IsSurrogate(r):
			b.WriteString(s[i : i+6])
			i += 5
		case ok:
			b.WriteRune(r)
			i += 5
		case s[i+1] == '/':
			b.WriteByte('/')
			i++
		default:
			b.WriteString(s[i : i+2])
			i++
		}
	}
	return b.String()
}

// escaped reads \uXXXX at the beginning of s.
func escaped(s string) (rune, bool) {
	if len(s) < 6 || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
