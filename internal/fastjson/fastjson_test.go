package fastjson_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/fastjson"
)

// texts hold what JSON writes in another way.
func texts() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("a招<>&\"\\/\n\r\t\b\f\x00\x1f\x7f\u2028\u2029\ufffd😀")), 0, 30, -1),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

func TestTextsAreWrittenAsByEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := texts().Draw(t, "text")
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := fastjson.AppendText(nil, s); string(got) != string(want) {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

// FuzzObject: an object is read, or refused, as by encoding/json: names, values as written, strings and numbers.
func FuzzObject(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\"]",{"b":null}],"a":1}`, `{"a":"\u0000\ud83d\ude00\ud800\u12"}`, `{"\u0061":-0.5e+3,"b":00,"c":1.}`, `{"a":tru}`, `{"a":true,}`, `{}x`, ` { } `,
		"{\"a\":\"\x01\"}", `{"a":"\q"}`, `{"a":"\`, `{"a" 1}`, `{"a":-}`, `{"a":1e}`, `[1]`, `null`, `{"a":[[],[,]]}`, `{"a":[1 2]}`, `{"n":12345678901,"m":7}`, "{\"a\":\"b\v\"}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal([]byte(s), &want)
		got := map[string]string{}
		r := fastjson.NewReader(s)
		read := r.Object(func(name string) bool {
			raw, ok := r.Value()
			got[name] = raw
			return ok
		}) && r.End()
		if read != (wantErr == nil && want != nil) {
			t.Fatalf("%q: read %t, encoding/json says %v", s, read, wantErr)
		}
		if !read {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %v, want %s", s, got, want)
		}
		for name, raw := range want {
			if got[name] != string(raw) {
				t.Fatalf("%q: %q is %q, want %q", s, name, got[name], raw)
			}
			var text string
			if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
				if is, ok := fastjson.NewReader(got[name]).Text(); !ok || is != text {
					t.Fatalf("%q: %q, %t, want %q", raw, is, ok, text)
				}
			}
			if n, ok := fastjson.NewReader(got[name]).Int(); ok {
				var number int
				if err := json.Unmarshal(raw, &number); err != nil || n != number {
					t.Fatalf("%q: %d, want %d, %v", raw, n, number, err)
				}
			}
		}
	})
}
