package budget

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestLimitsAreNamed(t *testing.T) {
	for _, c := range []struct {
		draw func(b *Budget) error
		says string
	}{
		{func(b *Budget) error { return b.JSON([]byte(`[1,2,3,4,5,6,7,8,9,10,11,12]`)) }, "more than 10 values"},
		{func(b *Budget) error { return b.JSON([]byte(`[[[[]]]]`)) }, "more than 3 levels"},
		{func(b *Budget) error { return b.JSON([]byte(`"` + strings.Repeat("x", 30) + `"`)) }, "more than 20 bytes in one value"},
		{func(b *Budget) error { return b.Bytes(111) }, "more than 110 bytes"},
		{func(b *Budget) error {
			_, err := io.ReadAll(b.Reader(strings.NewReader(strings.Repeat("x", 111))))
			return err
		}, "more than 110 bytes"},
		{func(b *Budget) error {
			_, err := xml.NewDecoder(b.XML(strings.NewReader("<a " + strings.Repeat("b='' ", 9) + "/>"))).Token()
			return err
		}, "more than 20 bytes in one value"},
	} {
		err := c.draw(New(Limits{Bytes: 110, Values: 10, Depth: 3, Longest: 20}))
		if !Is(err) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want %s", err, c.says)
		}
	}
	b := New(Limits{Time: time.Nanosecond})
	var err error
	for range 2 * timeEvery {
		err = errors.Join(err, b.Value(1, 1))
	}
	if !Is(err) {
		t.Error("time without end")
	}
}

// Whatever the decoder makes of a text, the scan has counted at least as many values and levels.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\"]",{"b":null}],"a":1}`, `[[],[]]`, `"\\"`, `[{`, `{"a":"\u0000"}x`, `1 2`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var v any
		if json.Unmarshal(text, &v) != nil {
			return
		}
		values, depth := count(v)
		b := New(Limits{Depth: depth})
		if err := b.JSON(text); b.values+1 < values {
			t.Errorf("counted %d values of %d: %v", b.values, values, err)
		}
		if depth > 1 && New(Limits{Depth: depth - 1}).JSON(text) == nil {
			t.Errorf("depth %d was not seen", depth)
		}
	})
}

func count(v any) (values int64, depth int) {
	values = 1
	each := func(e any) {
		n, d := count(e)
		values, depth = values+n, max(depth, d)
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			each(e)
		}
		depth++
	case map[string]any:
		for _, e := range v {
			each(e)
		}
		depth++
	}
	return values, depth
}
