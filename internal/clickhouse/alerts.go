package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Band is the evaluation of one period of one series.
type Band struct {
	Key       talent.SeriesKey
	State     talent.DataState
	Evidence  talent.Evidence
	Evaluated time.Time
}

// PutBands stores evaluations; a later evaluation of the same period replaces the earlier one.
func (s *Store) PutBands(ctx context.Context, bands []Band) error {
	return insert(ctx, s, "bands", "", "INSERT INTO bands ("+pageBandColumns+")", len(bands), func(i int) []any {
		b, e := bands[i], bands[i].Evidence
		return []any{string(b.Key.Grain), b.Key.Skill, b.Key.Region, b.Key.Industry, string(b.Key.Tier), e.Period, string(b.State),
			uint16(e.Window), e.Observed, e.Exposure, e.Expected, e.Lower, e.Upper, e.P, e.Dispersion, e.BaseRate, e.TrendYear,
			uint32(e.History), e.BandVersion, b.Evaluated}
	})
}

// LastBands returns the latest evaluated period of every series of a grain under one version of the band, and
// when the last of all was evaluated (zero when none was).
func (s *Store) LastBands(ctx context.Context, grain talent.Grain, version string) (map[talent.SeriesKey]time.Time, time.Time, error) {
	type row struct {
		Skill     string    `ch:"skill"`
		Region    string    `ch:"region"`
		Industry  string    `ch:"industry"`
		Tier      string    `ch:"tier"`
		Period    time.Time `ch:"last"`
		Evaluated time.Time `ch:"evaluated"`
	}
	var latest time.Time
	got, err := rows[row](ctx, s, "last bands", `SELECT skill, region, industry, tier, max(period) AS last, max(evaluated_at) AS evaluated
		FROM bands WHERE grain = {grain:String} AND band_version = {version:String} GROUP BY skill, region, industry, tier`,
		named("grain", string(grain)), named("version", version))
	if err != nil {
		return nil, latest, err
	}
	out := make(map[talent.SeriesKey]time.Time, len(got))
	for _, r := range got {
		out[talent.SeriesKey{Grain: grain, Skill: r.Skill, Region: r.Region, Industry: r.Industry, Tier: talent.Tier(r.Tier)}] = r.Period.UTC()
		if r.Evaluated.After(latest) {
			latest = r.Evaluated.UTC()
		}
	}
	return out, latest, nil
}

// PutAlerts stores where alerts stand; the latest write of an id counts.
func (s *Store) PutAlerts(ctx context.Context, alerts []talent.Alert) error {
	return insert(ctx, s, "alerts", "", `INSERT INTO alerts (id, grain, skill, region, industry, tier, severity, status, opened,
		updated, evidence, version)`, len(alerts), func(i int) []any {
		a := alerts[i]
		return []any{a.ID, string(a.Key.Grain), a.Key.Skill, a.Key.Region, a.Key.Industry, string(a.Key.Tier), string(a.Severity),
			string(a.Status), a.Opened, a.Updated, encodeEvidence(a.Evidence), newVersion()}
	})
}

// encodeEvidence writes evidence as JSON; the evaluator keeps its numbers finite, which JSON needs.
func encodeEvidence(e talent.Evidence) string {
	b, err := json.Marshal(e)
	if err != nil { // no field of it can fail but an infinite number
		return "{}"
	}
	return string(b)
}

// LatestAlerts returns the latest alert of every series of a grain, firing or resolved.
func (s *Store) LatestAlerts(ctx context.Context, grain talent.Grain) (map[talent.SeriesKey]talent.Alert, error) {
	got, err := s.alerts(ctx, "latest alerts", `WHERE grain = {grain:String}
		ORDER BY opened DESC, id LIMIT 1 BY grain, skill, region, industry, tier`, named("grain", string(grain)))
	if err != nil {
		return nil, err
	}
	out := make(map[talent.SeriesKey]talent.Alert, len(got))
	for _, a := range got {
		out[a.Key] = a
	}
	return out, nil
}

// FiringAlerts returns every alert that fires now.
func (s *Store) FiringAlerts(ctx context.Context) ([]talent.Alert, error) {
	return s.alerts(ctx, "firing alerts", "WHERE status = 'firing' ORDER BY id")
}

// AlertsByPrefix returns at most limit alerts whose ids begin with prefix.
func (s *Store) AlertsByPrefix(ctx context.Context, prefix string, limit int) ([]talent.Alert, error) {
	return s.alerts(ctx, "alert "+prefix, "WHERE startsWith(id, {prefix:String}) ORDER BY id LIMIT {limit:UInt32}",
		named("prefix", prefix), named("limit", limit))
}

func (s *Store) alerts(ctx context.Context, what, condition string, args ...any) ([]talent.Alert, error) {
	got, err := rows[pageAlertRow](ctx, s, what, "SELECT "+pageAlertColumns+" FROM alerts FINAL "+condition, args...)
	if err != nil {
		return nil, err
	}
	out := make([]talent.Alert, len(got))
	for i, r := range got {
		if out[i], err = r.alert(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

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

// Settling says how fresh the series of a grain up to a period are: how many of its periods wait for a roll-up,
// and when one was rolled up last (zero when none was).
type Settling struct {
	Dirty  int
	Rolled time.Time
}

// Settling looks at the periods of a grain from … through.
func (s *Store) Settling(ctx context.Context, grain talent.Grain, from, through time.Time) (Settling, error) {
	type row struct {
		Dirty  uint64    `ch:"dirty"`
		Rolled time.Time `ch:"rolled"`
	}
	got, err := rows[row](ctx, s, "state of the roll-up", `
		SELECT countIf(m.version > r.done) AS dirty, max(r.rolled) AS rolled
		FROM (SELECT period, toUInt64(toUnixTimestamp64Micro(max(marked))) AS version FROM period_marks
			WHERE grain = {grain:String} AND period BETWEEN toDate32({from:String}) AND toDate32({through:String}) GROUP BY period) AS m
		LEFT JOIN (SELECT period, max(version) AS done, max(rolled_at) AS rolled FROM period_rollups
			WHERE grain = {grain:String} GROUP BY period) AS r ON m.period = r.period`,
		append(rangeArgs(from, through), named("grain", string(grain)))...)
	if err != nil || len(got) == 0 {
		return Settling{}, err
	}
	out := Settling{Dirty: int(got[0].Dirty)}
	if got[0].Rolled.Unix() > 0 {
		out.Rolled = got[0].Rolled.UTC()
	}
	return out, nil
}

// RolledAfter lists the periods of a grain in from … through that were rolled up after a moment: facts that
// changed under an evaluation.
func (s *Store) RolledAfter(ctx context.Context, grain talent.Grain, from, through, after time.Time) ([]time.Time, error) {
	type row struct {
		Period time.Time `ch:"period"`
	}
	got, err := rows[row](ctx, s, "later roll-ups", `SELECT DISTINCT period FROM period_rollups WHERE grain = {grain:String}
		AND period BETWEEN toDate32({from:String}) AND toDate32({through:String}) AND rolled_at > fromUnixTimestamp64Milli({after:Int64}) ORDER BY period`,
		append(rangeArgs(from, through), named("grain", string(grain)), named("after", after.UnixMilli()))...)
	if err != nil {
		return nil, err
	}
	out := make([]time.Time, len(got))
	for i, r := range got {
		out[i] = r.Period
	}
	return out, nil
}
