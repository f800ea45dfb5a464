package text_test

import (
	"testing"

	"github.com/gapwatch/gapwatch/internal/text"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{{"abc", 5, "abc"}, {"abc", 2, "ab"}, {"机器", 4, "机"}, {"机器", 2, ""}} {
		if got := text.Cut(c.in, c.limit); got != c.want {
			t.Errorf("Cut(%q, %d) = %q", c.in, c.limit, got)
		}
	}
}
