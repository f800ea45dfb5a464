package clickhouse

import (
	"context"

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
}

func subscriptions(got []subscriptionRow) []talent.Subscription {
	out := make([]talent.Subscription, len(got))
	for i, r := range got {
		out[i] = talent.Subscription{ID: r.ID, Org: r.Org, Skills: r.Skills, Regions: r.Regions, Industries: r.Industries,
			MinSeverity: talent.Severity(r.MinSeverity), Language: r.Language, Email: r.Email, WebhookURL: r.WebhookURL,
			Secret: r.Secret, Active: r.Active}
	}
	return out
}

const subscriptionColumns = `SELECT id, org, skills, regions, industries, min_severity, language, email, webhook_url,
	secret, active FROM subscriptions FINAL `

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
