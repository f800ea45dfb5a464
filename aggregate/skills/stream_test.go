package skills

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStream(t *testing.T) {
	in := "\xEF\xBB\xBF" + `{"id":"a","text":"熟悉 Python 和 <b>深度学习</b>"}` + "\r\n\n" + `{"text":"nothing here","id":7,"source":"x"}` + "\n" +
		`{"id":"c","text":"About us\nKafka"}`
	want := `{"id":"a","skills":[{"skill":"python","start":7,"end":13,"required":true},{"skill":"deep-learning","start":21,"end":33,"required":true}]}
{"id":7,"skills":[]}
{"id":"c","skills":[{"skill":"kafka","start":9,"end":14,"required":false}]}
`
	var out bytes.Buffer
	if err := Stream(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStreamNamesTheBadLine(t *testing.T) {
	good := `{"id":"a","text":"Python"}` + "\n"
	for _, c := range []struct{ line, want string }{
		{`{"id":"b","text":`, "line 3: want one JSON object"},
		{`["b"]`, "line 3: want one JSON object"},
		{`{"id":"b","text":5}`, "line 3: want one JSON object"},
		{`{"id":"b"}`, `line 3: "text" is missing`},
		{`{"text":"Python"}`, `line 3: "id" is missing`},
		{`{"id":null,"text":"Python"}`, `line 3: "id" is missing or is neither`},
		{`{"id":"b","text":"x"} {"id":"c","text":"y"}`, "line 3: want one JSON object"},
	} {
		var out bytes.Buffer
		err := Stream(strings.NewReader(good+"\n"+c.line+"\n"+good), &out)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error = %v, want %q", c.line, err, c.want)
		}
		if n := strings.Count(out.String(), "\n"); n != 1 {
			t.Errorf("%s: %d lines written, want the one before it", c.line, n)
		}
	}
}

func TestStreamReadsLongLines(t *testing.T) {
	text := strings.Repeat("长", 200_000) + "深度学习"
	var out bytes.Buffer
	if err := Stream(strings.NewReader(`{"id":"a","text":"`+text+`"}`), &out); err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"a","skills":[{"skill":"deep-learning","start":600000,"end":600012,"required":true}]}` + "\n"; out.String() != want {
		t.Errorf("got %s", out.String())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestStreamReportsFailedWrites(t *testing.T) {
	err := Stream(strings.NewReader(`{"id":"a","text":"Python"}`), brokenWriter{})
	if err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error = %v", err)
	}
}
