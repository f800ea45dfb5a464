package pages

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/dashboards/web"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// TestTextsAreUsed: every key that a template or the code names exists, and every key that exists is named.
func TestTextsAreUsed(t *testing.T) {
	text, err := words.Load(words.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, pattern := range []string{"templates/*.html"} {
		files, err := fs.Glob(web.Files, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := fs.ReadFile(web.Files, f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
	}
	for _, m := range regexp.MustCompile(`[({ ]tn? "([a-z0-9._A-Z]+)"`).FindAllStringSubmatch(all.String(), -1) {
		if _, ok := text[m[1]]; !ok {
			t.Errorf("a template names %s, which no language has", m[1])
		}
	}
	// Keys made of a prefix and a code.
	for _, group := range []struct {
		prefix, suffix string
		codes          []string
	}{
		{"state.", "", []string{read.Above, read.Within, read.Below, read.Zero, read.Insufficient, read.Unjudged, read.SourceDown, read.NoData, string(talent.StateOK), string(talent.StatePartial)}},
		{"verdict.", "", []string{read.Above, read.Within, read.Below, read.Zero, read.Insufficient, read.Unjudged, read.SourceDown, read.NoData}},
		{"severity.", "", []string{"blue", "yellow", "orange", "red"}}, {"severity.", ".long", []string{"blue", "yellow", "orange", "red"}},
		{"outcome.", "", outcomes()}, {"outcome.", ".long", outcomes()},
		{"category.", "", []string{"field", "method", "model", "framework", "language", "data", "infrastructure", "hardware", "practice"}},
		{"event.", "", []string{string(talent.EventFired), string(talent.EventEscalated), string(talent.EventResolved)}},
		{"status.", "", []string{"firing", "resolved", "all"}}, {"grain.", "", []string{"week", "month"}}, {"by.", "", []string{"region", "industry", "tier"}},
		{"overview.asof.", "", []string{"week", "month"}}, {"col.period.", "", []string{"week", "month"}}, {"chart.window.", "", []string{"week", "month"}},
		{"words.span.", "", []string{"week", "month"}}, {"words.unit.", "", []string{"week", "month"}},
		{"error.", ".title", []string{"404", "400", "500", "503"}}, {"error.", ".text", []string{"404", "400", "500", "503"}},
	} {
		for _, c := range group.codes {
			if _, ok := text[group.prefix+c+group.suffix]; !ok {
				t.Errorf("no language has %s%s%s", group.prefix, c, group.suffix)
			}
		}
	}
}
