package clickhouse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// TestPublicSeries: small cells are shown as such without numbers, and rows of requests alone not at all.
func TestPublicSeries(t *testing.T) {
	s := testenv.Store(t)
	for range 2 { // a second start changes nothing
		if err := s.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var facts []talent.PostingFact
	for i := range 4 {
		employer := fmt.Sprintf("employer-%d", i)
		skills := []string{"common"}
		if i < 2 {
			skills = append(skills, "rare")
		}
		facts = append(facts, fact(fmt.Sprintf("p%d", i), "2024-03-04", "330100", "I", fmt.Sprintf("v%d", i), employer, 3, skills...))
	}
	put(t, s, facts...)
	request := talent.Request{ID: "r1", Org: "o1", Skill: "asked-for", Heads: 37, CreatedAt: day("2024-03-05"), Version: 1}
	if err := s.PutRequests(t.Context(), "", []talent.Request{request}); err != nil {
		t.Fatal(err)
	}
	rollUp(t, s)
	got := clickhouse.PublicSeries(t, s)
	for _, want := range []string{"week|common|2024-03-04|12|4|4|4|ok", "week|rare|2024-03-04|-|-|-|-|suppressed", "week||2024-03-04|12|4|4|4|ok"} {
		if !slices.Contains(got, want) {
			t.Errorf("lacks %s in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if strings.Contains(strings.Join(got, "\n"), "asked-for") {
		t.Errorf("tells of a request:\n%s", strings.Join(got, "\n"))
	}
	for _, table := range clickhouse.PublicTables() {
		if columns := clickhouse.Columns(t, s, table); columns == 0 {
			t.Errorf("%s is public and does not exist", table)
		}
	}
}
