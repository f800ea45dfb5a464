package clickhouse_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// Subscriptions with two columns for addresses become rows, once, whenever the migration dies; the old table keeps no
// address.
func TestSubscriptionsBecomeRows(t *testing.T) {
	for killedAfter := range 5 { // migrations 0080 to 0083
		s, err := clickhouse.Open(t.Context(), testenv.StoreConfig(t), testenv.Embedded(t).DialClickHouse)
		if err != nil {
			t.Fatal(err)
		}
		before := clickhouse.MigrationsBefore(t, "0080")
		clickhouse.MigrateSome(t, s, before, false)
		clickhouse.Exec(t, s, `INSERT INTO subscriptions (id, org, skills, regions, industries, min_severity, language, email, webhook_url, secret, active, version) VALUES
			('both', 'uni', ['rag'], ['440000'], [], 'yellow', 'en', 'a@b.example', 'https://b.example/hook', 's3cret', true, 7),
			('mail', 'uni', [], [], ['I'], 'blue', 'zh', 'c@b.example', '', '', true, 8), ('ended', 'uni', [], [], [], '', '', '', '', '', false, 9)`)
		clickhouse.MigrateSome(t, s, before+killedAfter, true)
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		both := talent.Subscription{ID: "both", Org: "uni", Skills: []string{"rag"}, Regions: []string{"440000"}, MinSeverity: "yellow", Language: "en", Active: true, Channel: "email", Address: "a@b.example"}
		hook := both
		hook.Channel, hook.Address, hook.Secret = "webhook", "https://b.example/hook", "s3cret"
		want := []talent.Subscription{both, hook, {ID: "mail", Org: "uni", Industries: []string{"I"}, MinSeverity: "blue", Language: "zh", Active: true, Channel: "email", Address: "c@b.example"}}
		got, err := s.Subscriptions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(talent.Subscription{}, "Written")); d != "" {
			t.Errorf("killed after %d (-want +got):\n%s", killedAfter, d)
		}
		if n := clickhouse.Count(t, s, "SELECT count() FROM subscriptions FINAL WHERE email != '' OR webhook_url != '' OR secret != ''"); n != 0 {
			t.Errorf("killed after %d: %d addresses are left in the old table", killedAfter, n)
		}
		// What is changed and ended afterwards stays so when the migrations run once more.
		hook.Address = "https://b.example/new"
		if err := s.PutSubscription(t.Context(), hook, talent.Subscription{ID: "mail", Org: "uni", Channel: "email"}); err != nil {
			t.Fatal(err)
		}
		clickhouse.MigrateSome(t, s, clickhouse.MigrationCount(t), true)
		rows, err := s.Subscription(t.Context(), "both")
		if err != nil || len(rows) != 2 || rows[1].Address != hook.Address {
			t.Errorf("after another migration: %+v, %v", rows, err)
		}
		if rows, err := s.Subscription(t.Context(), "mail"); err != nil || len(rows) != 0 {
			t.Errorf("after it ended: %+v, %v", rows, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
