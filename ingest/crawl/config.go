// Package crawl visits sources: it says which are due, fetches them politely, and sends the postings that are
// new or changed to Kafka. A run of a source ends as exactly one of complete, partial, failed, empty and
// disallowed.
package crawl

import (
	"errors"
	"time"
)

// Config says how patient the crawler is.
type Config struct {
	Parallel    int           `yaml:"parallel"`     // hosts visited at the same time by one process
	Concurrency int           `yaml:"concurrency"`  // requests to one host on their way at the same time, never faster than its rate
	Retries     int           `yaml:"retries"`      // of a request that failed for a reason that may pass
	Backoff     time.Duration `yaml:"backoff"`      // before the first retry; it doubles
	MaxPause    time.Duration `yaml:"max_pause"`    // a host that asks for a longer one is left alone until the next run
	MaxFailures int           `yaml:"max_failures"` // pages in a row that may fail before a run gives up
}

// DefaultConfig suits a machine that visits some dozens of boards.
func DefaultConfig() Config {
	return Config{Parallel: 8, Concurrency: 4, Retries: 3, Backoff: 2 * time.Second, MaxPause: 5 * time.Minute, MaxFailures: 10}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	switch {
	case c.Parallel < 1 || c.Parallel > 256:
		return errors.New("crawl.parallel: want 1 to 256")
	case c.Concurrency < 1 || c.Concurrency > 64:
		return errors.New("crawl.concurrency: want 1 to 64")
	case c.Retries < 0 || c.Retries > 10:
		return errors.New("crawl.retries: want 0 to 10")
	case c.Backoff <= 0:
		return errors.New("crawl.backoff: want a positive duration such as 2s")
	case c.MaxPause <= 0:
		return errors.New("crawl.max_pause: want a positive duration such as 5m")
	case c.MaxFailures < 1:
		return errors.New("crawl.max_failures: want at least 1")
	}
	return nil
}
