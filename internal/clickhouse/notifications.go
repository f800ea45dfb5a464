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

// OrgCourse is a course of an organisation's open programmes that teaches a skill.
type OrgCourse struct {
	Programme string `ch:"programme" json:"programme"`
	Title     string `ch:"title" json:"title"`
	Hours     uint32 `ch:"hours" json:"hours"`
	Required  bool   `ch:"required" json:"required"`
	Cohort    uint32 `ch:"cohort" json:"cohort"` // heads a year of its programme
}

// OrgCourses returns an organisation's courses that teach a skill, and how many open programmes it has at all.
func (s *Store) OrgCourses(ctx context.Context, org, skill string) ([]OrgCourse, int, error) {
	type row struct {
		N uint64 `ch:"n"`
	}
	n, err := rows[row](ctx, s, "programmes of "+org, "SELECT count() AS n FROM programmes FINAL WHERE org = {org:String} AND NOT closed", named("org", org))
	if err != nil || len(n) == 0 || n[0].N == 0 {
		return nil, 0, err
	}
	got, err := rows[OrgCourse](ctx, s, "courses of "+org, `
		SELECT p.name AS programme, c.title AS title, c.hours AS hours, c.required AS required, p.cohort_size AS cohort
		FROM (SELECT programme_id, title, hours, required, version FROM courses FINAL WHERE has(skills, {skill:String})) AS c
		GLOBAL INNER JOIN (SELECT id, name, cohort_size, version FROM programmes FINAL WHERE org = {org:String} AND NOT closed) AS p
			ON p.id = c.programme_id AND p.version = c.version
		ORDER BY programme, required DESC, title`, named("org", org), named("skill", skill))
	return got, int(n[0].N), err
}
