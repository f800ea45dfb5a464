package pages

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// sparkline draws the demand of points as a small picture: a line that is broken where nothing is known, and a dot
// on the last known period. Zero is drawn at the bottom, unknown is not drawn. It holds numbers only.
func sparkline(points []talent.Point, width, height int) template.HTML {
	top := 1.0
	for _, p := range points {
		if p.State.Known() {
			top = math.Max(top, p.Demand())
		}
	}
	const pad = 2.5
	w, h := float64(width)-2*pad, float64(height)-2*pad
	x := func(i int) float64 { return pad + w*float64(i)/math.Max(1, float64(len(points)-1)) }
	y := func(v float64) float64 { return pad + h*(1-v/top) }
	var line, gaps strings.Builder
	pen, lastX, lastY, seen := false, 0.0, 0.0, false
	for i, p := range points {
		if !p.State.Known() {
			pen = false
			fmt.Fprintf(&gaps, `<line class="spark-gap" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x(i), x(i), pad, pad+h)
			continue
		}
		op := "M"
		if pen {
			op = "L"
		}
		lastX, lastY, seen, pen = x(i), y(p.Demand()), true, true
		fmt.Fprintf(&line, "%s%.1f %.1f", op, lastX, lastY)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark" width="%d" height="%d" viewBox="0 0 %d %d" aria-hidden="true" focusable="false">`, width, height, width, height)
	b.WriteString(gaps.String())
	if seen {
		fmt.Fprintf(&b, `<path class="spark-line" d="%s"/><circle class="spark-dot" cx="%.1f" cy="%.1f" r="2"/>`, line.String(), lastX, lastY)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // numbers and our own markup only
}

// meter draws where the observed heads lie relative to the band: the band as a bar, the expectation as a tick, the
// observation as a dot. The scale is the row's own. It holds numbers only.
func meter(observed, lower, expected, upper float64, width, height int) template.HTML {
	top := math.Max(1, 1.15*math.Max(observed, upper))
	const pad = 5
	x := func(v float64) float64 { return pad + (float64(width)-2*pad)*math.Min(1, math.Max(0, v)/top) }
	mid := float64(height) / 2
	class := "in"
	if observed > upper {
		class = "above"
	} else if observed < lower {
		class = "below"
	}
	return template.HTML(fmt.Sprintf(`<svg class="meter meter-%s" width="%d" height="%d" viewBox="0 0 %d %d" aria-hidden="true" focusable="false">`+ //nolint:gosec // numbers only
		`<line class="meter-axis" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`+
		`<rect class="meter-band" x="%.1f" y="%.1f" width="%.1f" height="8" rx="2"/>`+
		`<line class="meter-mid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`+
		`<circle class="meter-dot" cx="%.1f" cy="%.1f" r="4"/></svg>`,
		class, width, height, width, height, pad, width-pad, mid, mid,
		x(lower), mid-4, math.Max(2, x(upper)-x(lower)), x(expected), x(expected), mid-6, mid+6, x(observed), mid))
}
