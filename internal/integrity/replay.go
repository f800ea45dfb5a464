package integrity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// replayBytes ends a batch of replayed messages.
const replayBytes = 16 << 20

// topicOf is the topic whose messages a table of facts is made of; empty for other tables.
func topicOf(table string) string {
	switch table {
	case "postings":
		return talent.TopicPostings
	case "requests":
		return talent.TopicRequests
	case "programmes", "courses":
		return talent.TopicProgrammes
	}
	return ""
}

// replayMessages reads the messages of everything that is lost once more, as far as Kafka still has them.
func (r *repair) replayMessages(ctx context.Context) error {
	s, err := r.see(ctx)
	if err != nil {
		return err
	}
	var spans []clickhouse.Span
	for _, f := range s.found {
		switch f.Kind {
		case RowsMissing:
			spans = append(spans, clickhouse.Span{Topic: f.Lost.Topic, Partition: int(f.Lost.Partition), First: f.Lost.First, Next: f.Lost.Last + 1})
		case Unrecorded:
			spans = append(spans, f.Span)
		}
	}
	unnamed, err := r.store.Unnamed(ctx)
	if err != nil {
		return err
	}
	for _, u := range unnamed { // stored by a version that did not record which rows: all of it may be what is lost
		for table := range r.touched {
			if topicOf(table) == u.Topic && !r.whole(s, table) {
				spans = append(spans, u)
				r.lost = append(r.lost, r.beforeRecords(ctx, table, u)...)
			}
		}
	}
	for _, span := range join(spans) {
		if err := r.replaySpan(ctx, span); err != nil {
			return err
		}
	}
	return nil
}

// whole reports whether every lost part of a table was recovered by itself or from the backup.
func (r *repair) whole(s *sight, table string) bool {
	return !slices.ContainsFunc(s.found, func(f Finding) bool {
		part := f.Kind == PartMissing || f.Kind == PartBroken || f.Kind == PartDamaged
		return f.Table == table && part && !r.mended[table+"/"+f.Part.Name]
	})
}

// beforeRecords names what may be lost of the messages that Kafka no longer has and whose rows were never recorded.
func (r *repair) beforeRecords(ctx context.Context, table string, u clickhouse.Span) []string {
	progress, err := r.kafka.Progress(ctx, r.group, u.Topic)
	if err != nil {
		return []string{fmt.Sprintf("table %s: rows of %s/%d before offset %d, which cannot be compared", table, u.Topic, u.Partition, u.Next)}
	}
	for _, p := range progress {
		if p.Partition == u.Partition && p.Start > u.First {
			return []string{fmt.Sprintf("table %s: rows of %s/%d before offset %d, whose messages Kafka has no longer and which no record names", table, u.Topic, u.Partition, p.Start)}
		}
	}
	return nil
}

// join merges ranges that touch.
func join(spans []clickhouse.Span) []clickhouse.Span {
	slices.SortFunc(spans, func(a, b clickhouse.Span) int {
		switch {
		case a.Topic != b.Topic:
			if a.Topic < b.Topic {
				return -1
			}
			return 1
		case a.Partition != b.Partition:
			return a.Partition - b.Partition
		}
		return int(a.First - b.First)
	})
	var out []clickhouse.Span
	for _, s := range spans {
		if n := len(out); n > 0 && out[n-1].Topic == s.Topic && out[n-1].Partition == s.Partition && s.First <= out[n-1].Next {
			out[n-1].Next = max(out[n-1].Next, s.Next)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (r *repair) replaySpan(ctx context.Context, span clickhouse.Span) error {
	progress, err := r.kafka.Progress(ctx, r.group, span.Topic)
	if err != nil {
		return err
	}
	for _, p := range progress {
		if p.Partition == span.Partition {
			span.First, span.Next = max(span.First, p.Start), min(span.Next, p.End)
		}
	}
	if span.First >= span.Next {
		return nil
	}
	var batch []kafka.Record
	bytes, n := 0, 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := r.replay(ctx, batch)
		n += len(batch)
		batch, bytes = nil, 0
		return err
	}
	err = r.kafka.Read(ctx, span.Topic, span.Partition, span.First, span.Next, func(m kafka.Record) error {
		batch = append(batch, m)
		bytes += len(m.Key) + len(m.Value)
		if len(batch) >= r.opts.BatchRecords || bytes >= replayBytes || (m.Offset+1)%int64(r.opts.BatchRecords) == 0 {
			return flush()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("replay %s/%d: %w", span.Topic, span.Partition, err)
	}
	if err := flush(); err != nil {
		return fmt.Errorf("replay %s/%d: %w", span.Topic, span.Partition, err)
	}
	r.say("%s/%d: %d messages from %d to %d were read again", span.Topic, span.Partition, n, span.First, span.Next-1)
	return nil
}

// rebuild brings back what follows from the facts and the messages, and names what follows from nothing.
func (r *repair) rebuild(ctx context.Context) error {
	if err := r.store.MarkEverything(ctx); err != nil {
		return err
	}
	r.say("every period is marked to be counted again")
	if r.touched["alerts"] || r.touched["alert_events"] {
		if err := r.rebuildAlerts(ctx); err != nil {
			return err
		}
	}
	s, err := r.see(ctx)
	if err != nil {
		return err
	}
	for table := range r.touched {
		if loss := consequence(table); loss != "" && !r.whole(s, table) {
			r.lost = append(r.lost, fmt.Sprintf("table %s: %s", table, loss))
		}
	}
	return nil
}

// consequence says what is lost with rows of a table that follow from nothing else; empty: nothing is.
func consequence(table string) string {
	switch table {
	case "api_keys", "organisations":
		return "keys and their organisations; restore them from a backup (--backup), or make new ones with gapwatch key create"
	case "receivers":
		return "subscriptions; restore them from a backup (--backup), or ask the subscribers"
	case "notifications":
		return "the record of who was told; subscribers may be told again of the last days' events"
	case "crawl_runs":
		return "the history of crawl runs; periods in which a source was down may count as whole"
	case "idempotency":
		return "answers to repeated requests; a repetition gets the same id, and its answer may differ"
	}
	return ""
}

// rebuildAlerts writes the events of alerts.v1 again and puts every alert where its latest event left it.
func (r *repair) rebuildAlerts(ctx context.Context) error {
	events, err := r.store.AlertEventsSince(ctx, time.Unix(0, 0))
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, e := range events {
		known[e.ID] = true
	}
	var again []talent.AlertEvent
	_, err = r.kafka.Scan(ctx, "", talent.TopicAlerts, func(m kafka.Record) error {
		var e talent.AlertEvent
		if err := json.Unmarshal(m.Value, &e); err == nil && e.ID != "" && !known[e.ID] { // anything that is not an event was never ours
			known[e.ID] = true
			again = append(again, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.store.PutAlertEvents(ctx, again); err != nil {
		return err
	}
	latest := map[string]talent.AlertEvent{}
	for _, e := range append(events, again...) {
		if l, ok := latest[e.AlertID]; !ok || e.Evidence.Period.After(l.Evidence.Period) {
			latest[e.AlertID] = e
		}
	}
	var alerts []talent.Alert
	for _, e := range latest {
		status := talent.AlertFiring
		if e.Kind == talent.EventResolved {
			status = talent.AlertResolved
		}
		alerts = append(alerts, talent.Alert{ID: e.AlertID, Key: e.SeriesKey(), Severity: e.Severity, Status: status,
			Opened: e.Opened, Updated: e.Evidence.Period, Evidence: e.Evidence})
	}
	if r.touched["alert_events"] {
		progress, err := r.kafka.Progress(ctx, r.group, talent.TopicAlerts)
		if err != nil {
			return err
		}
		for _, p := range progress {
			if p.Start > 0 {
				r.lost = append(r.lost, fmt.Sprintf("table alert_events: events of %s/%d before offset %d, as far as they were in the lost part", talent.TopicAlerts, p.Partition, p.Start))
			}
		}
	}
	r.say("%d events of alerts were read again, %d alerts stand where their latest event left them", len(again), len(alerts))
	return r.store.PutAlerts(ctx, alerts)
}
