package judge

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/schedule"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Store keeps series, evaluations and the life of alerts; clickhouse.Store does.
type Store interface {
	Series
	Intact(ctx context.Context) error // talent.ErrLost while stored data is lost
	Settling(ctx context.Context, grain talent.Grain, from, through time.Time) (talent.Settling, error)
	RolledAfter(ctx context.Context, grain talent.Grain, from, through, after time.Time) ([]time.Time, error)
	LastBands(ctx context.Context, grain talent.Grain, version string) (map[talent.SeriesKey]time.Time, time.Time, error)
	PutBands(ctx context.Context, bands []talent.Band) error
	LatestAlerts(ctx context.Context, grain talent.Grain) (map[talent.SeriesKey]talent.Alert, error)
	FiringAlerts(ctx context.Context) ([]talent.Alert, error)
	PutAlerts(ctx context.Context, alerts []talent.Alert) error
	PutAlertEvents(ctx context.Context, events []talent.AlertEvent) error
	AlertEventsSince(ctx context.Context, since time.Time) ([]talent.AlertEvent, error)
	Attempts(ctx context.Context, ids []string) ([]talent.Notification, error)
	PutNotifications(ctx context.Context, list []talent.Notification) error
}

// Series hands over every series of a grain in a range of periods.
type Series interface {
	EachSeries(ctx context.Context, grain talent.Grain, from, through time.Time, each func(talent.Series) error) error
}

// Job is the scheduled evaluation of every series.
type Job struct {
	cfg       Config
	store     Store
	kafka     *kafka.Client
	evaluator Evaluator
	schedule  schedule.Schedule
	logger    *slog.Logger
	metrics   metrics
	judged    map[talent.Grain]string // what each grain's last run had seen
}

// New makes the job.
func New(cfg Config, store Store, k *kafka.Client, logger *slog.Logger, reg prometheus.Registerer) (*Job, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	due, err := schedule.Parse(cfg.Schedule)
	if err != nil {
		return nil, err
	}
	return &Job{cfg: cfg, store: store, kafka: k, evaluator: NewEvaluator(cfg), schedule: due, logger: logger, metrics: newMetrics(reg),
		judged: map[talent.Grain]string{}}, nil
}

// Run runs the job at once and then on schedule, until ctx ends. A run that fails is tried again at the next turn.
func (j *Job) Run(ctx context.Context) error {
	clear(j.judged) // another process may have worked meanwhile
	for {
		j.settle(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if _, err := j.run(ctx, time.Now(), false); err != nil && ctx.Err() == nil {
			j.logger.Error("alert run failed, trying again at the next turn", "error", err)
		}
		if !sleep(ctx, time.Until(j.schedule.Next(time.Now().UTC()))) {
			return nil
		}
	}
}

// settle waits until the roll-up has been quiet for a moment: in the middle of an import half of the facts would
// be judged, and the evidence could not be recomputed a minute later.
func (j *Job) settle(ctx context.Context) {
	began := time.Now()
	for time.Since(began) < j.cfg.SettleLatest {
		quiet := true
		for _, grain := range []talent.Grain{talent.Week, talent.Month} {
			from, last := j.reach(grain, time.Now())
			s, err := j.store.Settling(ctx, grain, from, last)
			if err != nil {
				if ctx.Err() == nil {
					j.logger.Warn("cannot tell whether the roll-up is quiet", "error", err)
				}
				quiet = false
				continue
			}
			quiet = quiet && s.Dirty == 0 && time.Since(s.Rolled) >= j.cfg.Settle
		}
		if quiet || !sleep(ctx, time.Second) {
			return
		}
	}
}

// reach is the range of periods that a run of a grain looks at.
func (j *Job) reach(grain talent.Grain, asOf time.Time) (from, last time.Time) {
	last = grain.LastComplete(asOf)
	return grain.Add(last, 1-j.evaluator.Span(grain)-j.cfg.Backfill), last
}

// sleep waits and reports whether ctx still lives.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
