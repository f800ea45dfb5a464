package clickhouse_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/internal/cursor"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// Of many writers that take a key at once, one wins, and all of them are told the same winner.
func TestClaimsHaveOneWinner(t *testing.T) {
	s := testenv.Store(t)
	ctx := t.Context()
	for round := range 5 {
		key := fmt.Sprintf("key-%d", round)
		const writers = 16
		got := make([]talent.Claim, writers)
		var wg sync.WaitGroup
		begin := time.Now()
		for i := range writers {
			wg.Go(func() {
				// Clocks of machines differ: the latest to come may have the earliest time.
				at := begin.Add(-time.Duration(i) * time.Millisecond)
				c, err := s.Claim(ctx, talent.Claim{Org: "o", Key: key, BodyHash: fmt.Sprint(i), Resource: "r", At: at})
				if err != nil {
					t.Error(err)
				}
				got[i] = c
			})
		}
		wg.Wait()
		for _, c := range got {
			if d := cmp.Diff(got[0], c); d != "" {
				t.Fatalf("round %d: two winners:\n%s", round, d)
			}
		}
		if got[0].Done {
			t.Error("done before it was")
		}
		if err := s.FinishClaim(ctx, got[0], `{"a":1}`); err != nil {
			t.Fatal(err)
		}
		after, ok, err := s.FindClaim(ctx, "o", key)
		want := got[0]
		want.Done, want.Response = true, `{"a":1}`
		if d := cmp.Diff(want, after); d != "" || !ok || err != nil {
			t.Errorf("finished (-want +got):\n%s %v %v", d, ok, err)
		}
		if late, err := s.Claim(ctx, talent.Claim{Org: "o", Key: key, BodyHash: "late", At: time.Now()}); err != nil || cmp.Diff(after, late) != "" {
			t.Errorf("late writer got %+v, %v", late, err)
		}
	}
	if _, ok, err := s.FindClaim(ctx, "another", "key-0"); ok || err != nil {
		t.Errorf("another organisation's key: %v %v", ok, err)
	}
}

func TestRequestsAreReplacedByVersion(t *testing.T) {
	s := testenv.Store(t)
	ctx := t.Context()
	day := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	at := time.Date(2026, 11, 3, 4, 5, 6, int(789*time.Millisecond), time.UTC)
	first := talent.Request{ID: "a", Org: "o", Skill: "pytorch", Heads: 3, Tier: talent.TierLead, Region: "330100", Industry: "I", NeededBy: day,
		Note: "quote ' and \\ and\nnewline 字", CreatedAt: at, Version: 5}
	second := first
	second.Heads, second.NeededBy, second.Withdrawn, second.Version = 4, time.Time{}, true, 6
	for _, batch := range [][]talent.Request{{second}, {first}} { // out of order
		if err := s.PutRequests(ctx, "", batch); err != nil {
			t.Fatal(err)
		}
	}
	got, ok, err := s.Request(ctx, "a")
	if d := cmp.Diff(second, got); d != "" || !ok || err != nil {
		t.Errorf("(-want +got):\n%s %v %v", d, ok, err)
	}
	if _, ok, err := s.Request(ctx, "b' OR 1=1 --"); ok || err != nil {
		t.Errorf("no such request: %v %v", ok, err)
	}
	// The token makes a repeated batch a no-op.
	other := talent.Request{ID: "c", Org: "o", CreatedAt: at, Version: 1, NeededBy: day}
	for range 2 {
		if err := s.PutRequests(ctx, "batch", []talent.Request{other}); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for i := range 450 {
		ids = append(ids, fmt.Sprint("none", i))
	}
	found, err := s.RequestsByID(ctx, append(ids, "a", "c"))
	if err != nil || len(found) != 2 {
		t.Errorf("%d found, %v", len(found), err)
	}
	for _, page := range []string{"%%%", "bm8", "e30"} {
		if _, _, err := s.RequestsByOrg(ctx, "o", page, 10); !errors.Is(err, cursor.ErrUnknown) {
			t.Errorf("cursor %s: %v", page, err)
		}
	}
}

// A course counts while its version is its programme's.
func TestProgrammesShowTheCoursesOfTheirVersion(t *testing.T) {
	s := testenv.Store(t)
	ctx := t.Context()
	p := talent.Programme{ID: "p", Org: "o", School: "S", Region: "330000", Name: "AI", Degree: "master", CohortSize: 30, GraduationMonth: 7, FirstYear: 2025, Version: 1,
		Courses: []talent.Course{{ID: "1", Title: "A", Description: "d", Hours: 32, Required: true, Skills: []string{"pytorch"}}, {ID: "2", Title: "B", Seats: 9, Skills: []string{}}}}
	if err := s.PutProgrammes(ctx, "t1", []talent.Programme{p}, "v1"); err != nil {
		t.Fatal(err)
	}
	got, ok, err := s.Programme(ctx, "p")
	if d := cmp.Diff(p, got); d != "" || !ok || err != nil {
		t.Errorf("(-want +got):\n%s %v %v", d, ok, err)
	}
	p.Version, p.Courses = 2, p.Courses[1:]
	if err := s.PutProgrammes(ctx, "t2", []talent.Programme{p}, "v1"); err != nil {
		t.Fatal(err)
	}
	if got, _, err = s.Programme(ctx, "p"); err != nil || len(got.Courses) != 1 || got.Courses[0].ID != "2" {
		t.Errorf("after the change: %+v %v", got, err)
	}
	p.Version, p.Closed = 3, true
	if err := s.PutProgrammes(ctx, "t3", []talent.Programme{p}, "v1"); err != nil {
		t.Fatal(err)
	}
	public, _, err := s.ProgrammesByOrg(ctx, "", "", 10)
	if err != nil || len(public) != 0 {
		t.Errorf("closed and public: %+v %v", public, err)
	}
	if own, _, err := s.ProgrammesByOrg(ctx, "o", "", 10); err != nil || len(own) != 1 {
		t.Errorf("closed and own: %+v %v", own, err)
	}
}
