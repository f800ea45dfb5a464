package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutAlertEvents appends steps of alerts' lives; the same step written twice is one row.
func (s *Store) PutAlertEvents(ctx context.Context, events []talent.AlertEvent) error {
	return insert(ctx, s, "alert events", "", `INSERT INTO alert_events (id, alert_id, kind, at, grain, skill, region, industry,
		tier, severity, opened, period, evidence)`, len(events), func(i int) []any {
		e := events[i]
		return []any{e.ID, e.AlertID, string(e.Kind), e.At, string(e.Grain), e.Skill, e.Region, e.Industry, string(e.Tier),
			string(e.Severity), e.Opened, e.Evidence.Period, encodeEvidence(e.Evidence)}
	})
}

// AlertEventsSince returns the events that were evaluated at or after since, oldest first.
func (s *Store) AlertEventsSince(ctx context.Context, since time.Time) ([]talent.AlertEvent, error) {
	return s.alertEvents(ctx, "WHERE at >= fromUnixTimestamp64Milli({since:Int64}) ORDER BY at, id", named("since", since.UnixMilli()))
}

// AlertEvents returns the life of one alert, oldest first.
func (s *Store) AlertEvents(ctx context.Context, alertID string) ([]talent.AlertEvent, error) {
	return s.alertEvents(ctx, "WHERE alert_id = {id:String} ORDER BY period, at, id", named("id", alertID))
}

func (s *Store) alertEvents(ctx context.Context, condition string, args ...any) ([]talent.AlertEvent, error) {
	type row struct {
		ID       string    `ch:"id"`
		AlertID  string    `ch:"alert_id"`
		Kind     string    `ch:"kind"`
		At       time.Time `ch:"at"`
		Grain    string    `ch:"grain"`
		Skill    string    `ch:"skill"`
		Region   string    `ch:"region"`
		Industry string    `ch:"industry"`
		Tier     string    `ch:"tier"`
		Severity string    `ch:"severity"`
		Opened   time.Time `ch:"opened"`
		Evidence string    `ch:"evidence"`
	}
	got, err := rows[row](ctx, s, "alert events", `SELECT id, alert_id, kind, at, grain, skill, region, industry, tier, severity,
		opened, evidence FROM alert_events FINAL `+condition, args...)
	if err != nil {
		return nil, err
	}
	out := make([]talent.AlertEvent, len(got))
	for i, r := range got {
		out[i] = talent.AlertEvent{ID: r.ID, AlertID: r.AlertID, Kind: talent.AlertEventKind(r.Kind), At: r.At.UTC(),
			Grain: talent.Grain(r.Grain), Skill: r.Skill, Region: r.Region, Industry: r.Industry, Tier: talent.Tier(r.Tier),
			Severity: talent.Severity(r.Severity), Opened: r.Opened.UTC()}
		if err := json.Unmarshal([]byte(r.Evidence), &out[i].Evidence); err != nil {
			return nil, fmt.Errorf("decode evidence of event %s: %w", r.ID, err)
		}
	}
	return out, nil
}
