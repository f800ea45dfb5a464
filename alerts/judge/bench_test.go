//go:build !race

// Statistics, not concurrency: the race detector would make minutes of them.

package judge

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// predict judges every week of every series of a benchmark's data.csv with the live evaluator and writes the
// pred.csv that its scorer reads. The benchmark knows no employers, so that guard is off.
func predict(r io.Reader, w io.Writer) error {
	cfg := DefaultConfig()
	cfg.Band.MinEmployers = 0
	e := NewEvaluator(cfg)
	in := csv.NewReader(bufio.NewReader(r))
	if _, err := in.Read(); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "series,t,p_spike,p_shift,p_up,state,alert")
	var s talent.Series
	name := ""
	flush := func() error {
		firing := 0
		// the scored weeks begin at 161; a few before them let alerts be under way
		return e.Replay(s, talent.Week.Add(monday, 150), func(j Judgement, event *talent.AlertEvent) error {
			i := int(j.Evidence.Period.Sub(monday).Hours()/24/7) + 1
			if event != nil {
				firing = 1
				if event.Kind == talent.EventResolved {
					firing = 0
				}
			}
			p := strconv.FormatFloat(j.Evidence.P, 'g', 4, 64)
			state := map[talent.Verdict]string{talent.VerdictJudged: "ok", talent.VerdictNoData: "missing", talent.VerdictInsufficient: "insufficient"}[j.State]
			if state == "" {
				state = "incomplete"
			}
			if state != "ok" {
				p = ""
			}
			_, err := fmt.Fprintf(out, "%s,%d,%s,%s,%s,%s,%d\n", name, i, p, p, p, state, firing)
			return err
		})
	}
	for {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if rec[0] != name {
			if err := flush(); err != nil {
				return err
			}
			name, s = rec[0], talent.Series{Key: talent.SeriesKey{Grain: talent.Week, Skill: rec[0]}}
		}
		n, _ := strconv.Atoi(rec[2])
		exposure, _ := strconv.Atoi(rec[3])
		p := talent.Point{Period: talent.Week.Add(monday, len(s.Points)), Openings: float64(n), Vacancies: n, Exposure: exposure, State: talent.StateOK}
		switch {
		case exposure == 0:
			p.State = talent.StateNoData
		case rec[4] == "1":
			p.State = talent.StateSourceDown
		}
		s.Points = append(s.Points, p)
	}
	return errors.Join(flush(), out.Flush())
}

// TestBenchDetect runs the shared benchmark of detectors on two of its sets and prints the scorer's figures.
func TestBenchDetect(t *testing.T) {
	dir := testenv.Shared(t, "bench/detect")
	if _, err := exec.LookPath("python3"); err != nil {
		t.Fatal("the benchmark's simulator and scorer need python3")
	}
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	tmp := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "python3", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	for _, set := range []string{"skillsim", "outage"} {
		data, pred := filepath.Join(tmp, set+".csv"), filepath.Join(tmp, set+".pred.csv")
		run(filepath.Join(dir, "simulate.py"), "--set", set, "--seed", "1", "--out", data)
		in, err := os.Open(data)
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(pred)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := errors.Join(predict(in, out), in.Close(), out.Close()); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		args := []string{filepath.Join(dir, "score.py"), set, filepath.Join(tmp, set+".truth.csv"), pred}
		if set == "outage" {
			args = append(args, "--clean", filepath.Join(tmp, "skillsim.truth.csv"), filepath.Join(tmp, "skillsim.pred.csv"))
		}
		report := run(args...)
		t.Logf("%s, judged in %s\n%s", set, took.Round(time.Millisecond), report)
		own := figure(t, report, "own", "false_alerts_per_series_year")
		if own > 0.1 {
			t.Errorf("%s: %g false alerts a series and year", set, own)
		}
		if set == "skillsim" {
			if got := figure(t, report, "own", "upshift_found_26w"); got < 0.85 {
				t.Errorf("found %g of the shifts", got)
			}
		} else if got := figure(t, report, "relative_to_clean", "false_alert_ratio_own"); got > 1.1 {
			t.Errorf("outages multiply the false alerts by %g", got)
		}
	}
}

// figure reads one number of a section of the scorer's report.
func figure(t *testing.T, report, section, name string) float64 {
	t.Helper()
	in := false
	for line := range strings.Lines(report) {
		if !strings.HasPrefix(line, " ") {
			in = strings.TrimSpace(line) == section
		}
		if f := strings.Fields(line); in && len(f) == 2 && f[0] == name {
			x, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
	}
	t.Fatalf("the report has no %s in %s", name, section)
	return 0
}

// TestReplayOfHiringThreads counts terms by plain patterns in nine years of real monthly postings and replays the
// evaluator over them: the new technologies must warn near the month in which their rise becomes countable, the
// ones that stay or fall must not.
func TestReplayOfHiringThreads(t *testing.T) {
	dir := testenv.Shared(t, "data/postings/hn-who-is-hiring")
	terms := map[string]*regexp.Regexp{}
	for name, p := range map[string]string{"deep learning": `deep[- ]learning`, "docker": `\bdocker\b`, "kubernetes": `\b(kubernetes|k8s)\b`,
		"hadoop": `\bhadoop\b`, "ruby on rails": `\brails\b`, "mongodb": `\bmongo(?:db)?\b`} {
		terms[name] = regexp.MustCompile(p)
	}
	series := map[string][]talent.Point{}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no months in %s: %v", dir, err)
	}
	slices.Sort(files)
	for _, file := range files {
		month, err := time.Parse("2006-01", filepath.Base(file)[:7])
		if err != nil {
			t.Fatal(err)
		}
		texts := monthOf(t, file)
		for name, re := range terms {
			p := talent.Point{Period: month, Exposure: len(texts), State: talent.StateOK}
			for _, text := range texts {
				if re.MatchString(text) {
					p.Vacancies++
				}
			}
			p.Openings, p.Employers = float64(p.Vacancies), p.Vacancies
			series[name] = append(series[name], p)
		}
	}
	e := NewEvaluator(DefaultConfig())
	fired := map[string][]string{}
	for name, points := range series {
		if err := e.Replay(talent.Series{Key: talent.SeriesKey{Grain: talent.Month, Skill: name}, Points: points}, time.Time{},
			func(_ Judgement, ev *talent.AlertEvent) error {
				if ev != nil {
					t.Logf("%-14s %s %-9s %-6s observed %g, expected %.1f, p %.1g", name, ev.Evidence.Period.Format("2006-01"), ev.Kind, ev.Severity, ev.Evidence.Observed, ev.Evidence.Expected, ev.Evidence.P)
					if ev.Kind == talent.EventFired {
						fired[name] = append(fired[name], ev.Opened.Format("2006-01"))
					}
				}
				return nil
			}); err != nil {
			t.Fatal(err)
		}
	}
	for name, window := range map[string][2]string{"deep learning": {"2014-09", "2015-09"}, "docker": {"2013-09", "2014-10"}, "kubernetes": {"2015-06", "2016-06"}} {
		if f := fired[name]; len(f) == 0 || f[0] < window[0] || f[0] > window[1] {
			t.Errorf("%s fired in %v, want first between %s and %s", name, f, window[0], window[1])
		}
	}
	for _, name := range []string{"hadoop", "ruby on rails", "mongodb"} {
		for _, month := range fired[name] {
			t.Errorf("%s fired in %s", name, month)
		}
	}
}

// monthOf reads the texts of one month's postings; very short ones are no postings.
func monthOf(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for d := json.NewDecoder(z); ; {
		var post struct{ Text string }
		if err := d.Decode(&post); errors.Is(err, io.EOF) {
			return texts
		} else if err != nil {
			t.Fatal(err)
		}
		if len(post.Text) >= 200 {
			texts = append(texts, strings.ToLower(post.Text))
		}
	}
}
