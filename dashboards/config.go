// Package dashboards shows what the system knows: pages in Chinese and English, a JSON API for reading, and exports.
// It reads the store and writes nothing. Questions are asked in read; pages, api and export say the answers.
package dashboards

import (
	"errors"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Config says how the pages behave.
type Config struct {
	// CacheFor is how long an answer of the store may be shown again; 0 asks the store each time.
	CacheFor time.Duration `yaml:"cache_for"`
	// LeastParties is how many employers, and how many requesting organisations, must stand behind a number that anyone
	// may see; 1 shows everything. It is applied when a period is rolled up.
	LeastParties int `yaml:"least_parties"`
	// Sample marks every page as sample data.
	Sample bool `yaml:"-"`
	// MailboxPath links to the page that shows the sample market's mails; empty when there is none.
	MailboxPath string `yaml:"-"`
	// Rules are what the alert job of this configuration judges by.
	Rules talent.Rules `yaml:"-"`
}

// DefaultConfig keeps answers for three seconds: a page may be that much behind the store.
func DefaultConfig() Config {
	return Config{CacheFor: 3 * time.Second, LeastParties: talent.LeastParties}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if c.CacheFor < 0 || c.CacheFor > time.Minute {
		return errors.New("dashboards.cache_for: want a duration from 0s to 1m")
	}
	if c.LeastParties < 1 || c.LeastParties > 1000 {
		return errors.New("dashboards.least_parties: want 1 to 1000")
	}
	return nil
}
