package talent

import "time"

// SeriesKey names one skill-gap series. Empty Region, Industry or Tier mean "all of them"; the empty
// Skill is the row that carries the exposure of a cell.
type SeriesKey struct {
	Grain    Grain
	Skill    string
	Region   string // province level: GB/T 2260 code ending in 0000, or ISO 3166-1 alpha-2
	Industry string
	Tier     Tier
}

// ID is the key's stable id, as the API and alerts name it.
func (k SeriesKey) ID() string {
	return NewID("series", string(k.Grain), k.Skill, k.Region, k.Industry, string(k.Tier))
}

// Point is one period of a series. Heads are people; a nil Supply means that no programme of the region
// is registered, which is not the same as zero.
type Point struct {
	Period     time.Time // first day
	Openings   float64   // heads wanted by postings
	Vacancies  int       // distinct vacancies with the skill
	Exposure   int       // all vacancies of the cell, with or without the skill
	Employers  int       // distinct employers with the skill
	Requested  float64   // heads wanted by enterprises directly, as they state them
	Requesters int       // organisations behind Requested
	Judged     float64   // of Requested, what warnings are judged by (Winsor)
	Supply     *float64  // heads that programmes supply in the period
	State      DataState
	Hidden     Hidden // what of it is not public; with HiddenOpenings, Exposure is not either
}

// Demand is the number of heads wanted in the period.
func (p Point) Demand() float64 { return p.Openings + p.Requested }

// JudgedDemand is the number of heads that warnings are judged by: demand, with requests taken at what several
// organisations bear out.
func (p Point) JudgedDemand() float64 { return p.Openings + p.Judged }

// Gap is demand − supply in heads, and false when the supply is unknown or the demand suppressed.
func (p Point) Gap() (float64, bool) { return Sum([]Point{p}).Gap() }

// Ratio is Ratio of the demand, and false when the demand is suppressed.
func (p Point) Ratio() (float64, bool) { return Sum([]Point{p}).Ratio() }

// Series is a key with its periods in order, without holes: a period with exposure and without the
// skill stands in it as zero, a period without exposure as StateNoData.
type Series struct {
	Key    SeriesKey
	Points []Point
}
