package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Store is what the postman reads and records.
type Store interface {
	subscribe.Records
	Intact(ctx context.Context) error
	Subscriptions(ctx context.Context) ([]talent.Subscription, error)
	Subscription(ctx context.Context, id string) ([]talent.Subscription, error)
	AlertEventsSince(ctx context.Context, since time.Time) ([]talent.AlertEvent, error)
	FiringAlerts(ctx context.Context) ([]talent.Alert, error)
	LastAttempts(ctx context.Context, alertIDs []string) ([]talent.Notification, error)
	PutNotifications(ctx context.Context, list []talent.Notification) error
	PutChannelHealth(ctx context.Context, h talent.ChannelHealth) error
	PutMailLink(ctx context.Context, l talent.MailLink) error
	MailCounts(ctx context.Context, l talent.MailLink, since time.Time) (talent.MailCounts, error)
	Organisation(ctx context.Context, id string) (talent.Organisation, bool, error)
	Skills(ctx context.Context) ([]talent.Skill, error)
	OpenProgrammes(ctx context.Context, org string) (int, error)
	Courses(ctx context.Context, f talent.CourseFilter) ([]talent.TaughtCourse, error)
	Bands(ctx context.Context, key talent.SeriesKey) ([]talent.Band, error)
	Series(ctx context.Context, key talent.SeriesKey, from, through time.Time) (talent.Series, error)
}

// Deps is what a postman works with.
type Deps struct {
	Store    Store
	Channels Channels
	Logger   *slog.Logger
	Registry prometheus.Registerer
}

// Postman tells subscribers of what happened to alerts. What is to be sent is worked out from the store alone, so a
// restart loses nothing, and it needs nothing of the job that judges.
type Postman struct {
	Deps
	cfg       Config
	rules     subscribe.Config
	texts     map[string]words.Messages
	lanes     map[string]*lanes // by channel: a mail never waits for a webhook
	room      chan struct{}     // a full queue has room again
	counting  sync.Mutex        // held while the mails of a mailbox are counted and one more is recorded
	attempted *prometheus.CounterVec
	pending   prometheus.Gauge
}

// New makes a postman. rules are the limits that the API of subscriptions has as well.
func New(cfg Config, rules subscribe.Config, deps Deps) (*Postman, error) {
	if err := errors.Join(cfg.Validate(), rules.Validate()); err != nil {
		return nil, err
	}
	texts, err := words.LoadAll()
	if err != nil {
		return nil, err
	}
	f := promauto.With(deps.Registry)
	p := &Postman{Deps: deps, cfg: cfg, rules: rules, texts: texts, lanes: map[string]*lanes{}, room: make(chan struct{}, 1),
		attempted: f.NewCounterVec(prometheus.CounterOpts{Name: "gapwatch_alerts_notifications_total", Help: "Attempts to tell a subscriber, by channel, status and reason."}, []string{"channel", "status", "reason"}),
		pending:   f.NewGauge(prometheus.GaugeOpts{Name: "gapwatch_alerts_notifications_pending", Help: "Messages that wait for their first or next attempt."}),
	}
	freed := func() {
		select {
		case p.room <- struct{}{}:
		default:
		}
	}
	for name, channel := range deps.Channels {
		if err := channel.Ready(); err != nil {
			deps.Logger.Warn("nothing will be sent over a channel", "channel", name, "reason", err)
		}
		all, ofOrg := channel.Width()
		p.lanes[name] = newLanes(all, cfg.PerReceiver, ofOrg, cfg.PerCycle, freed)
	}
	return p, nil
}

// Run looks for what is to be sent until ctx ends: at every interval, and when a full queue has room again.
func (p *Postman) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		_, err := p.offer(ctx, time.Now())
		for _, l := range p.lanes {
			err = errors.Join(err, l.errors())
		}
		if err != nil && ctx.Err() == nil {
			p.Logger.Error("notifications stopped, trying again", "error", err)
		}
		next := time.NewTimer(p.cfg.Interval)
		select {
		case <-ctx.Done():
		case <-next.C:
		case <-p.room:
		}
		next.Stop()
	}
	for _, l := range p.lanes {
		_ = l.wait() // what was interrupted is due again at the next start
	}
	return nil
}

// Once sends what is due and returns how many attempts it made.
func (p *Postman) Once(ctx context.Context, now time.Time) (int, error) {
	n, err := p.offer(ctx, now)
	for _, l := range p.lanes {
		err = errors.Join(err, l.wait())
	}
	return n, err
}

// offer works out what is due and queues it; it returns how many messages it has queued. What is due is worked out
// from the stored events, subscriptions and attempts alone, so a restart loses nothing. Each attempt is recorded
// before and after: when the process dies in between, the next start tries again under the same delivery id, by which
// receivers can tell the repetition; nothing else is ever sent twice.
func (p *Postman) offer(ctx context.Context, now time.Time) (int, error) {
	if err := p.Store.Intact(ctx); err != nil { // without the lost attempts all subscribers would be told again
		return 0, fmt.Errorf("notify: %w", err)
	}
	subs, err := p.Store.Subscriptions(ctx)
	if err != nil || len(subs) == 0 {
		return 0, err
	}
	ledger, err := subscribe.Read(ctx, p.rules, p.Channels.Addresses(), p.Store, subs)
	if err != nil {
		return 0, err
	}
	list, quiet, err := p.due(ctx, subs, ledger, now)
	if err != nil {
		return 0, err
	}
	if err := p.Store.PutNotifications(ctx, quiet); err != nil {
		return 0, err
	}
	for _, n := range quiet {
		p.attempted.WithLabelValues(n.Channel, n.Status, n.Reason).Inc()
	}
	p.pending.Set(float64(len(list)))
	letters, err := p.letters(ctx, subs, ledger, now)
	if err != nil {
		return 0, err
	}
	queued := 0
	for _, d := range append(letters, list...) {
		if !d.last.NextAttempt.IsZero() && now.Before(d.last.NextAttempt) {
			continue
		}
		t := task{id: d.id, lane: p.Channels[d.sub.Channel].Receiver(d.sub.Address), org: d.sub.Org,
			run: func(ctx context.Context) (time.Duration, error) { return p.attempt(ctx, d) }}
		if p.lanes[d.sub.Channel].offer(ctx, t) {
			queued++
		}
	}
	return queued, nil
}
