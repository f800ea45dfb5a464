// Package export writes what pages show as CSV files for spreadsheets.
package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// exportLimit is how many alerts one file holds.
const exportLimit = 100_000

// Config says how files are named.
type Config struct{ Sample bool }

// Exports serves the files.
type Exports struct {
	cfg    Config
	read   *read.Reader
	text   map[string]words.Messages
	skills *terms.Skills
	fail   func(http.ResponseWriter, *http.Request, error) // answers with an error page
}

// New makes the exports over a reader; text are the words of every language.
func New(cfg Config, reader *read.Reader, text map[string]words.Messages, skills *terms.Skills, fail func(http.ResponseWriter, *http.Request, error)) *Exports {
	return &Exports{cfg, reader, text, skills, fail}
}

// Register adds the files to mux.
func (x *Exports) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /export/gaps.csv", x.export("gaps", x.exportGaps))
	mux.HandleFunc("GET /export/series.csv", x.export("series", x.exportSeries))
	mux.HandleFunc("GET /export/alerts.csv", x.export("alerts", x.exportAlerts))
}

// visit is one request for a file.
type visit struct {
	*http.Request
	names words.Names
}

func (x *Exports) visit(ctx context.Context, r *http.Request) (*visit, error) {
	lang := httpd.Language(r)
	skills, err := x.read.Skills(ctx)
	return &visit{r, words.Names{Lang: lang, Text: x.text[lang], Skills: skills}}, err
}

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

// number writes heads as the pages show them, without marks between thousands.
func number(v float64) string { return strings.ReplaceAll(words.Heads(v), ",", "") }

// maybeRatio writes demand / supply as the pages show it, and nothing when there is none.
func maybeRatio(v *float64) string {
	if v == nil {
		return ""
	}
	return words.Ratio(*v)
}

// cellColumns are the columns that name a cell: codes, for programs, beside names, for people.
func cellColumns() []string {
	return []string{"region_code", "region", "industry_code", "industry", "tier_code", "tier"}
}

func (v *visit) cell(region, industry string, tier talent.Tier) []string {
	return []string{region, cell(v.names.Region(region)), industry, cell(v.names.Industry(industry)), string(tier), cell(v.names.Tier(tier))}
}

// head writes the first line in the language that was asked for.
func (v *visit) head(s sheet, columns ...[]string) error {
	var line []string
	for _, c := range slices.Concat(columns...) {
		line = append(line, cell(v.names.Text.Say("csv."+c)))
	}
	return s.row(line...)
}

// maybe writes a number, and nothing when it is unknown: an empty cell is not zero.
func maybe(v *float64) string {
	if v == nil {
		return ""
	}
	return number(*v)
}

// of writes a number of evidence, and nothing when it is suppressed.
func of(e talent.Evidence, v float64) string {
	if e.Suppressed {
		return ""
	}
	return number(v)
}

// export turns a writer of lines into a download in UTF-8 with a byte order mark, which Excel needs to see Chinese.
func (x *Exports) export(name string, write func(ctx context.Context, v *visit, s sheet) error) http.HandlerFunc {
	return httpd.Heavy(func(w http.ResponseWriter, r *http.Request) {
		v, err := x.visit(r.Context(), r)
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
			x.fail(w, r, err)
			return
		}
		sample := ""
		if x.cfg.Sample {
			sample = "sample-"
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="gapwatch-%s%s-%s.csv"`, sample, name, x.read.Now().UTC().Format("20060102")))
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(b.Bytes())
	})
}

// exportGaps writes the table of the overview, every row.
func (x *Exports) exportGaps(ctx context.Context, v *visit, s sheet) error {
	f, err := read.ParseFilter(v.URL.Query())
	if err != nil {
		return err
	}
	spans, err := x.read.Spans(ctx)
	if err != nil {
		return err
	}
	err = v.head(s, []string{"skill", "name"}, cellColumns(), []string{"grain", "from", "through", "state", "demand", "vacancies", "exposure", "expected", "lower", "upper",
		"supply", "gap", "ratio", "alert", "severity"})
	span, ok := read.Settle(&f, spans)
	if err != nil || !ok {
		return err
	}
	firing, err := x.read.Firing(ctx, f)
	if err != nil {
		return err
	}
	t, err := x.read.Gaps(ctx, f, span, firing)
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
		demand, vacancies, exposure := number(r.Demand), strconv.Itoa(r.Vacancies), strconv.Itoa(r.Exposure)
		switch r.State {
		case read.NoData:
			demand = ""
		case read.Suppressed:
			demand, vacancies, exposure = "", "", ""
		}
		err := s.row(slices.Concat([]string{cell(r.Skill), cell(v.names.Skill(r.Skill))}, v.cell(f.Region, f.Industry, f.Tier),
			[]string{string(f.Grain), words.Day(t.First), words.Day(t.Through()), r.State, demand, vacancies, exposure,
				expected, lower, upper, maybe(r.Supply), maybe(r.Gap), maybeRatio(r.Ratio), alert, severity})...)
		if err != nil {
			return err
		}
	}
	return nil
}

// exportSeries writes every period of one series, given by skill and read.Filter.
func (x *Exports) exportSeries(ctx context.Context, v *visit, s sheet) error {
	f, err := read.ParseFilter(v.URL.Query())
	if err != nil {
		return err
	}
	skill, ok := x.skills.Stored(v.names.Skills, v.URL.Query().Get("skill"))
	if !ok {
		return read.ErrNotFound
	}
	spans, err := x.read.Spans(ctx)
	if err != nil {
		return err
	}
	read.Settle(&f, spans)
	series, bands, err := x.read.Series(ctx, f.Key(skill), time.Time{}, time.Time{})
	if err != nil {
		return err
	}
	err = v.head(s, []string{"period", "grain", "skill", "name"}, cellColumns(), []string{"state", "openings", "requested", "demand", "vacancies", "employers", "exposure",
		"supply", "gap", "ratio", "window", "observed", "expected", "lower", "upper"})
	rows := read.PeriodRows(f.Grain, series.Points, bands)
	for i := len(rows) - 1; i >= 0 && err == nil; i-- {
		r := rows[i]
		openings, requested, demand, exposure, vacancies, employers := "", "", "", "", "", ""
		if !r.RequestsHidden() {
			requested = number(r.Requested)
		}
		if r.Known() {
			openings, demand, exposure = number(r.Openings), number(r.Demand()), strconv.Itoa(r.Exposure)
			vacancies, employers = strconv.Itoa(r.Vacancies), strconv.Itoa(r.Employers)
		}
		band := []string{"", "", "", "", ""}
		if r.Band != nil {
			band = []string{strconv.Itoa(r.Band.Window), number(r.Band.Observed), number(r.Band.Expected), number(r.Band.Lower), number(r.Band.Upper)}
		}
		err = s.row(slices.Concat([]string{words.Day(r.Period), string(f.Grain), cell(skill), cell(v.names.Skill(skill))}, v.cell(f.Region, f.Industry, f.Tier),
			[]string{r.State, openings, requested, demand, vacancies, employers, exposure, maybe(r.Supply), maybe(r.Gap), maybeRatio(r.Ratio)}, band)...)
	}
	return err
}

// exportAlerts writes the alerts of a filter in the order of the page; without one, every alert.
func (x *Exports) exportAlerts(ctx context.Context, v *visit, s sheet) error {
	_, find, err := read.ParseAlerts(v.URL.Query(), func(skill string) (string, bool) { return x.skills.Stored(v.names.Skills, skill) })
	if err != nil {
		return err
	}
	find.Worst, find.Limit = true, exportLimit
	alerts, err := x.read.Alerts(ctx, find)
	if err != nil {
		return err
	}
	if err := v.head(s, []string{"id", "status", "severity", "opened", "updated", "skill", "name"}, cellColumns(), []string{"grain", "period", "window", "observed",
		"exposure", "expected", "lower", "upper", "p", "vacancies", "employers", "requested", "supply", "gap", "words"}); err != nil {
		return err
	}
	for _, a := range alerts {
		e := a.Evidence
		chance := ""
		if !e.Suppressed {
			chance = strconv.FormatFloat(e.P, 'g', 3, 64)
		}
		if err := s.row(slices.Concat([]string{a.ID, string(a.Status), string(a.Severity), words.Day(a.Opened), words.Day(a.Updated), cell(a.Key.Skill), cell(v.names.Skill(a.Key.Skill))},
			v.cell(a.Key.Region, a.Key.Industry, a.Key.Tier), []string{string(a.Key.Grain), words.Day(e.Period), strconv.Itoa(e.Window), of(e, e.Observed), of(e, e.Exposure),
				of(e, e.Expected), of(e, e.Lower), of(e, e.Upper), chance, of(e, float64(e.Vacancies)), of(e, float64(e.Employers)),
				of(e, e.Requested), maybe(e.Supply), maybe(e.Gap), cell(strings.Join(v.names.Explain(a), " "))})...); err != nil {
			return err
		}
	}
	return nil
}
