package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutSubscription writes rows of subscriptions in one go; a later write of the same id and channel replaces the earlier.
// A row that is not Active ends what it replaces.
func (s *Store) PutSubscription(ctx context.Context, subs ...talent.Subscription) error {
	version := newVersion()
	return insert(ctx, s, "subscription", "", `INSERT INTO receivers
		(id, channel, address, org, skills, regions, industries, min_severity, language, secret, active, version)`, len(subs),
		func(i int) []any {
			r := subs[i]
			return []any{r.ID, r.Channel, r.Address, r.Org, list(r.Skills), list(r.Regions), list(r.Industries), string(r.MinSeverity),
				r.Language, r.Secret, r.Active, version}
		})
}

func (s *Store) subscriptions(ctx context.Context, condition string, args ...any) ([]talent.Subscription, error) {
	type row struct {
		ID          string   `ch:"id"`
		Channel     string   `ch:"channel"`
		Address     string   `ch:"address"`
		Org         string   `ch:"org"`
		Skills      []string `ch:"skills"`
		Regions     []string `ch:"regions"`
		Industries  []string `ch:"industries"`
		MinSeverity string   `ch:"min_severity"`
		Language    string   `ch:"language"`
		Secret      string   `ch:"secret"`
		Active      bool     `ch:"active"`
		Version     uint64   `ch:"version"`
	}
	got, err := rows[row](ctx, s, "subscriptions", `SELECT id, channel, address, org, skills, regions, industries, min_severity, language,
		secret, active, version FROM receivers FINAL WHERE active AND `+condition+" ORDER BY id, channel", args...)
	out := make([]talent.Subscription, len(got))
	for i, r := range got {
		out[i] = talent.Subscription{ID: r.ID, Org: r.Org, Skills: r.Skills, Regions: r.Regions, Industries: r.Industries,
			MinSeverity: talent.Severity(r.MinSeverity), Language: r.Language, Channel: r.Channel, Address: r.Address,
			Secret: r.Secret, Active: r.Active, Written: time.Unix(0, int64(r.Version)).UTC()}
	}
	return out, err
}

// Subscriptions returns the rows of every active subscription, in order of ids and channels.
func (s *Store) Subscriptions(ctx context.Context) ([]talent.Subscription, error) {
	return s.subscriptions(ctx, "true")
}

// SubscriptionsByOrg returns the rows of an organisation's active subscriptions, in order of ids and channels.
func (s *Store) SubscriptionsByOrg(ctx context.Context, org string) ([]talent.Subscription, error) {
	return s.subscriptions(ctx, "org = {org:String}", named("org", org))
}

// Subscription returns the rows of the active subscription of an id, none when there is no such subscription.
func (s *Store) Subscription(ctx context.Context, id string) ([]talent.Subscription, error) {
	return s.subscriptions(ctx, "id = {id:String}", named("id", id))
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
