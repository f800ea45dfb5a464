package clickhouse_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

type heard struct{ changes []talent.Change }

func (h *heard) Tell(changes ...talent.Change) { h.changes = append(h.changes, changes...) }

// TestStoreTellsOfChanges: what others wait for is told by whoever writes it, by a batch or by a statement.
func TestStoreTellsOfChanges(t *testing.T) {
	s, ctx := testenv.Store(t), t.Context()
	var h heard
	s.Inform(&h)
	week := talent.PeriodMark{Grain: talent.Week, Period: talent.Week.Start(time.Now())}
	for name, step := range map[string]struct {
		do   func() error
		want talent.Change
	}{
		"marks":    {func() error { return s.MarkPeriods(ctx, week) }, talent.ChangeFacts},
		"all":      {func() error { return s.MarkAll(ctx, time.Time{}.AddDate(1989, 0, 0)) }, talent.ChangeFacts},
		"repair":   {func() error { return s.MarkEverything(ctx) }, talent.ChangeFacts},
		"withdraw": {func() error { return s.MarkWithdrawn(ctx, "board") }, talent.ChangeFacts},
		"events": {func() error {
			return s.PutAlertEvents(ctx, []talent.AlertEvent{{ID: "e", Grain: talent.Week, Kind: talent.EventFired, Severity: talent.Blue}})
		}, talent.ChangeAlerts},
		"receiver": {func() error { return s.PutSubscription(ctx, talent.Subscription{ID: "s"}) }, talent.ChangeReceivers},
		"decision": {func() error { return s.PutSubscriptionMarks(ctx, talent.SubscriptionMark{Subscription: "s"}) }, talent.ChangeReceivers},
		"consent":  {func() error { return s.PutConsents(ctx, talent.Consent{Address: "a"}) }, talent.ChangeReceivers},
		"check":    {func() error { return s.PutCheck(ctx, clickhouse.IntegrityCheck{At: time.Now(), OK: true}) }, talent.ChangeChecked},
	} {
		h.changes = nil
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(h.changes, []talent.Change{step.want}) {
			t.Errorf("%s: told %v, want %v", name, h.changes, step.want)
		}
	}
	if err := s.MarkPeriods(ctx, week); err != nil {
		t.Fatal(err)
	}
	dirty, err := s.DirtyPeriods(ctx)
	if err != nil {
		t.Fatal(err)
	}
	h.changes = nil
	if err := s.RollUp(ctx, talent.Week, dirty); err != nil || !slices.Equal(h.changes, []talent.Change{talent.ChangeSeries}) {
		t.Errorf("roll-up told %v (%v)", h.changes, err)
	}
}
