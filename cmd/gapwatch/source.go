package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// sourceCmd looks at where postings come from, and takes out or renames a source.
type sourceCmd struct {
	List   sourceListCmd   `cmd:"" help:"List sources, with what each has brought in."`
	Show   sourceShowCmd   `cmd:"" help:"Show one source, its latest runs, and what removing it would change."`
	Remove sourceRemoveCmd `cmd:"" help:"Take a source and its postings out of every number."`
	Rename sourceRenameCmd `cmd:"" help:"Give a source another name; every number stays as it is."`
}

// sources is what the store knows of sources, by name.
type sources struct {
	infos  map[string]talent.SourceInfo
	totals map[string]talent.SourceTotals
	runs   map[string]talent.CrawlRun // the latest
}

func readSources(ctx context.Context, store *clickhouse.Store) (sources, error) {
	s := sources{infos: map[string]talent.SourceInfo{}, totals: map[string]talent.SourceTotals{}}
	known, err := store.Sources(ctx)
	if err != nil {
		return s, err
	}
	for _, k := range known {
		s.infos[k.Name] = k
	}
	totals, err := store.SourceTotals(ctx)
	if err != nil {
		return s, err
	}
	for _, t := range totals {
		s.totals[t.Source] = t
	}
	s.runs, err = store.LastRuns(ctx)
	return s, err
}

// names lists every source that is known by its record, its postings or its runs.
func (s sources) names() []string {
	var out []string
	for name := range s.infos {
		out = append(out, name)
	}
	for name := range s.totals {
		out = append(out, name)
	}
	for name := range s.runs {
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// find refuses a name that no source has.
func (s sources) find(name string) error {
	names := s.names()
	switch {
	case slices.Contains(names, name):
		return nil
	case len(names) == 0:
		return usageError{fmt.Errorf("no source %q: there is none yet", name)}
	}
	return usageError{fmt.Errorf("no source %q; there are: %s", name, strings.Join(names, ", "))}
}

// state says in a word how a source is: how its latest run ended, imported, or waiting for its first postings.
func (s sources) state(name string) string {
	if r, ok := s.runs[name]; ok {
		return string(r.Outcome)
	}
	if s.infos[name].Schedule == "" && s.totals[name].Postings > 0 {
		return "imported"
	}
	return "waiting"
}

// sourceListCmd lists sources.
type sourceListCmd struct{}

// Help is shown under the flags.
func (sourceListCmd) Help() string { return "Example: gapwatch source list" }

// Run prints a row a source.
func (sourceListCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		all, err := readSources(ctx, s.backend.store)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(env.stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tKIND\tGRAIN\tPOSTINGS\tVACANCIES\tFIRST\tLAST\tSTATE")
		for _, name := range all.names() {
			i, t := all.infos[name], all.totals[name]
			fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", name, i.Kind, i.Grain, t.Postings, t.Vacancies, date(t.FirstDate, t.Postings), date(t.LastDate, t.Postings), all.state(name))
		}
		return table.Flush()
	})
}

// date is a day of a source that has postings.
func date(t time.Time, postings uint64) string {
	if postings == 0 {
		return "-"
	}
	return t.Format(time.DateOnly)
}

// sourceShowCmd shows a source.
type sourceShowCmd struct {
	Source string `arg:"" help:"Name of the source, from gapwatch source list."`
}

// Help is shown under the flags.
func (sourceShowCmd) Help() string { return "Example: gapwatch source show rebase-who-is-hiring" }

// shownRuns is how many runs are shown.
const shownRuns = 5

// Run prints the source.
func (c sourceShowCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		all, err := readSources(ctx, s.backend.store)
		if err != nil {
			return err
		}
		if err := all.find(c.Source); err != nil {
			return err
		}
		i := all.infos[c.Source]
		table := tabwriter.NewWriter(env.stdout, 0, 4, 2, ' ', 0)
		for _, row := range [][2]string{{"name", c.Source}, {"kind", i.Kind}, {"from", i.URL}, {"grain", string(i.Grain)}, {"schedule", i.Schedule}, {"note", i.Note}, {"state", all.state(c.Source)}} {
			if row[1] != "" {
				fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
			}
		}
		if err := table.Flush(); err != nil {
			return err
		}
		runs, err := s.backend.store.Runs(ctx, c.Source, shownRuns)
		if err != nil {
			return err
		}
		for _, r := range runs {
			fmt.Fprintf(env.stdout, "run of %s: %s: %s (%d postings)\n", r.Started.Format(time.DateTime), r.Outcome, r.Reason, r.Postings)
		}
		facts, err := s.backend.store.SourceFacts(ctx, c.Source)
		if err != nil {
			return err
		}
		describe(env.stdout, facts)
		return nil
	})
}

// describe says what hangs on a source.
func describe(w io.Writer, f clickhouse.SourceFacts) {
	if f.Postings == 0 {
		fmt.Fprintln(w, "no postings are counted from it")
		return
	}
	fmt.Fprintf(w, "%d postings from %s to %s, %d vacancies (%d of them are in other sources too), %d skills, counted in %d weeks and %d months\n",
		f.Postings, f.First.Format(time.DateOnly), f.Last.Format(time.DateOnly), f.Vacancies, f.Shared, f.Skills, f.Weeks, f.Months)
}
