package cursor

import (
	"encoding/base64"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

type key struct {
	Name string
	At   int64
}

// TestCursors: a list reads what it wrote, and nothing that another list wrote.
func TestCursors(t *testing.T) {
	programmes, requests, names := For[key]("programmes"), For[key]("requests"), For[string]("names")
	rapid.Check(t, func(t *rapid.T) {
		k := key{rapid.String().Draw(t, "name"), rapid.Int64().Draw(t, "at")}
		c := programmes.After(k)
		if got, more, err := programmes.Key(c); err != nil || !more || got != k {
			t.Fatalf("%+v came back as %+v, %t, %v", k, got, more, err)
		}
		if got, _, err := requests.Key(c); !errors.Is(err, ErrUnknown) {
			t.Fatalf("another list reads %+v", got)
		}
		if got, _, err := names.Key(names.After(k.Name)); err != nil || got != k.Name {
			t.Fatalf("%q came back as %q: %v", k.Name, got, err)
		}
	})
	if _, more, err := programmes.Key(""); more || err != nil {
		t.Errorf("no cursor: %t, %v", more, err)
	}
}

// FuzzKey: whatever callers send is a cursor of this list or an error.
func FuzzKey(f *testing.F) {
	c := For[key]("programmes")
	for _, s := range []string{"", "x", "e30", c.After(key{"a", 1}), base64.RawURLEncoding.EncodeToString([]byte(`{"l":"programmes"}`)),
		base64.RawURLEncoding.EncodeToString([]byte(`{"l":"programmes","k":{}} {}`)), base64.RawURLEncoding.EncodeToString([]byte(`{"l":"programmes","k":{"Age":1}}`))} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, more, err := c.Key(s)
		if err == nil && more != (s != "") || err != nil && (more || k != key{}) {
			t.Errorf("%q: %+v, %t, %v", s, k, more, err)
		}
	})
}
