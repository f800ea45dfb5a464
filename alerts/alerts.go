package alerts

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/email"
	"github.com/gapwatch/gapwatch/alerts/notify/webhook"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/schedule"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Group is the consumer group in which the processes of this stage agree on one that works.
const Group = "alerts"

// Channel carries messages to subscribers. Send says whether another attempt can help, and the named reason that
// is recorded; err is nil when the message was accepted.
type Channel interface {
	Send(ctx context.Context, m notify.Message) (retry bool, reason string, err error)
}

// Alerts is the stage: the scheduled evaluation and the notifications.
type Alerts struct {
	cfg       Config
	store     *clickhouse.Store
	kafka     *kafka.Client
	evaluator Evaluator
	channels  map[string]Channel
	lanes     map[string]*lanes // by channel: a mail never waits for a webhook
	room      chan struct{}     // a full queue has room again
	schedule  schedule.Schedule
	logger    *slog.Logger
	metrics   metrics
	counting  sync.Mutex              // held while the mails of a mailbox are counted and one more is recorded
	judged    map[talent.Grain]string // what each grain's last run had seen
}

// New makes the stage. client carries webhooks, so it must refuse private addresses where subscribers are not
// trusted. Mails are sent when the configuration names an SMTP server.
func New(cfg Config, store *clickhouse.Store, k *kafka.Client, client *http.Client, logger *slog.Logger, reg prometheus.Registerer) (*Alerts, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	due, err := schedule.Parse(cfg.Schedule)
	if err != nil {
		return nil, fmt.Errorf("alerts.schedule: %w", err)
	}
	hook, err := webhook.New(cfg.Webhook, client)
	if err != nil {
		return nil, err
	}
	channels := map[string]Channel{channelWebhook: hook}
	if cfg.Email.Host == "" {
		logger.Warn("no mail will be sent: alerts.email.host is empty")
	} else {
		if channels[channelEmail], err = email.New(cfg.Email); err != nil {
			return nil, err
		}
	}
	a := &Alerts{cfg: cfg, store: store, kafka: k, evaluator: NewEvaluator(cfg), channels: channels, schedule: due,
		logger: logger, metrics: newMetrics(reg), judged: map[talent.Grain]string{}, room: make(chan struct{}, 1)}
	freed := func() {
		select {
		case a.room <- struct{}{}:
		default:
		}
	}
	n := cfg.Notify
	a.lanes = map[string]*lanes{
		channelEmail:   newLanes(n.Mails, n.PerReceiver, max(1, n.Mails/4), n.PerCycle, freed),
		channelWebhook: newLanes(n.Webhooks, n.PerReceiver, max(1, n.Webhooks/8), n.PerCycle, freed),
	}
	return a, nil
}

// Run judges on schedule and notifies until ctx ends. Of all processes that run this stage one works at a time.
func (a *Alerts) Run(ctx context.Context) error {
	return a.kafka.Lead(ctx, Group, talent.TopicAlerts, func(ctx context.Context) error {
		clear(a.judged) // another process may have worked meanwhile
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return a.jobLoop(ctx) })
		group.Go(func() error { return a.notifyLoop(ctx) })
		return group.Wait()
	})
}

// jobLoop runs the job at once and then on schedule. A run that fails is tried again at the next turn.
func (a *Alerts) jobLoop(ctx context.Context) error {
	for {
		a.settle(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if _, err := a.run(ctx, time.Now(), false); err != nil && ctx.Err() == nil {
			a.logger.Error("alert run failed, trying again at the next turn", "error", err)
		}
		if !sleep(ctx, time.Until(a.schedule.Next(time.Now()))) {
			return nil
		}
	}
}

// settle waits until the roll-up has been quiet for a moment: in the middle of an import half of the facts would
// be judged, and the evidence could not be recomputed a minute later.
func (a *Alerts) settle(ctx context.Context) {
	began := time.Now()
	for time.Since(began) < a.cfg.SettleLatest {
		quiet := true
		for _, grain := range []talent.Grain{talent.Week, talent.Month} {
			from, last := a.reach(grain, time.Now())
			s, err := a.store.Settling(ctx, grain, from, last)
			if err != nil {
				if ctx.Err() == nil {
					a.logger.Warn("cannot tell whether the roll-up is quiet", "error", err)
				}
				quiet = false
				continue
			}
			quiet = quiet && s.Dirty == 0 && time.Since(s.Rolled) >= a.cfg.Settle
		}
		if quiet || !sleep(ctx, time.Second) {
			return
		}
	}
}

// reach is the range of periods that a run of a grain looks at.
func (a *Alerts) reach(grain talent.Grain, asOf time.Time) (from, last time.Time) {
	last = grain.LastComplete(asOf)
	return grain.Add(last, 1-a.evaluator.Span(grain)-a.cfg.Backfill), last
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
