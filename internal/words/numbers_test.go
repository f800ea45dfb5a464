package words

import (
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		v             float64
		heads, signed string
	}{
		{0, "0", "0"}, {-0.02, "0", "0"}, {0.04, "0", "0"}, {3, "3", "+3"}, {3.26, "3.3", "+3.3"}, {-15.84, "-15.8", "−15.8"}, {132.4, "132", "+132"},
		{1234567, "1,234,567", "+1,234,567"}, {-1234, "-1,234", "−1,234"}, {math.NaN(), "–", "–"}, {math.Inf(1), "–", "–"},
	} {
		if got := Heads(c.v); got != c.heads {
			t.Errorf("heads(%v) = %q, want %q", c.v, got, c.heads)
		}
		if got := Signed(c.v); got != c.signed {
			t.Errorf("signed(%v) = %q, want %q", c.v, got, c.signed)
		}
	}
	for v, want := range map[float64]string{0: "0%", .000001: "<0.001%", .00041: "0.041%", .003: "0.3%", .0512: "5.1%", .42: "42%", 1: "100%"} {
		if got := Percent(v); got != want {
			t.Errorf("percent(%v) = %q, want %q", v, got, want)
		}
	}
}
