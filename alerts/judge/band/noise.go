package band

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// counts is the distribution of heads in a window: negative binomial with the given mean and variance/mean,
// Poisson when the latter is 1. Heads need not be whole: the tails are continued through the incomplete beta
// and gamma functions.
type counts struct{ mean, dispersion float64 }

// atLeast is P(X >= n).
func (c counts) atLeast(n float64) float64 {
	switch {
	case n <= 0:
		return 1
	case c.mean <= 0:
		return 0
	case c.dispersion < 1+1e-6:
		return mathext.GammaIncReg(n, c.mean)
	}
	size := c.mean / (c.dispersion - 1)
	return mathext.RegIncBeta(n, size, 1-1/c.dispersion)
}

// upper is the one-sided mid-p value of n: P(X > n) + P(X = n)/2. Mid-p values of counts are nearly uniform
// where plain ones are conservative.
func (c counts) upper(n float64) float64 { return (c.atLeast(n) + c.atLeast(n+1)) / 2 }

// limit is the number of heads whose upper mid-p value is p, to a relative 1e-9, by bracketing and regula falsi
// on the logit of p (Illinois variant), where the tail is nearly straight.
func (c counts) limit(p float64) float64 {
	if c.upper(0) <= p {
		return 0
	}
	want := logit(p)
	f := func(x float64) float64 { return want - logit(c.upper(x)) }
	sd := math.Sqrt(c.mean * c.dispersion)
	lo, hi := max(0, c.mean-sd), c.mean+4*sd+1
	for lo > 0 && f(lo) > 0 {
		lo, hi = max(0, lo-2*sd), lo
	}
	for f(hi) < 0 {
		lo, hi = hi, 2*hi
	}
	fl, fh := f(lo), f(hi)
	side := 0
	for range 100 {
		x := (lo*fh - hi*fl) / (fh - fl)
		if !(x > lo && x < hi) {
			x = (lo + hi) / 2
		}
		fx := f(x)
		if fx > 0 {
			hi, fh = x, fx
			if side > 0 {
				fl /= 2
			}
			side = 1
		} else {
			lo, fl = x, fx
			if side < 0 {
				fh /= 2
			}
			side = -1
		}
		if hi-lo < 1e-9*(1+hi) || math.Abs(fx) < 1e-10 {
			return x
		}
	}
	return hi
}

// logit of a probability, bounded where it would be infinite.
func logit(p float64) float64 {
	p = min(max(p, 1e-300), 1-1e-16)
	return math.Log(p) - math.Log1p(-p)
}

// median of x, which it leaves in another order; 0 for none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	slices.Sort(x)
	if n := len(x); n%2 == 0 {
		return (x[n/2-1] + x[n/2]) / 2
	}
	return x[len(x)/2]
}

// finite replaces a value that JSON cannot carry.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}
