package band

import "math"

// obs is one judged period of the history: t in periods from the judged one (negative), heads and exposure.
type obs struct{ t, heads, exposure float64 }

// fit is a log-linear rate of heads per vacancy: log rate(t) = level + slope·(t − center).
type fit struct {
	level, slope, center float64
	end                  float64 // t of the last judged period
	varLevel, varSlope   float64 // already multiplied by the dispersion
	dispersion           float64 // variance / mean of one period's heads, at least 1
}

// rate at t, heads per vacancy.
func (f fit) rate(t float64) float64 { return math.Exp(f.level + f.slope*(t-f.center)) }

// ahead is the rate at t, after the last judged period of the history: the trend is held where it ended, because
// one that is continued explains a rising shortage away or, when it falls, invents one.
func (f fit) ahead(t float64) float64 { return f.rate(min(t, f.end)) }

// variance of the logarithm of the rate that the fit ends with.
func (f fit) variance() float64 {
	d := f.end - f.center
	return f.varLevel + f.varSlope*d*d
}

// anscombe is the residual of a Poisson count that is closest to normal.
func anscombe(y, mu float64) float64 {
	a := math.Cbrt(y)
	return 1.5 * (a*a/math.Sqrt(math.Cbrt(mu)) - math.Sqrt(mu))
}

// Past outliers are weighted down when their standardised Anscombe residual is above this. Farrington (1996)
// used 1, which biases the dispersion down; Noufaily (2013) chose 2.58.
const outlier = 2.58

// A trend is kept when it is this many standard errors from none …
const significant = 2.58

// … and when the rate that it ends with is known this well (standard error of its logarithm). A line through many
// zeros and a few first postings is significant and says nothing about where it ends.
const unsure = 0.3

// regress fits the history: with a trend where there is enough to tell one and it is significant, else without.
func regress(h []obs) fit {
	var heads float64
	for _, o := range h {
		heads += o.heads
	}
	flat := robust(h, false)
	if heads < 20 {
		return flat
	}
	f := robust(h, true)
	if math.Abs(f.slope) > significant*math.Sqrt(f.varSlope) && f.variance() < unsure*unsure {
		return f
	}
	return flat
}

// robust fits, weights past upward outliers down, and fits again.
func robust(h []obs, trend bool) fit {
	w := make([]float64, len(h))
	for i := range w {
		w[i] = 1
	}
	f := irls(h, w, fit{}, trend)
	for range 2 {
		var sum float64
		for i, o := range h {
			mu := o.exposure * f.rate(o.t)
			s := anscombe(o.heads, mu) / math.Sqrt(f.dispersion)
			w[i] = 1
			if s > outlier {
				w[i] = (outlier / s) * (outlier / s)
			}
			sum += w[i]
		}
		for i := range w {
			w[i] *= float64(len(h)) / sum
		}
		f = irls(h, w, f, trend)
	}
	return f
}

// irls is the quasi-Poisson regression with offset log(exposure) by iteratively reweighted least squares. Half a
// head is added to the whole (Jeffreys' prior), so that a skill that was never asked for has a small rate and
// not none.
func irls(h []obs, w []float64, start fit, trend bool) fit {
	var sy, se, st, sw float64
	for i, o := range h {
		sy += w[i] * o.heads
		se += w[i] * o.exposure
		sw += w[i]
		st += w[i] * o.exposure * o.t
	}
	f := fit{level: math.Log((sy + 0.5) / se), center: st / se, dispersion: 1, slope: start.slope, end: h[len(h)-1].t}
	info, infoSlope := sy+0.5, 0.0
	if trend {
		for range 25 {
			var g0, g1, i00, i01, i11 float64
			for i, o := range h {
				d := o.t - f.center
				mu := o.exposure * math.Exp(f.level+f.slope*d)
				g0 += w[i] * (o.heads - mu)
				g1 += w[i] * (o.heads - mu) * d
				i00 += w[i] * mu
				i01 += w[i] * mu * d
				i11 += w[i] * mu * d * d
			}
			det := i00*i11 - i01*i01
			if det <= 0 {
				break
			}
			dl, ds := (i11*g0-i01*g1)/det, (i00*g1-i01*g0)/det
			if m := math.Abs(dl); m > 1 {
				dl, ds = dl/m, ds/m
			}
			f.level += dl
			f.slope += ds
			info, infoSlope = det/i11, det/i00
			if math.Abs(dl) < 1e-9 && math.Abs(ds) < 1e-11 {
				break
			}
		}
	}
	var chi float64
	for i, o := range h {
		mu := o.exposure * f.rate(o.t)
		chi += w[i] * (o.heads - mu) * (o.heads - mu) / mu
	}
	params := 1.0
	if trend {
		params = 2
	}
	if sw > params {
		f.dispersion = max(1, chi/(sw-params))
	}
	f.varLevel = f.dispersion / info
	if infoSlope > 0 {
		f.varSlope = f.dispersion / infoSlope
	}
	return f
}
