package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/alerts"
	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/channels"
	"github.com/gapwatch/gapwatch/ingest/fetch"
)

// alertCmd is the alert stage.
type alertCmd struct {
	Once bool   `help:"Judge once and exit, without notifying."`
	AsOf string `placeholder:"DATE" help:"With --once: judge as of this day (YYYY-MM-DD) instead of today."`
}

// Help is shown under the flags.
func (alertCmd) Help() string {
	return "Several processes may run; one of them works at a time. Example: gapwatch alert --once --as-of 2020-01-01"
}

// Run judges and notifies on schedule until the process is stopped, or judges once.
func (c alertCmd) Run(env *environment) error {
	asOf := time.Now()
	if c.AsOf != "" {
		day, err := time.Parse(time.DateOnly, c.AsOf)
		if err != nil || !c.Once {
			return usageError{fmt.Errorf("--as-of wants a day like 2020-01-01, together with --once")}
		}
		asOf = day
	}
	run := env.runStage
	if c.Once {
		run = env.runReader
	}
	return run(func(ctx context.Context, s *stage) error {
		webhooks, err := newWebhooks(s)
		if err != nil {
			return err
		}
		defer webhooks.Close()
		stage, err := newAlerts(s, webhooks)
		if err != nil {
			return err
		}
		if !c.Once {
			return stage.Run(ctx)
		}
		sum, err := stage.RunOnce(ctx, asOf)
		if err != nil {
			return err
		}
		for _, e := range sum.Events {
			fmt.Fprintf(env.stdout, "%s %s %s skill=%s region=%s industry=%s tier=%s period=%s\n", e.Kind, e.AlertID, e.Severity,
				e.Skill, e.Region, e.Industry, e.Tier, e.Evidence.Period.Format(time.DateOnly))
		}
		_, err = fmt.Fprintf(env.stdout, "%d series judged, %d events\n", sum.Series, len(sum.Events))
		return err
	})
}

// newWebhooks is the way out for addresses that subscribers give; the private servers that it may reach are not those
// of the crawler.
func newWebhooks(s *stage) (*fetch.Webhooks, error) {
	s.cfg.Fetch.Version = version
	return fetch.NewWebhooks(s.cfg.Fetch, s.cfg.Alerts.Channels.Webhook.AllowPrivate)
}

// newChannels makes the ways to tell subscribers.
func newChannels(s *stage, webhooks *fetch.Webhooks) (notify.Channels, error) {
	return channels.New(s.cfg.Alerts.Channels, webhooks)
}

// newAlerts makes the stage.
func newAlerts(s *stage, webhooks *fetch.Webhooks) (*alerts.Alerts, error) {
	ways, err := newChannels(s, webhooks)
	if err != nil {
		return nil, err
	}
	return alerts.New(s.cfg.Alerts, alerts.Deps{Store: s.backend.store, Kafka: s.backend.kafka, Channels: ways,
		Logger: s.logger.With("part", "alerts"), Registry: s.registry})
}
