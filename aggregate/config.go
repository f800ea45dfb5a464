// Package aggregate is the middle of the system: it reads what was ingested from Kafka, normalises and
// enriches it, writes facts to ClickHouse and rolls them up to skill-gap series.
package aggregate

import (
	"errors"
	"time"
)

// Config sizes the aggregator's batches and the rhythm of the roll-up.
type Config struct {
	BatchRecords int           `yaml:"batch_records"` // a batch holds at most so many records of one partition
	BatchBytes   int           `yaml:"batch_bytes"`
	BatchWait    time.Duration `yaml:"batch_wait"`    // a batch that is not full is flushed so long after its first record
	RollUpQuiet  time.Duration `yaml:"rollup_quiet"`  // dirty periods are rolled up when nothing was marked for so long …
	RollUpLatest time.Duration `yaml:"rollup_latest"` // … and at the latest after so long
}

// DefaultConfig fits two cores and an embedded engine: larger batches cost it memory out of proportion.
func DefaultConfig() Config {
	return Config{BatchRecords: 5000, BatchBytes: 16 << 20, BatchWait: time.Second, RollUpQuiet: time.Second, RollUpLatest: 15 * time.Second}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	switch {
	case c.BatchRecords < 1 || c.BatchRecords > 10000:
		return errors.New("aggregate.batch_records: want 1 to 10000")
	case c.BatchBytes < 1<<20 || c.BatchBytes > 20<<20:
		return errors.New("aggregate.batch_bytes: want 1 MiB to 20 MiB")
	case c.BatchWait <= 0 || c.RollUpQuiet <= 0 || c.RollUpLatest < c.RollUpQuiet:
		return errors.New("aggregate: batch_wait and rollup_quiet must be positive, rollup_latest not below rollup_quiet")
	}
	return nil
}
