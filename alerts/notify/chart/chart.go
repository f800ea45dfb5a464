// Package chart draws a series against its band as a PNG for mails. Words stay in the mail: the picture carries
// numerals only, so that no CJK font is needed.
package chart

import (
	"bytes"
	"fmt"
	"image/color"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PNG draws bands of one series, oldest first; each holds what was observed, expected and the limits, in heads
// of a window. It returns nil when fewer than two periods were judged.
func PNG(bands []talent.Band) ([]byte, error) {
	var observed, expected, upper, lower plotter.XYs
	for _, b := range bands {
		if !b.Judged() {
			continue
		}
		x := float64(b.Period.Unix())
		observed = append(observed, plotter.XY{X: x, Y: b.Observed})
		expected = append(expected, plotter.XY{X: x, Y: b.Expected})
		upper = append(upper, plotter.XY{X: x, Y: b.Upper})
		lower = append(lower, plotter.XY{X: x, Y: b.Lower})
	}
	if len(observed) < 2 {
		return nil, nil
	}
	p := plot.New()
	p.BackgroundColor = color.White
	p.X.Tick.Marker = plot.TimeTicks{Format: "2006-01-02", Ticker: plot.TickerFunc(dates)}
	p.Add(plotter.NewGrid())
	outline := append(plotter.XYs{}, upper...)
	for _, l := range slices.Backward(lower) {
		outline = append(outline, l)
	}
	area, err := plotter.NewPolygon(outline)
	if err != nil {
		return nil, fmt.Errorf("draw band: %w", err)
	}
	area.Color, area.Width = color.RGBA{R: 0xd9, G: 0xde, B: 0xe5, A: 0xff}, 0
	middle, err := plotter.NewLine(expected)
	if err != nil {
		return nil, fmt.Errorf("draw expected heads: %w", err)
	}
	middle.Color, middle.Dashes, middle.Width = color.RGBA{R: 0x6b, G: 0x77, B: 0x85, A: 0xff}, []vg.Length{vg.Points(4), vg.Points(3)}, vg.Points(1)
	line, err := plotter.NewLine(observed)
	if err != nil {
		return nil, fmt.Errorf("draw observed heads: %w", err)
	}
	dark := color.RGBA{R: 0x12, G: 0x3a, B: 0x63, A: 0xff}
	line.Color, line.Width = dark, vg.Points(1.8)
	dot, err := plotter.NewScatter(observed[len(observed)-1:])
	if err != nil {
		return nil, fmt.Errorf("draw judged period: %w", err)
	}
	dot.Color, dot.Shape, dot.Radius = dark, draw.CircleGlyph{}, vg.Points(4)
	p.Add(area, middle, line, dot)
	p.Y.Min = 0
	p.Y.Max *= 1.06
	w, err := p.WriterTo(16*vg.Centimeter, 7*vg.Centimeter, "png")
	if err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("encode chart: %w", err)
	}
	return out.Bytes(), nil
}

// dates puts a tick at the first of at most seven months.
func dates(lo, hi float64) []plot.Tick {
	from, to := time.Unix(int64(lo), 0).UTC(), time.Unix(int64(hi), 0).UTC()
	months := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	step := max(1, (months+6)/7)
	var out []plot.Tick
	for m := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC); !m.After(to); m = m.AddDate(0, step, 0) {
		if !m.Before(from) {
			out = append(out, plot.Tick{Value: float64(m.Unix()), Label: "x"})
		}
	}
	return out
}
