package aggregate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// TestStoredIsNotLost: of every kind of fact, what the aggregator has stored is found by the check, and what has gone
// is not.
func TestStoredIsNotLost(t *testing.T) {
	w := newWorld(t)
	at := time.Date(2026, 10, 7, 8, 0, 0, 0, time.UTC)
	programme := talent.Programme{ID: "p", Org: "u", Region: "330000", Name: "AI", Degree: "bachelor", CohortSize: 60, GraduationMonth: 6, FirstYear: 2024, Version: 3,
		Courses: []talent.Course{{ID: "c1", Title: "Deep learning", Required: true}, {ID: "c2", Title: "CUDA"}}}
	for topic, fact := range map[string]any{
		talent.TopicPostings:   posting("1", "Requirements: PyTorch"),
		talent.TopicRequests:   talent.Request{ID: "r", Org: "o", Skill: "pytorch", Heads: 2, CreatedAt: at, Version: 5},
		talent.TopicProgrammes: programme,
	} {
		if err := w.agg.Flush(t.Context(), records(t, topic, 0, fact)); err != nil {
			t.Fatal(err)
		}
	}
	lost := func() map[string]uint64 {
		t.Helper()
		got, err := w.store.LostBatches(t.Context(), time.Time{}, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]uint64{}
		for _, b := range got {
			out[b.Fact] += b.Missing
		}
		return out
	}
	if got := lost(); len(got) != 0 {
		t.Errorf("everything is stored, yet lost are %v", got)
	}
	parts, err := w.store.Parts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]uint64{"postings": 1, "requests": 1, "programmes": 1, "courses": 2}
	for _, p := range parts {
		if _, isFact := want[p.Table]; !isFact {
			continue
		}
		if err := w.store.DetachPart(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, lost()); d != "" {
		t.Errorf("without their parts (-want +called lost): %s", d)
	}
}
