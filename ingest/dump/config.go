// Package dump sends postings from files to Kafka: JSON Lines, CSV and TSV, plain or gzipped, alone or in folders.
package dump

import (
	"errors"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Config says what the files are and what holds for all of their postings.
type Config struct {
	Source   string        // name of the source that the postings are counted under
	Grain    talent.Grain  // how often the source publishes
	Format   table.Format  // empty: told from each file's name or first byte
	Mapping  table.Mapping // zero: told from the names of the columns
	Employer string        // of postings that name none; empty: unknown
	Region   string        // place of postings that name none; empty: unknown
	Industry string        // of postings that name none; empty: unknown
	At       time.Time     // when the import began: FirstSeen and Fetched of every posting

	BatchSize int // messages of one write
	Writers   int // writes at a time
	Readers   int // files read at a time
}

// DefaultConfig reads files by their names and counts by week; Source and At are for the caller to give.
func DefaultConfig() Config {
	return Config{Grain: talent.Week, BatchSize: 500, Writers: 3, Readers: 2}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if c.Source == "" {
		return errors.New("import: name the source that the postings are counted under (--source)")
	}
	if err := talent.CheckSourceName(c.Source); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if c.At.IsZero() {
		return errors.New("import: the time of the import is not given")
	}
	if _, err := talent.ParseGrain(string(c.Grain)); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if c.Format != "" {
		if _, err := table.FormatByName(string(c.Format)); err != nil {
			return fmt.Errorf("import: %w", err)
		}
	}
	if err := c.Mapping.Validate(); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if c.BatchSize < 1 || c.Writers < 1 || c.Readers < 1 {
		return errors.New("import: batch size, writers and readers must be at least 1")
	}
	return nil
}
