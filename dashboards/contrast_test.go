package dashboards

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/dashboards/web"
)

// TestContrast computes the contrast of every pair of text and ground of the style sheet in both colour schemes and
// wants the 4.5 of WCAG 2.2 AA.
func TestContrast(t *testing.T) {
	b, err := web.Files.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(b), "@media screen and (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("the style sheet has no dark scheme")
	}
	dark, _, _ = strings.Cut(dark, "*, *::before")
	for name, sheet := range map[string]string{"light": light, "dark": dark} {
		colors := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(sheet, -1) {
			colors[m[1]] = luminance(t, m[2])
		}
		for _, pair := range [][2]string{
			{"ink", "paper"}, {"ink", "surface"}, {"ink", "accent-soft"}, {"muted", "paper"}, {"muted", "surface"}, {"muted", "accent-soft"}, {"accent", "paper"}, {"accent", "surface"},
			{"accent", "accent-soft"}, {"surface", "accent"}, {"on-color", "red"}, {"on-color", "orange"}, {"on-color", "blue"}, {"on-yellow", "yellow"}, {"warn-ink", "warn-bg"},
			{"sample-ink", "sample-bg"}, {"supply", "paper"}, {"supply", "accent-soft"}, {"red", "paper"}, {"orange", "paper"},
		} {
			a, okA := colors[pair[0]]
			c, okC := colors[pair[1]]
			if !okA || !okC {
				t.Errorf("%s: no colour %v", name, pair)
				continue
			}
			if ratio := (math.Max(a, c) + .05) / (math.Min(a, c) + .05); ratio < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want 4.5", name, pair[0], pair[1], ratio)
			}
		}
	}
}

// luminance is the relative luminance of WCAG of a colour rrggbb.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{.2126, .7152, .0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		v := float64(n) / 255
		if v <= .03928 {
			v /= 12.92
		} else {
			v = math.Pow((v+.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}
