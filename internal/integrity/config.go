// Package integrity finds out whether what was stored is still there: tables and parts against an inventory, facts
// against the batches that were committed, bytes against their checksums. A loss stops what would publish it, until
// it is repaired.
package integrity

import (
	"errors"
	"time"
)

// Config says how often the stored data is looked at.
type Config struct {
	Every  time.Duration `yaml:"every"`  // between two checks
	Budget time.Duration `yaml:"budget"` // how long one check may read data to compare checksums; the rest waits for the next
}

// DefaultConfig checks once an hour and reads for a minute at most.
func DefaultConfig() Config { return Config{Every: time.Hour, Budget: time.Minute} }

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if c.Every < time.Second || c.Budget <= 0 {
		return errors.New("integrity: every wants at least 1s, budget more than 0s")
	}
	return nil
}
