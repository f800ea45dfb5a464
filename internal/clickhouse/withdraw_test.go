package clickhouse_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

var monday = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// store puts a posting of a source as the aggregator does, with the record of its batch, and returns it.
func store(t *testing.T, s *clickhouse.Store, source, key, vacancy string, after int) talent.PostingFact {
	t.Helper()
	date := monday.AddDate(0, 0, after)
	f := fact(talent.PostingID(source, key), date.Format(time.DateOnly), "", "", vacancy, "employer "+vacancy, 1, "pytorch")
	f.Source, f.Key, f.Text = source, key, "PyTorch"
	put(t, s, f)
	if err := s.PutBatches(t.Context(), talent.Batch{Topic: talent.TopicPostings, First: int64(len(key)), Last: int64(len(key)), Fact: "postings",
		Rows: map[string]uint64{f.ID: f.Version()}, Sources: []string{source}, Days: [2]time.Time{date, date}}); err != nil {
		t.Fatal(err)
	}
	return f
}

// counted rolls up what is dirty and describes the week of monday; the series is also counted again from the facts.
func counted(t *testing.T, s *clickhouse.Store) string {
	t.Helper()
	rollUp(t, s)
	return series(t, s, seriesRange{Grain: talent.Week, Skill: "pytorch"})[0]
}

func intact(t *testing.T, s *clickhouse.Store) {
	t.Helper()
	lost, err := s.LostBatches(t.Context(), time.Time{}, time.Now().Add(time.Hour))
	if err != nil || len(lost) > 0 {
		t.Errorf("the check of the batches finds %v lost: %v", lost, err)
	}
}

func runs(t *testing.T, s *clickhouse.Store, source string) int {
	t.Helper()
	got, err := s.Runs(t.Context(), source, 10)
	if err != nil {
		t.Fatal(err)
	}
	return len(got)
}

// TestWithdrawSource: what a source brought in is no longer counted, what others have too stays, nothing looks lost, an
// old message changes nothing and a new reading counts again.
func TestWithdrawSource(t *testing.T) {
	s, ctx := testenv.Store(t), t.Context()
	first := store(t, s, "gone", "a", "va", 0)
	store(t, s, "gone", "bb", "vb", 1)
	store(t, s, "stays", "ccc", "vb", 2) // a copy of the one before
	store(t, s, "stays", "dddd", "vd", 0)
	if err := s.PutSources(ctx, talent.SourceInfo{Name: "gone", Kind: "site", Grain: talent.Week}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutCrawlRuns(ctx, talent.CrawlRun{ID: "r", Source: "gone", Outcome: talent.RunComplete, Started: monday, Ended: monday}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutPages(ctx, []talent.Page{{Source: "gone", URL: "u", ContentHash: "h", FirstSeen: monday, LastSeen: monday, Status: 200}}); err != nil {
		t.Fatal(err)
	}
	if got, want := counted(t, s), "2026-11-02 3/3/3/3 +0 supply unknown ok"; got != want {
		t.Fatalf("counted before: %s, want %s", got, want)
	}
	facts, err := s.SourceFacts(ctx, "gone")
	if err != nil || facts.Postings != 2 || facts.Vacancies != 2 || facts.Shared != 1 || facts.Weeks != 1 || facts.Months != 0 || facts.Skills != 1 {
		t.Errorf("facts of the source: %+v, %v", facts, err)
	}
	for range 2 { // doing it again changes nothing
		for _, step := range []func() error{
			func() error { return s.WithdrawPostings(ctx, "gone") }, func() error { return s.MarkWithdrawn(ctx, "gone") },
			func() error { return s.ForgetCrawl(ctx, "gone") }, func() error { return s.ForgetSource(ctx, "gone") },
		} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := counted(t, s), "2026-11-02 2/2/2/2 +0 supply unknown ok"; got != want {
		t.Errorf("counted after: %s, want %s", got, want)
	}
	intact(t, s)
	if known, err := s.Sources(ctx); err != nil || len(known) != 0 || runs(t, s, "gone") != 0 {
		t.Errorf("still listed: %v, %d runs, %v", known, runs(t, s, "gone"), err)
	}
	if pages, err := s.Pages(ctx, "gone"); err != nil || len(pages) != 0 {
		t.Errorf("pages are still remembered: %v, %v", pages, err)
	}
	if known, err := s.KnownPostings(ctx, []string{first.ID}); err != nil || len(known) != 0 {
		t.Errorf("a withdrawn posting is known: %v, %v", known, err)
	}
	if totals, err := s.SourceTotals(ctx); err != nil || len(totals) != 1 {
		t.Errorf("totals %v, %v", totals, err)
	}
	if err := s.PutPostings(ctx, "", []talent.PostingFact{first}); err != nil { // an old message is read again
		t.Fatal(err)
	}
	if n, err := s.CountPostings(ctx, "gone"); err != nil || n != 0 {
		t.Errorf("an old message brought %d postings back: %v", n, err)
	}
	first.Fetched = time.Now().Add(time.Second)
	if err := s.PutPostings(ctx, "", []talent.PostingFact{first}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.CountPostings(ctx, "gone"); err != nil || n != 1 {
		t.Errorf("a new reading counts %d postings: %v", n, err)
	}
}

// TestCopySource: under its new name a source has the same postings, under the ids that a reading would give them, and
// every number stays as it is.
func TestCopySource(t *testing.T) {
	s, ctx := testenv.Store(t), t.Context()
	store(t, s, "old", "a", "va", 0)
	b := store(t, s, "old", "bb", "vb", 0)
	if err := s.PutCrawlRuns(ctx, talent.CrawlRun{ID: "r", Source: "old", Outcome: talent.RunComplete, Started: monday, Ended: monday}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutPages(ctx, []talent.Page{{Source: "old", URL: "u", ContentHash: "h", FirstSeen: monday, LastSeen: monday, Status: 200}}); err != nil {
		t.Fatal(err)
	}
	before := counted(t, s)
	if err := s.CopySource(ctx, "old", "new"); err != nil {
		t.Fatal(err)
	}
	if err := s.CopySource(ctx, "old", "new"); err != nil { // killed, and again
		t.Fatal(err)
	}
	if err := s.MarkEverything(ctx); err != nil {
		t.Fatal(err)
	}
	if got := counted(t, s); got != before {
		t.Errorf("counted in the middle of it: %s, before %s", got, before)
	}
	for _, step := range []func(context.Context, string) error{s.WithdrawPostings, s.MarkWithdrawn, s.ForgetCrawl, s.ForgetSource} {
		if err := step(ctx, "old"); err != nil {
			t.Fatal(err)
		}
	}
	if got := counted(t, s); got != before {
		t.Errorf("counted under the new name: %s, before %s", got, before)
	}
	intact(t, s)
	known, err := s.KnownPostings(ctx, []string{talent.PostingID("new", "a"), talent.PostingID("new", "bb"), b.ID})
	if err != nil || len(known) != 2 || !known[talent.PostingID("new", "bb")].Date.Equal(b.Date) {
		t.Errorf("known under the new name: %v, %v", known, err)
	}
	if pages, err := s.Pages(ctx, "new"); err != nil || pages["u"].ContentHash != "h" || runs(t, s, "new") != 1 || runs(t, s, "old") != 0 {
		t.Errorf("pages %v, %d and %d runs, %v", pages, runs(t, s, "new"), runs(t, s, "old"), err)
	}
}

// market puts random postings of sources into a new store: copies within and between sources, cells of every kind.
func market(t *testing.T, sources ...string) *clickhouse.Store {
	t.Helper()
	s := testenv.Store(t)
	dice := rand.New(rand.NewPCG(8, 1))
	var facts []talent.PostingFact
	for i := range 600 {
		source, vacancy := []string{"one", "two", "three"}[dice.IntN(3)], dice.IntN(300)
		date := monday.AddDate(0, 0, -dice.IntN(70))
		f := fact(talent.PostingID(source, fmt.Sprint(i)), date.Format(time.DateOnly), []string{"310115", "110000", "DE", ""}[vacancy%4], []string{"I", "C", ""}[vacancy%3],
			fmt.Sprint("v", vacancy), fmt.Sprint("e", vacancy%20), uint32(1+vacancy%5), []string{"pytorch", "rust", "cuda"}[:vacancy%4]...)
		f.Source, f.Key, f.Grain = source, fmt.Sprint(i), []talent.Grain{talent.Week, talent.Month}[vacancy%2]
		if slices.Contains(sources, source) {
			facts = append(facts, f)
		}
	}
	put(t, s, facts...)
	rollUp(t, s)
	return s
}

// everything describes every period of every series in which anything was counted.
func everything(t *testing.T, s *clickhouse.Store) []string {
	t.Helper()
	var out []string
	for _, grain := range []talent.Grain{talent.Week, talent.Month} {
		if err := s.EachSeries(t.Context(), grain, monday.AddDate(-1, 0, 0), monday.AddDate(1, 0, 0), func(all talent.Series) error {
			for _, p := range all.Points {
				if p.Vacancies > 0 {
					out = append(out, fmt.Sprintf("%+v %s: %g heads, %d of %d vacancies, %d employers, %s", all.Key, p.Period.Format(time.DateOnly), p.Openings, p.Vacancies, p.Exposure, p.Employers, p.State))
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(out)
	return out
}

// TestAsIfItHadNeverBeen: after a source was withdrawn every series is what it is in a store that never had it; after
// one was renamed every series is what it was.
func TestAsIfItHadNeverBeen(t *testing.T) {
	s, ctx := market(t, "one", "two", "three"), t.Context()
	whole := everything(t, s)
	if len(whole) < 100 {
		t.Fatalf("%d numbers", len(whole))
	}
	withdraw := func(name string) {
		for _, step := range []func(context.Context, string) error{s.WithdrawPostings, s.MarkWithdrawn} {
			if err := step(ctx, name); err != nil {
				t.Fatal(err)
			}
		}
		rollUp(t, s)
	}
	if err := s.CopySource(ctx, "two", "renamed"); err != nil {
		t.Fatal(err)
	}
	withdraw("two")
	if d := cmp.Diff(whole, everything(t, s)); d != "" {
		t.Errorf("a new name changes numbers:\n%s", d)
	}
	withdraw("three")
	if d := cmp.Diff(everything(t, market(t, "one", "two")), everything(t, s)); d != "" {
		t.Errorf("without one source the numbers are not those of a store that never had it:\n%s", d)
	}
}
