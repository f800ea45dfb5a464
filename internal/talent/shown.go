package talent

import (
	"encoding/json"
	"time"
)

// Public returns the point as anyone may see it. Where its postings are hidden nothing is left but the supply. Where
// only its requests are, they are left out, of the demand too: a single request neither shows in a number nor blanks
// what many postings say.
func (p Point) Public() Point {
	switch {
	case p.Hidden&HiddenOpenings != 0, p.Hidden&HiddenRequests != 0 && p.Openings == 0:
		return Point{Period: p.Period, Supply: p.Supply, State: StateSuppressed, Hidden: p.Hidden}
	case p.Hidden&HiddenRequests != 0:
		p.Requested, p.Requesters, p.Judged = 0, 0, 0
	}
	return p
}

// Public returns the series as anyone may see it.
func (s Series) Public() Series {
	points := make([]Point, len(s.Points))
	for i, p := range s.Points {
		points[i] = p.Public()
	}
	return Series{Key: s.Key, Points: points}
}

// PublicBands returns bands of one series as anyone may see them: those whose window holds a period that is hidden have
// no numbers, because two windows differ by single periods. The points are of the same series.
func PublicBands(points []Point, bands []Band) []Band {
	var hidden []time.Time
	for _, p := range points {
		if p.Hidden&HiddenJudged != 0 {
			hidden = append(hidden, p.Period)
		}
	}
	out := make([]Band, len(bands))
	for i, b := range bands {
		first := b.Key.Grain.Add(b.Period, 1-max(1, b.Window))
		if len(points) == 0 || first.Before(points[0].Period) && b.Judged() { // not known to be public
			b.Hidden |= HiddenJudged
		}
		for _, h := range hidden {
			if !h.Before(first) && !h.After(b.Period) {
				b.Hidden |= HiddenJudged
			}
		}
		if b.Evidence = b.Public(); b.Suppressed {
			b.State = VerdictSuppressed
		}
		out[i] = b
	}
	return out
}

// Public returns the evidence as anyone may see it: without its numbers where the window holds a hidden period, and
// without what enterprises state where few of them do.
func (e Evidence) Public() Evidence {
	switch {
	case e.Suppressed:
	case e.Hidden&HiddenJudged != 0:
		return Evidence{Period: e.Period, Window: e.Window, History: e.History, Supply: e.Supply, BandVersion: e.BandVersion, Suppressed: true}
	case e.Hidden&HiddenRequests != 0:
		e.Stated, e.Requesters = 0, 0
	}
	return e
}

// MarshalJSON writes the numbers of suppressed evidence as null: they are not zero.
func (e Evidence) MarshalJSON() ([]byte, error) {
	type plain Evidence
	if !e.Suppressed {
		return json.Marshal(plain(e))
	}
	return json.Marshal(struct {
		plain
		Observed   *float64 `json:"observed"`
		Exposure   *float64 `json:"exposure"`
		Expected   *float64 `json:"expected"`
		Lower      *float64 `json:"lower"`
		Upper      *float64 `json:"upper"`
		P          *float64 `json:"p"`
		Dispersion *float64 `json:"dispersion"`
		BaseRate   *float64 `json:"base_rate"`
		TrendYear  *float64 `json:"trend_year"`
		Vacancies  *int     `json:"vacancies"`
		Employers  *int     `json:"employers"`
		Requested  *float64 `json:"requested"`
		Stated     *float64 `json:"stated"`
		Requesters *int     `json:"requesters"`
	}{plain: plain(e)})
}
