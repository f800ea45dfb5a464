package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// subscriptionCmd lists, stops and resumes subscriptions.
type subscriptionCmd struct {
	List   subscriptionListCmd   `cmd:"" help:"List subscriptions and where they stand."`
	Stop   subscriptionStopCmd   `cmd:"" help:"Send nothing more for subscriptions until they are resumed."`
	Resume subscriptionResumeCmd `cmd:"" help:"Resume subscriptions that were stopped, or whose receiver was paused."`
}

// subscriptionListCmd lists subscriptions.
type subscriptionListCmd struct {
	Org  string `placeholder:"NAME" help:"Only those of this organisation."`
	Full bool   `help:"Show whole addresses: they are personal data."`
}

// Help is shown under the flags.
func (subscriptionListCmd) Help() string { return "Example: gapwatch subscription list" }

// Run prints a row for each channel of a subscription.
func (c subscriptionListCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		store := s.backend.store
		subs, err := store.Subscriptions(ctx)
		if err != nil {
			return err
		}
		orgs, err := store.Organisations(ctx)
		if err != nil {
			return err
		}
		names := make(map[string]string, len(orgs))
		for _, o := range orgs {
			names[o.ID] = o.Name
		}
		if c.Org != "" && !slices.Contains(slices.Collect(maps.Values(names)), c.Org) {
			return usageError{fmt.Errorf("no organisation %q: gapwatch key list shows their names", c.Org)}
		}
		webhooks, err := newWebhooks(s)
		if err != nil {
			return err
		}
		defer webhooks.Close()
		ways, err := newChannels(s, webhooks)
		if err != nil {
			return err
		}
		known := ways.Addresses()
		ledger, err := subscribe.Read(ctx, s.cfg.Alerts.Subscribe, known, store, subs)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(env.stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tORGANISATION\tCHANNEL\tTO\tSTATE\tREASON")
		now := time.Now()
		for _, sub := range subs {
			if c.Org != "" && names[sub.Org] != c.Org {
				continue
			}
			to := sub.Address
			if !c.Full {
				to = known.Mask(sub)
			}
			at := ledger.Standing(sub, now)
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", sub.ID, names[sub.Org], sub.Channel, to, at.State, at.Reason)
		}
		return table.Flush()
	})
}

// subscriptionStopCmd stops subscriptions.
type subscriptionStopCmd struct {
	IDs []string `arg:"" name:"id" help:"Ids, from gapwatch subscription list."`
}

// Help is shown under the flags.
func (subscriptionStopCmd) Help() string {
	return "Nothing is sent from the next message on. Example: gapwatch subscription stop 3f9c2a6d"
}

// Run stops them.
func (c subscriptionStopCmd) Run(env *environment) error { return mark(env, c.IDs, talent.MarkStopped) }

// subscriptionResumeCmd resumes subscriptions.
type subscriptionResumeCmd struct {
	IDs []string `arg:"" name:"id" help:"Ids, from gapwatch subscription list."`
}

// Help is shown under the flags.
func (subscriptionResumeCmd) Help() string {
	return "An address that has not agreed stays unsent to: only its owner can change that. Example: gapwatch subscription resume 3f9c2a6d"
}

// Run resumes them.
func (c subscriptionResumeCmd) Run(env *environment) error {
	return mark(env, c.IDs, talent.MarkResumed)
}

// mark records the operator's decision about subscriptions.
func mark(env *environment, ids []string, value string) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		for _, id := range ids {
			rows, err := s.backend.store.Subscription(ctx, id)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				return usageError{errors.New("no such subscription: " + id + "; gapwatch subscription list shows the ids")}
			}
			if err := s.backend.store.PutSubscriptionMarks(ctx, talent.SubscriptionMark{Subscription: id, Kind: talent.MarkOperator, Value: value, At: time.Now()}); err != nil {
				return err
			}
			if _, err := fmt.Fprintln(env.stdout, value, id); err != nil {
				return err
			}
		}
		return nil
	})
}
