// Package judge compares every skill-gap series with its trend band and keeps the life of alerts. The live job, the
// backtest and the explanation run the same Evaluator. It knows nothing of subscribers: what happened is stored and
// published, and package notify reads it there.
package judge

import (
	"errors"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/alerts/judge/band"
	"github.com/gapwatch/gapwatch/internal/schedule"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Config says when series are judged, and by which thresholds.
type Config struct {
	Schedule     string        `yaml:"schedule"`      // cron, five fields or @every; the job also runs at start
	Settle       time.Duration `yaml:"settle"`        // series are judged when nothing was rolled up for so long …
	SettleLatest time.Duration `yaml:"settle_latest"` // … or after so long, whatever is rolled up
	Backfill     int           `yaml:"backfill"`      // periods of band drawn back when a series is judged first
	ResolveWeeks int           `yaml:"resolve_weeks"` // judged weeks in a row inside the band that end an alert
	ResolveMonth int           `yaml:"resolve_months"`
	Band         band.Config   `yaml:"band"`

	// Sample marks every event as sample data.
	Sample bool `yaml:"-"`
}

// DefaultConfig judges every ten minutes.
func DefaultConfig() Config {
	return Config{Schedule: "*/10 * * * *", Settle: 30 * time.Second, SettleLatest: 10 * time.Minute, Backfill: 52,
		ResolveWeeks: 4, ResolveMonth: 2, Band: band.DefaultConfig()}
}

// Rules are the numbers that this configuration judges by.
func (c Config) Rules() talent.Rules {
	grain := func(l band.Limits, calm int) talent.GrainRules {
		return talent.GrainRules{Window: l.Window, History: l.History, Minimum: l.Minimum, Gap: l.Gap, Calm: calm}
	}
	return talent.Rules{
		Week: grain(c.Band.Week, c.ResolveWeeks), Month: grain(c.Band.Month, c.ResolveMonth),
		Alpha: c.Band.Alpha, AlphaCalm: c.Band.AlphaCalm, MinHeads: c.Band.MinHeads, MinParties: c.Band.MinEmployers,
		MinRatio: c.Band.MinRatio, Steps: steps(), Scarcity: redScarcity, Version: band.Version,
	}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if _, err := schedule.Parse(c.Schedule); err != nil {
		return fmt.Errorf("alerts.schedule: %w", err)
	}
	switch {
	case c.Settle < 0 || c.SettleLatest < c.Settle:
		return errors.New("alerts: settle cannot be negative, settle_latest not below settle")
	case c.Backfill < 1 || c.Backfill > 520:
		return errors.New("alerts.backfill: want 1 to 520 periods")
	case c.ResolveWeeks < 1 || c.ResolveMonth < 1:
		return errors.New("alerts: resolve_weeks and resolve_months must be at least 1")
	}
	return c.Band.Validate()
}
