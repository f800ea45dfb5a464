package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

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

type alertRow struct {
	ID       string    `ch:"id"`
	Grain    string    `ch:"grain"`
	Skill    string    `ch:"skill"`
	Region   string    `ch:"region"`
	Industry string    `ch:"industry"`
	Tier     string    `ch:"tier"`
	Severity string    `ch:"severity"`
	Status   string    `ch:"status"`
	Opened   time.Time `ch:"opened"`
	Updated  time.Time `ch:"updated"`
	Evidence string    `ch:"evidence"`
}

func (r alertRow) alert() (talent.Alert, error) {
	a := talent.Alert{
		ID: r.ID, Key: talent.SeriesKey{Grain: talent.Grain(r.Grain), Skill: r.Skill, Region: r.Region,
			Industry: r.Industry, Tier: talent.Tier(r.Tier)},
		Severity: talent.Severity(r.Severity), Status: talent.AlertStatus(r.Status), Opened: r.Opened.UTC(), Updated: r.Updated.UTC(),
	}
	if err := json.Unmarshal([]byte(r.Evidence), &a.Evidence); err != nil {
		return a, fmt.Errorf("decode evidence of alert %s: %w", r.ID, err)
	}
	return a, nil
}

const alertColumns = `id, grain, skill, region, industry, tier, severity, status, opened, updated, evidence`

func (s *Store) alerts(ctx context.Context, what, condition string, args ...any) ([]talent.Alert, error) {
	got, err := rows[alertRow](ctx, s, what, "SELECT "+alertColumns+" FROM alerts FINAL "+condition, args...)
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

// severityRank is talent.Severity.Rank of the column severity; {severities} are talent.Severities.
const severityRank = `indexOf({severities:Array(String)}, severity)`

// alertsWhere are the conditions of a filter, without those of paging.
func alertsWhere(f talent.AlertFilter) (where string, args []any) {
	where = `WHERE 1`
	for _, c := range [][2]string{
		{"status", string(f.Status)}, {"severity", string(f.Severity)}, {"grain", string(f.Grain)}, {"skill", f.Skill},
		{"region", f.Region}, {"industry", f.Industry}, {"tier", string(f.Tier)},
	} {
		if c[1] != "" {
			where += ` AND ` + c[0] + ` = {` + c[0] + `:String}`
			args = append(args, named(c[0], c[1]))
		}
	}
	return where, args
}

// Alerts lists alerts, at most f.Limit.
func (s *Store) Alerts(ctx context.Context, f talent.AlertFilter) ([]talent.Alert, error) {
	where, args := alertsWhere(f)
	order := `opened DESC, id`
	standing := `(opened)`
	if f.Worst {
		standing = `(status = 'firing', ` + severityRank + `, JSONExtractFloat(evidence, 'observed') - JSONExtractFloat(evidence, 'expected'))`
		order = standing + ` DESC, id`
	}
	if f.AfterID != "" { // an alert that changed since then stands where it stands now
		after := `(SELECT groupArray(` + standing + `) FROM alerts FINAL WHERE id = {after:String})[1]`
		where += ` AND (` + standing + ` < ` + after + ` OR (` + standing + ` = ` + after + ` AND id > {after:String}))`
		args = append(args, named("after", f.AfterID))
	}
	args = append(args, named("limit", f.Limit), named("severities", texts(talent.Severities())))
	got, err := rows[alertRow](ctx, s, "alerts", `
SELECT `+alertColumns+` FROM alerts FINAL `+where+` ORDER BY `+order+` LIMIT {limit:UInt32}`, args...)
	if err != nil {
		return nil, err
	}
	out := make([]talent.Alert, 0, len(got))
	for _, r := range got {
		a, err := r.alert()
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Alert returns one alert, and false when there is none of that id.
func (s *Store) Alert(ctx context.Context, id string) (talent.Alert, bool, error) {
	got, err := rows[alertRow](ctx, s, "alert", `
SELECT `+alertColumns+` FROM alerts FINAL WHERE id = {id:String} LIMIT 1`, named("id", id))
	if err != nil || len(got) == 0 {
		return talent.Alert{}, false, err
	}
	a, err := got[0].alert()
	return a, err == nil, err
}

// AlertCounts counts the alerts of a filter, whose limit and paging do not matter.
func (s *Store) AlertCounts(ctx context.Context, f talent.AlertFilter) (talent.AlertCounts, error) {
	where, args := alertsWhere(f)
	type row struct {
		Status   string `ch:"status"`
		Severity string `ch:"severity"`
		N        uint64 `ch:"n"`
	}
	got, err := rows[row](ctx, s, "counts of alerts", `SELECT status, severity, count() AS n FROM alerts FINAL `+where+` GROUP BY status, severity`, args...)
	if err != nil {
		return nil, err
	}
	out := talent.AlertCounts{}
	for _, r := range got {
		status := talent.AlertStatus(r.Status)
		if out[status] == nil {
			out[status] = map[talent.Severity]int{}
		}
		out[status][talent.Severity(r.Severity)] = int(r.N)
	}
	return out, nil
}
