package judge

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// republish is how far back events are looked for that were stored and not published.
const republish = 7 * 24 * time.Hour

// published is the channel under which the publishing of an event is recorded, beside the messages to subscribers.
const published = "kafka"

// publish sends the events of the last days that have no record of having been sent to alerts.v1. After a crash
// between the sending and the record an event is sent again under its id: readers of the topic go by the id.
func (j *Job) publish(ctx context.Context, now time.Time) error {
	events, err := j.store.AlertEventsSince(ctx, now.Add(-republish))
	if err != nil {
		return err
	}
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = talent.NotificationID(e.ID, "", published)
	}
	list, err := j.store.Attempts(ctx, ids)
	if err != nil {
		return err
	}
	done := make(map[string]bool, len(list))
	for _, n := range list {
		done[n.ID] = true
	}
	var msgs []kafka.Message
	var sent []talent.Notification
	for i, e := range events {
		if done[ids[i]] {
			continue
		}
		e.Sample = j.cfg.Sample
		m, err := kafka.JSON(e.AlertID, e)
		if err != nil {
			return err
		}
		msgs = append(msgs, m)
		sent = append(sent, talent.Notification{ID: ids[i], EventID: e.ID, AlertID: e.AlertID, Channel: published,
			Target: talent.TopicAlerts, Status: talent.NotificationSent, Reason: talent.ReasonDelivered, Attempt: 1, At: now})
	}
	if len(msgs) == 0 {
		return nil
	}
	if err := j.kafka.Write(ctx, talent.TopicAlerts, msgs...); err != nil {
		return err
	}
	return j.store.PutNotifications(ctx, sent)
}
