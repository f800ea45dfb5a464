package clickhouse_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// The roll-up counts organisations and judges their heads as talent.Winsor does, in every cell; requests that are
// withdrawn, held or refused count nothing.
func TestRollUpJudgesByOrganisation(t *testing.T) {
	s := testenv.Store(t)
	draw := rand.New(rand.NewPCG(7, 7))
	first := day("2026-03-02")
	type place struct {
		week   int
		region string // "" is the whole market
	}
	want := map[place]map[string]float64{} // heads by organisation
	var requests []talent.Request
	var marks []talent.PeriodMark
	var facts []talent.PostingFact
	for w := range 12 {
		at := first.AddDate(0, 0, 7*w)
		for _, region := range []string{"310000", "330000"} {
			facts = append(facts, fact(fmt.Sprint("x", w, region), at.Format(time.DateOnly), region, "", fmt.Sprint("v", w, region), "e", 1))
		}
		for i := range draw.IntN(12) {
			r := talent.Request{ID: talent.NewID("r", fmt.Sprint(w), fmt.Sprint(i)), Org: fmt.Sprint("org", draw.IntN(6)), Skill: "pytorch", Heads: 1 + draw.IntN(40),
				Region: []string{"310115", "330100"}[draw.IntN(2)], CreatedAt: at.Add(time.Hour), Version: 1}
			if draw.IntN(5) == 0 {
				r.Heads = 9999
			}
			switch draw.IntN(8) {
			case 0:
				r.Withdrawn = true
			case 1:
				r.State = talent.RequestHeld
			case 2:
				r.State = talent.RequestRefused
			default:
				for _, region := range []string{"", r.Region[:2] + "0000"} {
					p := place{w, region}
					if want[p] == nil {
						want[p] = map[string]float64{}
					}
					want[p][r.Org] += float64(r.Heads)
				}
			}
			requests = append(requests, r)
		}
		marks = append(marks, talent.PeriodMark{Grain: talent.Week, Period: at})
	}
	put(t, s, facts...)
	if err := s.PutRequests(t.Context(), "", requests); err != nil {
		t.Fatal(err)
	}
	if err := s.MarkPeriods(t.Context(), marks...); err != nil {
		t.Fatal(err)
	}
	rollUp(t, s)
	judged := 0
	for _, region := range []string{"", "310000", "330000"} {
		f := seriesRange{Grain: talent.Week, Skill: "pytorch", Region: region, Through: first.AddDate(0, 0, 7*11)}
		series(t, s, f) // recount gives the same
		got, err := s.Series(t.Context(), f.key(), f.From, f.Through)
		if err != nil {
			t.Fatal(err)
		}
		for w, p := range got.Points {
			var heads []float64
			var sum float64
			for _, h := range want[place{w, region}] {
				heads, sum = append(heads, h), sum+h
			}
			if p.Requested != sum || p.Requesters != len(heads) || math.Abs(p.Judged-talent.Winsor(heads)) > 1e-9 {
				t.Errorf("week %d of %q: %g heads of %d, judged %g; want %g of %d, %g", w, region, p.Requested, p.Requesters, p.Judged, sum, len(heads), talent.Winsor(heads))
			}
			if p.Judged > 0 {
				judged++
			}
		}
	}
	if judged < 6 {
		t.Errorf("only %d points are judged: the draw proves little", judged)
	}
}
