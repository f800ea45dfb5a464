package dump

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Writer takes postings and returns when they are safe or refused; *outbox.Outbox is one.
type Writer interface {
	Write(ctx context.Context, postings []talent.Posting) (outbox.Report, error)
}

// Importer sends dumps to Kafka. It may be used for several runs, one after the other.
type Importer struct {
	cfg    Config
	out    Writer
	logger *slog.Logger
}

// New makes an importer that writes to out.
func New(cfg Config, out Writer, logger *slog.Logger) (*Importer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Importer{cfg: cfg, out: out, logger: logger}, nil
}

// FileStats is what became of one file.
type FileStats struct {
	Path   string
	Format table.Format
	Bytes  int64
	table.Stats
	Err error // why the file was not read to its end; nil when it was
}

// Stats is what became of an import. Postings counts rows that were read; Sent and Refused add up to it unless Run
// returned an error of the broker.
type Stats struct {
	Files    []FileStats // in the order of the paths
	Skipped  []string    // files in folders whose names tell no format
	Rows     int
	Postings int
	Bad      int
	outbox.Report
}

// keptFileErrors is how many broken files an error names.
const keptFileErrors = 5

// Run reads every file of paths (folders in depth) and writes its postings to Kafka. progress, which may be nil, is
// called after each write, never twice at a time, with the bytes of the files that are read, the bytes of all files
// and the postings that the broker has acknowledged. A file that cannot be read does not keep the others from being
// imported: its error is in its FileStats and in the error of Run. An empty file in a folder is passed over. Running
// the same files again sends the same ids, which the store counts once, so an import that broke off is simply
// repeated.
func (im *Importer) Run(ctx context.Context, paths []string, progress func(doneBytes, totalBytes int64, postings int)) (Stats, error) {
	files, skipped, err := collect(paths, im.cfg.Format)
	if err != nil {
		return Stats{}, err
	}
	for _, path := range skipped {
		im.logger.Warn("file left out, its name tells no format", "path", path)
	}
	stats := Stats{Files: make([]FileStats, len(files)), Skipped: skipped}
	var total int64
	for _, f := range files {
		total += f.size
	}
	var (
		done     atomic.Int64
		report   outbox.Report
		reporter sync.Mutex
		batches  = make(chan []talent.Posting, im.cfg.Writers)
		writers  errgroup.Group
	)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for range im.cfg.Writers {
		writers.Go(func() error {
			for batch := range batches {
				became, err := im.out.Write(ctx, batch)
				reporter.Lock()
				report.Add(became)
				if err == nil && progress != nil {
					progress(min(done.Load(), total), total, report.Sent)
				}
				reporter.Unlock()
				if err != nil {
					cancel(err) // ends the readers and the other writers
					return err
				}
			}
			return nil
		})
	}
	var readers errgroup.Group
	readers.SetLimit(im.cfg.Readers)
	for i, f := range files {
		readers.Go(func() error {
			stats.Files[i] = im.read(ctx, f, &done, batches)
			return nil
		})
	}
	_ = readers.Wait() // each file keeps its own error
	close(batches)
	err = writers.Wait()
	stats.Report = report
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		stats.add()
		return stats, fmt.Errorf("import stopped after %d postings; run it again, what is there already is not counted twice: %w", report.Sent, err)
	}
	return stats, im.judge(&stats, files)
}

// add fills the totals.
func (s *Stats) add() {
	for _, f := range s.Files {
		s.Rows += f.Rows
		s.Postings += f.Postings
		s.Bad += f.Bad
	}
}

// judge adds the files up and joins their errors.
func (im *Importer) judge(stats *Stats, files []file) error {
	stats.add()
	var errs []error
	broken := 0
	for i, f := range stats.Files {
		switch {
		case f.Err == nil:
			continue
		case errors.Is(f.Err, table.ErrEmpty) && !files[i].named && stats.Postings > 0:
			im.logger.Warn("empty file", "path", f.Path)
			continue
		}
		if broken++; broken <= keptFileErrors {
			errs = append(errs, fmt.Errorf("import %s: %w", f.Path, f.Err))
		}
	}
	if broken > keptFileErrors {
		errs = append(errs, fmt.Errorf("and %d more files", broken-keptFileErrors))
	}
	return errors.Join(errs...)
}

// read parses one file into batches.
func (im *Importer) read(ctx context.Context, f file, done *atomic.Int64, batches chan<- []talent.Posting) FileStats {
	fs := FileStats{Path: f.path, Format: im.cfg.Format, Bytes: f.size}
	if err := context.Cause(ctx); err != nil {
		fs.Err = err
		return fs
	}
	in, err := open(f, im.cfg.Format, done)
	if err != nil {
		fs.Err = err
		return fs
	}
	defer func() { _ = in.Close() }() // only read from
	fs.Format = in.format
	known := outbox.Source{Name: im.cfg.Source, Grain: im.cfg.Grain, Employer: im.cfg.Employer, Region: im.cfg.Region, Industry: im.cfg.Industry}
	batch := make([]talent.Posting, 0, im.cfg.BatchSize)
	send := func() error {
		if len(batch) == 0 {
			return nil
		}
		select {
		case batches <- batch:
			batch = make([]talent.Posting, 0, im.cfg.BatchSize)
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	fs.Stats, fs.Err = table.Read(in, in.format, im.cfg.Mapping, func(p talent.Posting) error {
		known.Fill(&p, im.cfg.At, im.cfg.At)
		if batch = append(batch, p); len(batch) == im.cfg.BatchSize {
			return send()
		}
		return nil
	})
	if err := send(); err != nil && fs.Err == nil { // also after an error: what was read counts
		fs.Err = err
	}
	return fs
}
