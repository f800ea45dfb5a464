package clickhouse

import "github.com/gapwatch/gapwatch/internal/talent"

// hide marks what of the counted rows of some periods is not public; rows are in order of period and skill. It is
// decided here, with every cell of a period at hand, and stored beside the numbers, so that all who publish them agree.
//
// Postings and direct requests are hidden apart: a single request does not blank what hundreds of postings say. A cell
// whose exposure is hidden is hidden for every skill. Requests count by week and by month, so that one would tell of
// the other: they are public by week only.
func hide(grain talent.Grain, counted []seriesRow, least int) {
	frames := map[cell]bool{} // cells of the period whose exposure is hidden
	for len(counted) > 0 {
		market := counted
		for i, r := range counted {
			if r.Skill != counted[0].Skill || !r.Period.Equal(counted[0].Period) {
				market = counted[:i]
				break
			}
		}
		counted = counted[len(market):]
		postings, requests := make([]talent.Part, len(market)), make([]talent.Part, len(market))
		for i, r := range market {
			p := talent.Part{Region: r.Region, Industry: r.Industry, Tier: r.Tier}
			postings[i], requests[i] = p, p
			postings[i].Parties, postings[i].Size = int(r.Employers), float64(r.Vacancies)
			requests[i].Parties, requests[i].Size = int(r.Requesters), r.Requested
		}
		few, asked := talent.Hide(postings, least), talent.Hide(requests, least)
		if market[0].Skill == "" { // comes first in its period
			clear(frames)
		}
		for i := range market {
			r := &market[i]
			c := cell{r.Region, r.Industry, r.Tier}
			if market[0].Skill == "" {
				frames[c] = few[i]
			}
			if few[i] || frames[c] {
				r.Hidden |= uint8(talent.HiddenOpenings | talent.HiddenJudged)
			}
			if market[0].Skill == "" { // what is asked for of all skills together is published nowhere
				continue
			}
			if asked[i] || grain == talent.Month && least > 1 && r.Requesters > 0 {
				r.Hidden |= uint8(talent.HiddenRequests)
				if r.Judged > 0 {
					r.Hidden |= uint8(talent.HiddenJudged)
				}
			}
		}
	}
}
