package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
	"github.com/gapwatch/gapwatch/ingest/dump"
	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// importCmd imports dumps of postings.
type importCmd struct {
	Source   string   `required:"" placeholder:"NAME" help:"Name of the source that the postings are counted under."`
	Format   string   `placeholder:"FORMAT" help:"jsonl, csv, tsv, or a dump known by name: hn, lagou, liepin. Default: told from each file."`
	Map      []string `placeholder:"FIELD=COLUMN" help:"Which column holds a field, e.g. --map title=职位名称; repeat for each."`
	Grain    string   `default:"week" enum:"week,month" help:"How often the source publishes: week or month."`
	Region   string   `help:"Place of postings that name none: a name, or a GB/T 2260 code of six digits."`
	Industry string   `help:"Industry section of postings that name none."`
	Employer string   `help:"Employer of postings that name none."`
	Paths    []string `arg:"" name:"path" help:"Files or folders; .gz is read as it is."`
}

// Help is shown under the flags.
func (importCmd) Help() string {
	return `A second import of the same file changes nothing. When no gapwatch runs on the data directory, the command also
aggregates what it imported. Example:
  gapwatch import --source hn --format hn --grain month who-is-hiring/`
}

// Run imports, and waits until everything is in the series when this process is the one that aggregates.
func (c importCmd) Run(env *environment) (err error) {
	cfg, logger, err := env.load()
	if err != nil {
		return err
	}
	if err := refuseSample(cfg, "real postings"); err != nil {
		return err
	}
	dumpCfg, err := c.config(time.Now().UTC())
	if err != nil {
		return usageError{err}
	}
	for _, path := range c.Paths { // before a data directory is made for nothing
		if _, err := os.Stat(path); err != nil {
			return usageError{fmt.Errorf("nothing to import: %w", err)}
		}
	}
	b, err := attach(env.ctx, cfg, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	s := &stage{cfg, logger, b, newRegistry()}
	all, err := readSources(env.ctx, b.store)
	if err != nil {
		return err
	}
	if all.infos[c.Source].Schedule != "" {
		return usageError{fmt.Errorf("%s is a source that is crawled: import under a name of its own", c.Source)}
	}
	out := &recording{Writer: outbox.New(b.kafka, logger, s.registry), record: sync.OnceValue(func() error {
		return b.store.PutSources(env.ctx, talent.SourceInfo{Name: c.Source, Kind: "import", URL: strings.Join(c.Paths, " "), Grain: dumpCfg.Grain})
	})}
	importer, err := dump.New(dumpCfg, out, logger)
	if err != nil {
		return usageError{err}
	}
	work := func(ctx context.Context, drain func(context.Context) error) error {
		stats, err := importer.Run(ctx, c.Paths, c.progress(env.stderr))
		printStats(env.stdout, stats)
		if err != nil || drain == nil {
			return err
		}
		fmt.Fprintln(env.stderr, "aggregating …")
		return drain(ctx)
	}
	if b.embedded != nil {
		err = aggregating(env.ctx, s, work)
	} else {
		err = work(env.ctx, nil)
	}
	if err == nil && env.ctx.Err() != nil {
		err = errors.New("stopped before the end: import the same files again, nothing is counted twice")
	}
	return err
}

// recording records a source with its first posting that is safe: an import that brought nothing leaves no source that
// waits for ever.
type recording struct {
	dump.Writer
	record func() error
}

// Write is of dump.Writer.
func (r *recording) Write(ctx context.Context, postings []talent.Posting) (outbox.Report, error) {
	report, err := r.Writer.Write(ctx, postings)
	if err == nil && report.Sent > 0 {
		err = r.record()
	}
	return report, err
}

func (c importCmd) config(now time.Time) (dump.Config, error) {
	cfg := dump.DefaultConfig()
	cfg.Source, cfg.Grain, cfg.Region, cfg.Industry, cfg.Employer, cfg.At = c.Source, talent.Grain(c.Grain), c.Region, c.Industry, c.Employer, now
	err := config.CheckDefaults(c.Region, c.Industry)
	if err != nil {
		return cfg, err
	}
	switch {
	case c.Format == "":
	case slices.Contains(table.Presets(), c.Format):
		cfg.Mapping, err = table.Preset(c.Format)
	default:
		if cfg.Format, err = table.FormatByName(c.Format); err != nil {
			err = fmt.Errorf("%w, or a dump known by name: %s", err, strings.Join(table.Presets(), ", "))
		}
	}
	if err != nil {
		return cfg, err
	}
	if cfg.Mapping, err = cfg.Mapping.With(c.Map...); err != nil {
		return cfg, err
	}
	return cfg, cfg.Validate()
}

// progress draws a bar on a terminal and nothing elsewhere.
func (c importCmd) progress(w io.Writer) func(done, total int64, postings int) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(done, total int64, postings int) {
		if bar == nil {
			bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish())
		}
		bar.Describe(fmt.Sprintf("%d postings", postings))
		_ = bar.Set64(done) // a bar that cannot be drawn must not stop the import
	}
}

func printStats(w io.Writer, s dump.Stats) {
	for _, f := range s.Files {
		if f.Err != nil {
			fmt.Fprintf(w, "%s: %v\n", f.Path, f.Err)
		}
		for _, e := range f.Errors {
			fmt.Fprintf(w, "%s: %v\n", f.Path, e)
		}
	}
	for _, name := range s.Skipped {
		fmt.Fprintf(w, "%s: left out, its name tells no format (give --format)\n", name)
	}
	if s.Refused > 0 {
		fmt.Fprintf(w, "%d postings could not be sent, first: %s\n", s.Refused, s.First)
	}
	fmt.Fprintf(w, "%d files, %d rows: %d postings sent (%d with personal data masked, %d shortened), %d rows bad\n", len(s.Files), s.Rows, s.Sent, s.Masked, s.Cut, s.Bad)
}
