package api

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestCursorsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := talent.SeriesKey{Grain: talent.Grain(rapid.String().Draw(t, "grain")), Skill: rapid.String().Draw(t, "skill"), Region: rapid.String().Draw(t, "region"),
			Industry: rapid.String().Draw(t, "industry"), Tier: talent.Tier(rapid.String().Draw(t, "tier"))}
		got, err := afterKey(keyCursor(k))
		if err != nil || *got != k {
			t.Fatalf("%+v came back as %+v, %v", k, got, err)
		}
		name := rapid.StringN(1, 40, -1).Draw(t, "name")
		if back, err := afterName(nameCursor(name)); err != nil || back != name {
			t.Fatalf("%q came back as %q, %v", name, back, err)
		}
		junk := rapid.String().Draw(t, "junk")
		_, _ = afterKey(junk)
		_, _ = afterName(junk)
		_ = read.ReadAlertCursor(junk, &talent.AlertFilter{})
	})
}
