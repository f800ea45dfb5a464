package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutSubscription writes a subscription; a later write of the same id replaces it.
func (s *Store) PutSubscription(ctx context.Context, sub talent.Subscription) error {
	return insert(ctx, s, "subscription", "", `INSERT INTO subscriptions
		(id, org, skills, regions, industries, min_severity, language, email, webhook_url, secret, active, version)`, 1,
		func(int) []any {
			return []any{sub.ID, sub.Org, list(sub.Skills), list(sub.Regions), list(sub.Industries), string(sub.MinSeverity),
				sub.Language, sub.Email, sub.WebhookURL, sub.Secret, sub.Active, newVersion()}
		})
}

// DeleteSubscription ends a subscription: nothing more is sent, and its addresses and secret are forgotten.
func (s *Store) DeleteSubscription(ctx context.Context, sub talent.Subscription) error {
	return s.PutSubscription(ctx, talent.Subscription{ID: sub.ID, Org: sub.Org})
}

type subscriptionRow struct {
	ID          string   `ch:"id"`
	Org         string   `ch:"org"`
	Skills      []string `ch:"skills"`
	Regions     []string `ch:"regions"`
	Industries  []string `ch:"industries"`
	MinSeverity string   `ch:"min_severity"`
	Language    string   `ch:"language"`
	Email       string   `ch:"email"`
	WebhookURL  string   `ch:"webhook_url"`
	Secret      string   `ch:"secret"`
	Active      bool     `ch:"active"`
	Version     uint64   `ch:"version"`
}

func subscriptions(got []subscriptionRow) []talent.Subscription {
	out := make([]talent.Subscription, len(got))
	for i, r := range got {
		out[i] = talent.Subscription{ID: r.ID, Org: r.Org, Skills: r.Skills, Regions: r.Regions, Industries: r.Industries,
			MinSeverity: talent.Severity(r.MinSeverity), Language: r.Language, Email: r.Email, WebhookURL: r.WebhookURL,
			Secret: r.Secret, Active: r.Active, Written: time.Unix(0, int64(r.Version)).UTC()}
	}
	return out
}

const subscriptionColumns = `SELECT id, org, skills, regions, industries, min_severity, language, email, webhook_url,
	secret, active, version FROM subscriptions FINAL `

// Subscriptions returns every active subscription, in order of ids.
func (s *Store) Subscriptions(ctx context.Context) ([]talent.Subscription, error) {
	got, err := rows[subscriptionRow](ctx, s, "subscriptions", subscriptionColumns+"WHERE active ORDER BY id")
	return subscriptions(got), err
}

// SubscriptionsByOrg returns an organisation's active subscriptions, in order of ids.
func (s *Store) SubscriptionsByOrg(ctx context.Context, org string) ([]talent.Subscription, error) {
	got, err := rows[subscriptionRow](ctx, s, "subscriptions",
		subscriptionColumns+"WHERE active AND org = {org:String} ORDER BY id", named("org", org))
	return subscriptions(got), err
}

// Subscription returns the active subscription of an id, and false when there is none.
func (s *Store) Subscription(ctx context.Context, id string) (talent.Subscription, bool, error) {
	got, err := rows[subscriptionRow](ctx, s, "subscription",
		subscriptionColumns+"WHERE active AND id = {id:String}", named("id", id))
	if err != nil || len(got) == 0 {
		return talent.Subscription{}, false, err
	}
	return subscriptions(got)[0], true, nil
}

// PutSubscriptionMarks records decisions about subscriptions; the latest of a kind counts.
func (s *Store) PutSubscriptionMarks(ctx context.Context, list ...talent.SubscriptionMark) error {
	return insert(ctx, s, "subscription marks", "", "INSERT INTO subscription_marks (subscription, kind, value, at)", len(list),
		func(i int) []any { return []any{list[i].Subscription, list[i].Kind, list[i].Value, list[i].At} })
}

// SubscriptionMarks returns the decisions about subscriptions, the latest of each kind.
func (s *Store) SubscriptionMarks(ctx context.Context, subscriptions []string) ([]talent.SubscriptionMark, error) {
	type row struct {
		Subscription string    `ch:"subscription"`
		Kind         string    `ch:"kind"`
		Value        string    `ch:"value"`
		At           time.Time `ch:"at"`
	}
	if len(subscriptions) == 0 {
		return nil, nil
	}
	got, err := rows[row](ctx, s, "subscription marks",
		"SELECT subscription, kind, value, at FROM subscription_marks FINAL WHERE subscription IN {ids:Array(String)}", named("ids", subscriptions))
	out := make([]talent.SubscriptionMark, len(got))
	for i, r := range got {
		out[i] = talent.SubscriptionMark{Subscription: r.Subscription, Kind: r.Kind, Value: r.Value, At: r.At.UTC()}
	}
	return out, err
}

// PutChannelHealth records how a receiver answered; the latest write of a subscription and channel counts.
func (s *Store) PutChannelHealth(ctx context.Context, h talent.ChannelHealth) error {
	return insert(ctx, s, "channel health", "", "INSERT INTO subscription_health (subscription, channel, failures, failing_since, reason, at)", 1,
		func(int) []any {
			return []any{h.Subscription, h.Channel, uint32(h.Failures), h.FailingSince, h.Reason, h.At}
		})
}

// ChannelHealth returns how the receivers of subscriptions have answered lately.
func (s *Store) ChannelHealth(ctx context.Context, subscriptions []string) ([]talent.ChannelHealth, error) {
	type row struct {
		Subscription string    `ch:"subscription"`
		Channel      string    `ch:"channel"`
		Failures     uint32    `ch:"failures"`
		FailingSince time.Time `ch:"failing_since"`
		Reason       string    `ch:"reason"`
		At           time.Time `ch:"at"`
	}
	if len(subscriptions) == 0 {
		return nil, nil
	}
	got, err := rows[row](ctx, s, "channel health",
		"SELECT subscription, channel, failures, failing_since, reason, at FROM subscription_health FINAL WHERE subscription IN {ids:Array(String)}",
		named("ids", subscriptions))
	out := make([]talent.ChannelHealth, len(got))
	for i, r := range got {
		out[i] = talent.ChannelHealth{Subscription: r.Subscription, Channel: r.Channel, Failures: int(r.Failures), FailingSince: r.FailingSince.UTC(),
			Reason: r.Reason, At: r.At.UTC()}
	}
	return out, err
}
