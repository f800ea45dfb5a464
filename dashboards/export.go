package dashboards

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// exportLimit is how many alerts one file holds.
const exportLimit = 100_000

// sheet is a CSV file in the making.
type sheet struct {
	w *csv.Writer
}

// row writes one line; texts must have gone through cell, numbers through number.
func (s sheet) row(cells ...string) error { return s.w.Write(cells) }

// cell makes a text safe for a spreadsheet: one that would be read as a formula gets an apostrophe before it.
func cell(s string) string {
	if trimmed := strings.TrimLeft(s, " \u00a0\u3000"); trimmed != "" && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(trimmed)[0]) {
		return "'" + s
	}
	return s
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// maybe writes a number, and nothing when it is unknown: an empty cell is not zero.
func maybe(v *float64) string {
	if v == nil {
		return ""
	}
	return number(*v)
}

// export turns a writer of lines into a download in UTF-8 with a byte order mark, which Excel needs to see Chinese.
func (d *Dashboards) export(name string, write func(ctx context.Context, v *visit, s sheet) error) http.HandlerFunc {
	return httpd.Heavy(func(w http.ResponseWriter, r *http.Request) {
		v, err := d.visit(r.Context(), r)
		var b bytes.Buffer
		b.WriteString("\ufeff")
		s := sheet{csv.NewWriter(&b)}
		s.w.UseCRLF = true
		if err == nil {
			err = write(r.Context(), v, s)
		}
		if err == nil {
			s.w.Flush()
			err = s.w.Error()
		}
		if err != nil {
			d.fail(w, r, err)
			return
		}
		sample := ""
		if d.cfg.Sample {
			sample = "sample-"
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="gapwatch-%s%s-%s.csv"`, sample, name, d.now().UTC().Format("20060102")))
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(b.Bytes())
	})
}

// exportGaps writes the table of the overview, every row.
func (d *Dashboards) exportGaps(ctx context.Context, v *visit, s sheet) error {
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return err
	}
	spans, err := d.grains(ctx)
	if err != nil {
		return err
	}
	err = s.row("skill", "name", "region", "industry", "tier", "grain", "from", "through", "state", "demand", "vacancies", "exposure", "expected", "lower", "upper",
		"supply", "gap", "ratio", "alert", "severity")
	span, ok := settle(&f, spans)
	if err != nil || !ok || !f.Counted() {
		return err
	}
	firing, err := d.firing(ctx)
	if err != nil {
		return err
	}
	t, err := d.gaps(ctx, f, span, firing)
	if err != nil {
		return err
	}
	for _, r := range t.Rows {
		var expected, lower, upper, alert, severity string
		if r.Judged() {
			expected, lower, upper = number(r.Band.Expected), number(r.Band.Lower), number(r.Band.Upper)
		}
		if r.Alert != nil {
			alert, severity = r.Alert.ID, string(r.Alert.Severity)
		}
		demand := number(r.Demand)
		if r.State == rowNoData {
			demand = ""
		}
		err := s.row(cell(r.Skill), cell(v.names.Skill(r.Skill)), cell(v.names.Region(f.Region)), cell(v.names.Industry(f.Industry)), cell(v.names.Tier(f.Tier)),
			string(f.Grain), words.Day(t.First), words.Day(t.Through()), r.State, demand, strconv.Itoa(r.Vacancies), strconv.Itoa(r.Exposure),
			expected, lower, upper, maybe(r.Supply), maybe(r.Gap), maybe(r.Ratio), alert, severity)
		if err != nil {
			return err
		}
	}
	return nil
}

// exportSeries writes every period of one series, given by skill and filter.
func (d *Dashboards) exportSeries(ctx context.Context, v *visit, s sheet) error {
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return err
	}
	skill := v.URL.Query().Get("skill")
	if _, ok := v.names.Skills[skill]; !ok {
		return errNotFound
	}
	spans, err := d.grains(ctx)
	if err != nil {
		return err
	}
	settle(&f, spans)
	series, err := d.store.Series(ctx, f.Key(skill), time.Time{}, time.Time{})
	if err != nil {
		return err
	}
	bands, err := d.store.Bands(ctx, f.Key(skill))
	if err != nil {
		return err
	}
	err = s.row("period", "grain", "skill", "name", "region", "industry", "tier", "state", "openings", "requested", "demand", "vacancies", "employers", "exposure",
		"supply", "gap", "ratio", "window", "observed", "expected", "lower", "upper")
	rows := periodRows(f.Grain, series.Points, bands)
	for i := len(rows) - 1; i >= 0 && err == nil; i-- {
		r := rows[i]
		openings, demand, exposure, vacancies, employers := "", "", "", "", ""
		if r.Known() {
			openings, demand, exposure = number(r.Openings), number(r.Demand()), strconv.Itoa(r.Exposure)
			vacancies, employers = strconv.Itoa(r.Vacancies), strconv.Itoa(r.Employers)
		}
		band := []string{"", "", "", "", ""}
		if r.Band != nil {
			band = []string{strconv.Itoa(r.Band.Window), number(r.Band.Observed), number(r.Band.Expected), number(r.Band.Lower), number(r.Band.Upper)}
		}
		err = s.row(append([]string{words.Day(r.Period), string(f.Grain), cell(skill), cell(v.names.Skill(skill)), cell(v.names.Region(f.Region)),
			cell(v.names.Industry(f.Industry)), cell(v.names.Tier(f.Tier)), r.State, openings, number(r.Requested), demand, vacancies, employers, exposure,
			maybe(r.Supply), maybe(r.Gap), maybe(r.Ratio)}, band...)...)
	}
	return err
}

// exportAlerts writes every alert, the one opened last first.
func (d *Dashboards) exportAlerts(ctx context.Context, v *visit, s sheet) error {
	alerts, err := d.store.Alerts(ctx, talent.AlertFilter{Limit: exportLimit})
	if err != nil {
		return err
	}
	lines := [][]string{{"id", "status", "severity", "opened", "updated", "skill", "name", "region", "industry", "tier", "grain", "period", "window", "observed",
		"exposure", "expected", "lower", "upper", "p", "vacancies", "employers", "requested", "supply", "gap", "words"}}
	for _, a := range alerts {
		e := a.Evidence
		lines = append(lines, []string{a.ID, string(a.Status), string(a.Severity), words.Day(a.Opened), words.Day(a.Updated), cell(a.Key.Skill), cell(v.names.Skill(a.Key.Skill)),
			cell(v.names.Region(a.Key.Region)), cell(v.names.Industry(a.Key.Industry)), cell(v.names.Tier(a.Key.Tier)), string(a.Key.Grain), words.Day(e.Period),
			strconv.Itoa(e.Window), number(e.Observed), number(e.Exposure), number(e.Expected), number(e.Lower), number(e.Upper), number(e.P),
			strconv.Itoa(e.Vacancies), strconv.Itoa(e.Employers), number(e.Requested), maybe(e.Supply), maybe(e.Gap), cell(strings.Join(explain(v, a), " "))})
	}
	return errors.Join(s.w.WriteAll(lines))
}
