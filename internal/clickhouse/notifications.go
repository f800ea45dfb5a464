package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutNotifications records attempts to tell someone of an event; the latest write of an id and attempt counts.
func (s *Store) PutNotifications(ctx context.Context, list []talent.Notification) error {
	return insert(ctx, s, "notifications", "", `INSERT INTO notifications (id, event_id, alert_id, subscription, org, channel,
		target, status, reason, attempt, at, next_attempt)`, len(list), func(i int) []any {
		n := list[i]
		var next *time.Time
		if !n.NextAttempt.IsZero() {
			next = &n.NextAttempt
		}
		return []any{n.ID, n.EventID, n.AlertID, n.Subscription, n.Org, n.Channel, n.Target, n.Status, n.Reason, uint16(n.Attempt), n.At, next}
	})
}

type notificationRow struct {
	ID           string     `ch:"id"`
	EventID      string     `ch:"event_id"`
	AlertID      string     `ch:"alert_id"`
	Subscription string     `ch:"subscription"`
	Org          string     `ch:"org"`
	Channel      string     `ch:"channel"`
	Target       string     `ch:"target"`
	Status       string     `ch:"status"`
	Reason       string     `ch:"reason"`
	Attempt      uint16     `ch:"attempt"`
	At           time.Time  `ch:"at"`
	NextAttempt  *time.Time `ch:"next_attempt"`
}

const notificationColumns = `SELECT id, event_id, alert_id, subscription, org, channel, target, status, reason, attempt, at,
	next_attempt FROM notifications FINAL `

func (s *Store) notifications(ctx context.Context, condition string, args ...any) ([]talent.Notification, error) {
	got, err := rows[notificationRow](ctx, s, "notifications", notificationColumns+condition, args...)
	if err != nil {
		return nil, err
	}
	out := make([]talent.Notification, len(got))
	for i, r := range got {
		out[i] = talent.Notification{ID: r.ID, EventID: r.EventID, AlertID: r.AlertID, Subscription: r.Subscription, Org: r.Org,
			Channel: r.Channel, Target: r.Target, Status: r.Status, Reason: r.Reason, Attempt: int(r.Attempt), At: r.At.UTC()}
		if r.NextAttempt != nil {
			out[i].NextAttempt = r.NextAttempt.UTC()
		}
	}
	return out, nil
}

// LastAttempts returns the last attempt of every notification about the given alerts, whatever its age: an alert
// may be resolved months after its subscribers were told that it fired.
func (s *Store) LastAttempts(ctx context.Context, alertIDs []string) ([]talent.Notification, error) {
	if len(alertIDs) == 0 {
		return nil, nil
	}
	return s.notifications(ctx, "WHERE alert_id IN {ids:Array(String)} ORDER BY id, attempt DESC LIMIT 1 BY id", named("ids", alertIDs))
}

// Attempts returns the last attempt of each notification of the given ids.
func (s *Store) Attempts(ctx context.Context, ids []string) ([]talent.Notification, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.notifications(ctx, "WHERE id IN {ids:Array(String)} ORDER BY id, attempt DESC LIMIT 1 BY id", named("ids", ids))
}

// NotificationsOfAlert returns every attempt to tell someone of an alert, oldest first.
func (s *Store) NotificationsOfAlert(ctx context.Context, alertID string) ([]talent.Notification, error) {
	return s.notifications(ctx, "WHERE alert_id = {id:String} ORDER BY at, id, attempt", named("id", alertID))
}
