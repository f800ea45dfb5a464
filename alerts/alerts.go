// Package alerts is the stage that compares every skill-gap series with its trend band (judge), keeps the life of alerts,
// tells the subscribers (notify, subscribe) and explains (explain).
package alerts

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/alerts/judge"
	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Group is the consumer group in which the processes of this stage agree on one that works.
const Group = "alerts"

// Store is what job and postman work with; clickhouse.Store is both.
type Store interface {
	judge.Store
	notify.Store
}

// Deps is what the stage works with.
type Deps struct {
	Store    Store
	Kafka    *kafka.Client
	Channels notify.Channels
	Logger   *slog.Logger
	Registry prometheus.Registerer
}

// Alerts is the stage: a job that judges and a postman that tells, which meet in the store only.
type Alerts struct {
	kafka   *kafka.Client
	job     *judge.Job
	postman *notify.Postman
}

// New makes the stage.
func New(cfg Config, deps Deps) (*Alerts, error) {
	job, err := judge.New(cfg.judging(), deps.Store, deps.Kafka, deps.Logger, deps.Registry)
	if err != nil {
		return nil, err
	}
	postman, err := notify.New(cfg.telling(), cfg.Subscribe, notify.Deps{Store: deps.Store, Channels: deps.Channels, Logger: deps.Logger, Registry: deps.Registry})
	if err != nil {
		return nil, err
	}
	return &Alerts{kafka: deps.Kafka, job: job, postman: postman}, nil
}

// Run judges on schedule and notifies until ctx ends. Of all processes that run this stage one works at a time.
func (a *Alerts) Run(ctx context.Context) error {
	return a.kafka.Lead(ctx, Group, talent.TopicAlerts, func(ctx context.Context) error {
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return a.job.Run(ctx) })
		group.Go(func() error { return a.postman.Run(ctx) })
		return group.Wait()
	})
}

// RunOnce judges as of a moment and tells nobody; see judge.Job.
func (a *Alerts) RunOnce(ctx context.Context, asOf time.Time) (judge.Summary, error) {
	return a.job.RunOnce(ctx, asOf)
}

// NotifyOnce sends what is due and returns how many attempts it made.
func (a *Alerts) NotifyOnce(ctx context.Context, now time.Time) (int, error) {
	return a.postman.Once(ctx, now)
}
