// Package health answers whether the process lives and whether the system does its work: /healthz and /readyz.
package health

import (
	"errors"
	"time"
)

// Config says when work that waits is late.
type Config struct {
	RollUpLate time.Duration `yaml:"rollup_late"` // how long a marked period may wait for its roll-up
	LagStuck   time.Duration `yaml:"lag_stuck"`   // how long messages may wait while nothing is committed
}

// DefaultConfig calls work late after five minutes.
func DefaultConfig() Config {
	return Config{RollUpLate: 5 * time.Minute, LagStuck: 5 * time.Minute}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if c.RollUpLate < time.Second || c.LagStuck < time.Second {
		return errors.New("health: rollup_late and lag_stuck want at least 1s")
	}
	return nil
}
