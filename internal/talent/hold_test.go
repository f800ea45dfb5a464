package talent_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestHold(t *testing.T) {
	for _, c := range []struct {
		name                    string
		heads, already, largest int
		want                    talent.HoldReason
	}{
		{"a usual request of a newcomer", 7, 0, 0, talent.HoldNone},
		{"a newcomer's hundred", 100, 0, 0, talent.HoldNone},
		{"forged", 9999, 0, 0, talent.HoldUnknown},
		{"the same in pieces", 50, 60, 0, talent.HoldUnknown},
		{"many, as ever", 290, 0, 100, talent.HoldNone},
		{"many at once", 301, 0, 100, talent.HoldSudden},
		{"many in pieces", 1, 300, 100, talent.HoldSudden},
	} {
		if got := talent.Hold(c.heads, c.already, c.largest); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Whatever one or two organisations state, they move what is judged by no more than three times what another bears
// out; and nobody can lower it by asking for more.
func TestWinsorProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		honest := rapid.SliceOfN(rapid.Float64Range(1, 10_000), 0, 12).Draw(t, "honest")
		forged := rapid.SliceOfN(rapid.Float64Range(1, 10_000), 1, talent.JudgedParties-1).Draw(t, "forged")
		before, after := talent.Winsor(honest), talent.Winsor(append(append([]float64(nil), honest...), forged...))
		most := 0.
		for _, h := range honest {
			most = max(most, min(h, talent.JudgedHeads))
		}
		if len(honest) == 0 && after != 0 {
			t.Fatalf("%v alone are judged as %g", forged, after)
		}
		if after < before-1e-9 {
			t.Fatalf("%v lower %g to %g", forged, before, after)
		}
		if limit := float64(len(honest)+len(forged)) * most; after > limit+1e-9 {
			t.Fatalf("%v lift %g to %g, more than %g", forged, before, after, limit)
		}
		var sum float64
		for _, h := range honest {
			sum += h
		}
		if before > sum+1e-9 || before > float64(len(honest))*talent.JudgedHeads+1e-9 {
			t.Fatalf("%v are judged as %g", honest, before)
		}
	})
}
