package talent

import "time"

// Ratio is the 求人倍率: heads wanted for each head that is supplied. It is false when the supply is unknown (nil) or
// zero, because no number says how scarce a skill is that is not taught at all.
func Ratio(demand float64, supply *float64) (float64, bool) {
	if supply == nil || *supply <= 0 {
		return 0, false
	}
	return demand / *supply, true
}

// judgedWithin is how many periods a judgement may lie back and still be shown as the present state.
const judgedWithin = 8

// JudgedSince is the earliest period whose judgement still speaks for the present when last is the latest complete one.
func (g Grain) JudgedSince(last time.Time) time.Time { return g.Add(last, -judgedWithin) }

// Total is what some periods of a series amount to.
type Total struct {
	Openings, Requested float64 // heads
	Vacancies, Exposure int
	Supply              *float64  // heads; nil when it is unknown in any of the periods
	State               DataState // of the last period; StateNoData when there is none, StateSuppressed when the sum is hidden
}

// Demand is the number of heads wanted in the periods.
func (t Total) Demand() float64 { return t.Openings + t.Requested }

// Gap is demand − supply in heads, and false when the supply is unknown.
func (t Total) Gap() (float64, bool) {
	if t.State == StateSuppressed || t.Supply == nil {
		return 0, false
	}
	return t.Demand() - *t.Supply, true
}

// Ratio is Ratio of the demand, and false when the demand is suppressed.
func (t Total) Ratio() (float64, bool) {
	if t.State == StateSuppressed {
		return 0, false
	}
	return Ratio(t.Demand(), t.Supply)
}

// Sum adds periods up. Openings and requests of unknown periods count as stated, because what was seen was there. The
// sum over a suppressed period is suppressed: beside the other periods it would tell that one. Only where nothing but
// requests is hidden of periods does it stand for the rest.
func Sum(points []Point) Total {
	t := Total{State: StateNoData}
	supply, known := 0.0, len(points) > 0
	var hidden Hidden
	for _, p := range points {
		t.Openings += p.Openings
		t.Requested += p.Requested
		t.Vacancies += p.Vacancies
		t.Exposure += p.Exposure
		if known = known && p.Supply != nil; known {
			supply += *p.Supply
		}
		t.State = p.State
		if p.State == StateSuppressed {
			hidden |= p.Hidden
		}
	}
	if known {
		t.Supply = &supply
	}
	if hidden&HiddenOpenings != 0 || hidden != 0 && t.Demand() == 0 {
		return Total{Supply: t.Supply, State: StateSuppressed}
	}
	return t
}

// Between keeps the points from first to last, both included.
func Between(points []Point, first, last time.Time) []Point {
	for len(points) > 0 && points[0].Period.Before(first) {
		points = points[1:]
	}
	for len(points) > 0 && points[len(points)-1].Period.After(last) {
		points = points[:len(points)-1]
	}
	return points
}
