package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// AlertFilter narrows a list of alerts; empty fields do not. The list goes from the alert opened last to the first, or
// by severity before that when Worst is set; AfterSeverity, AfterOpened and AfterID name the last one that the reader
// has seen. Worst puts firing alerts first and pages within one status only.
type AlertFilter struct {
	Status        talent.AlertStatus
	Severity      talent.Severity
	Skill         string
	AfterSeverity talent.Severity
	AfterOpened   time.Time
	AfterID       string
	Limit         int
	Worst         bool
}

type pageAlertRow struct {
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

func (r pageAlertRow) alert() (talent.Alert, error) {
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

const pageAlertColumns = `id, grain, skill, region, industry, tier, severity, status, opened, updated, evidence`

// pageRank orders severities in a query as talent.Severity.Rank does.
const pageRank = `indexOf(['blue', 'yellow', 'orange', 'red'], severity)`

// PageAlerts lists alerts, at most f.Limit.
func (s *Store) PageAlerts(ctx context.Context, f AlertFilter) ([]talent.Alert, error) {
	where, args := `WHERE 1`, []any{named("limit", f.Limit)}
	if f.Status != "" {
		where += ` AND status = {status:String}`
		args = append(args, named("status", string(f.Status)))
	}
	if f.Severity != "" {
		where += ` AND severity = {severity:String}`
		args = append(args, named("severity", string(f.Severity)))
	}
	if f.Skill != "" {
		where += ` AND skill = {skill:String}`
		args = append(args, named("skill", f.Skill))
	}
	if f.AfterID != "" {
		older := `(opened < {opened:Date32} OR (opened = {opened:Date32} AND id > {after:String}))`
		if f.Worst {
			older = `(` + pageRank + ` < {rank:UInt8} OR (` + pageRank + ` = {rank:UInt8} AND ` + older + `))`
			args = append(args, named("rank", f.AfterSeverity.Rank()))
		}
		where += ` AND ` + older
		args = append(args, named("opened", f.AfterOpened.Format(time.DateOnly)), named("after", f.AfterID))
	}
	order := `opened DESC, id`
	if f.Worst {
		order = `status = 'firing' DESC, ` + pageRank + ` DESC, opened DESC, id`
	}
	got, err := rows[pageAlertRow](ctx, s, "alerts", `
SELECT `+pageAlertColumns+` FROM alerts FINAL `+where+` ORDER BY `+order+` LIMIT {limit:UInt32}`, args...)
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

// PageAlert returns one alert, and false when there is none of that id.
func (s *Store) PageAlert(ctx context.Context, id string) (talent.Alert, bool, error) {
	got, err := rows[pageAlertRow](ctx, s, "alert", `
SELECT `+pageAlertColumns+` FROM alerts FINAL WHERE id = {id:String} LIMIT 1`, named("id", id))
	if err != nil || len(got) == 0 {
		return talent.Alert{}, false, err
	}
	a, err := got[0].alert()
	return a, err == nil, err
}

// PageAlertCounts counts alerts by status and severity.
func (s *Store) PageAlertCounts(ctx context.Context) (map[talent.AlertStatus]map[talent.Severity]int, error) {
	type row struct {
		Status   string `ch:"status"`
		Severity string `ch:"severity"`
		N        uint64 `ch:"n"`
	}
	got, err := rows[row](ctx, s, "counts of alerts", `SELECT status, severity, count() AS n FROM alerts FINAL GROUP BY status, severity`)
	if err != nil {
		return nil, err
	}
	out := map[talent.AlertStatus]map[talent.Severity]int{}
	for _, r := range got {
		status := talent.AlertStatus(r.Status)
		if out[status] == nil {
			out[status] = map[talent.Severity]int{}
		}
		out[status][talent.Severity(r.Severity)] = int(r.N)
	}
	return out, nil
}

// PageCourse is a registered course that teaches a skill, with its programme.
type PageCourse struct {
	School   string `ch:"school"`
	Region   string `ch:"region"`
	Name     string `ch:"programme"`
	Degree   string `ch:"degree"`
	Title    string `ch:"title"`
	Hours    uint32 `ch:"hours"`
	Required bool   `ch:"required"`
	Seats    uint32 `ch:"seats"`
	Cohort   uint32 `ch:"cohort"`
}

// PageCourses returns at most limit courses of open programmes that teach skill, those of region first.
func (s *Store) PageCourses(ctx context.Context, skill, region string, limit int) ([]PageCourse, error) {
	return rows[PageCourse](ctx, s, "courses", `
SELECT p.school AS school, p.region AS region, p.name AS programme, p.degree AS degree, c.title AS title,
       c.hours AS hours, c.required AS required, c.seats AS seats, p.cohort_size AS cohort
FROM (SELECT programme_id, title, hours, required, seats, version FROM courses FINAL WHERE has(skills, {skill:String})) AS c
GLOBAL INNER JOIN (SELECT id, school, region, name, degree, cohort_size, version FROM programmes FINAL WHERE NOT closed) AS p
    ON p.id = c.programme_id AND p.version = c.version
ORDER BY ({region:String} != '' AND substring(region, 1, 2) = substring({region:String}, 1, 2)) DESC, required DESC, school, programme, title
LIMIT {limit:UInt32}`, named("skill", skill), named("region", region), named("limit", limit))
}
