package judge

import "github.com/gapwatch/gapwatch/internal/talent"

// steps, from the highest: 红 Ⅰ 特别严重, 橙 Ⅱ 严重, 黄 Ⅲ 较重. What fires and reaches none of them is 蓝 Ⅳ 一般.
func steps() []talent.SeverityStep {
	return []talent.SeverityStep{
		{Severity: talent.Red, Ratio: 5, Heads: 50},
		{Severity: talent.Orange, Ratio: 3, Heads: 20},
		{Severity: talent.Yellow, Ratio: 2, Heads: 10},
	}
}

// redScarcity is the 求人倍率 (demand / supply) that red asks for: the highest warning is not given where supply
// is unknown.
const redScarcity = 2

// Severity grades evidence that fired. Supply, where it is known, has a say at both ends: a demand that the
// schools' supply covers is blue at most, and red needs a known supply of less than half of the demand.
func Severity(e talent.Evidence) talent.Severity {
	if e.Supply != nil && e.Observed <= *e.Supply {
		return talent.Blue
	}
	for _, s := range steps() {
		if e.Observed < s.Ratio*e.Expected || e.Observed < s.Heads {
			continue
		}
		if ratio, ok := talent.Ratio(e.Observed, e.Supply); s.Severity == talent.Red && (e.Supply == nil || ok && ratio < redScarcity) {
			continue
		}
		return s.Severity
	}
	return talent.Blue
}
