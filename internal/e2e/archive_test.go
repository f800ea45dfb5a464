//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

const archivePosts = 54727

// archiveSkills are the skills whose yearly shares are printed, with their names in the counted reference.
func archiveSkills() [][2]string {
	return [][2]string{{"machine-learning", "machine learning"}, {"deep-learning", "deep learning"}, {"docker", "docker"}, {"kubernetes", "kubernetes"}, {"hadoop", "hadoop"}}
}

func importArgs(dir string, paths ...string) []string {
	return append([]string{"import", "--data", dir, "--source", "hn", "--format", "hn", "--grain", "month"}, paths...)
}

// importArchive: nine years of real posts, from files to gap series; then the past is judged.
func importArchive(t *testing.T, p program, out *table, dir string) (string, time.Duration) {
	const step = "2 archive"
	path := testenv.Shared(t, "data/postings/hn-who-is-hiring")
	began := time.Now()
	_, _, used := p.run(t, 0, importArgs(dir, path)...)
	took := time.Since(began)
	cpu := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	out.add(step, "54,727 posts from files to series", "%.1f s, %.0f postings/s, %d CPU µs a posting, peak %d MB",
		took.Seconds(), archivePosts/took.Seconds(), cpu.Microseconds()/archivePosts, used.Maxrss>>10)
	p.withStore(t, dir, func() {
		if n := query(t, dir, "SELECT count() FROM postings FINAL")[0][0]; n != strconv.Itoa(archivePosts) {
			t.Errorf("%s postings stored, want %d", n, archivePosts)
		}
		shares(t, dir, out)
	})
	events := backtest(t, p, dir)
	fired := map[string]string{}
	for _, e := range events {
		if e.Kind != talent.EventFired {
			continue
		}
		if fired[e.Skill] == "" {
			fired[e.Skill] = fmt.Sprintf("%s (%s)", e.Evidence.Period.Format("2006-01"), e.Severity)
		}
		if e.Skill == "hadoop" && e.Evidence.Period.Year() > 2015 {
			t.Errorf("hadoop warned upward in %s", e.Evidence.Period.Format("2006-01"))
		}
	}
	for _, s := range []string{"deep-learning", "docker", "kubernetes"} {
		if fired[s] == "" {
			t.Errorf("no warning for %s in the whole backtest", s)
		}
		out.add(step, "backtest: first warning for "+s, "%s", fired[s])
	}
	out.add(step, "backtest: upward warnings for hadoop after 2015", "0 (first warning ever: %s)", fired["hadoop"])
	return dir, took
}

// shares prints, for orientation, the share of posts a year beside the plain count of the reference.
func shares(t *testing.T, dir string, out *table) {
	t.Helper()
	b, err := os.ReadFile(testenv.Shared(t, "bench/replay/onsets-2011-2019.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Terms map[string]struct {
			Share map[string]float64 `json:"share_by_year_pct"`
		}
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	for _, s := range archiveSkills() {
		var ours, counted []string
		for _, row := range query(t, dir, fmt.Sprintf("SELECT toYear(date) AS y, round(100 * countIf(has(skills, '%s')) / count(), 1) FROM postings FINAL GROUP BY y ORDER BY y", s[0])) {
			ours = append(ours, row[1])
			counted = append(counted, fmt.Sprintf("%.1f", ref.Terms[s[1]].Share[row[0]]))
		}
		out.add("2 archive", s[0]+" % of posts 2011–2019 (plain count)", "%s (%s)", strings.Join(ours, " "), strings.Join(counted, " "))
	}
}

func backtest(t *testing.T, p program, dir string) []talent.AlertEvent {
	t.Helper()
	args := []string{"backtest", "--data", dir, "--grain", "month", "--total", "--json"}
	for _, s := range archiveSkills() {
		args = append(args, "--skill", s[0])
	}
	stdout, _, _ := p.run(t, 0, args...)
	var events []talent.AlertEvent
	for line := range strings.Lines(stdout) {
		var e talent.AlertEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("backtest printed %q: %v", line, err)
		}
		events = append(events, e)
	}
	return events
}

// killImport: the import is killed twice without notice and started again; everything is as if it had not been.
func killImport(t *testing.T, p program, out *table, whole string, took time.Duration) {
	const step = "4 kill -9"
	path := testenv.Shared(t, "data/postings/hn-who-is-hiring")
	dir := t.TempDir()
	for i, after := range []time.Duration{took / 4, took / 2} {
		proc := p.start(t, importArgs(dir, path)...)
		select {
		case <-time.After(after):
		case <-proc.done:
			t.Fatalf("the import ended within %s, before it could be killed", after)
		}
		proc.kill()
		out.add(step, fmt.Sprintf("import killed for the %d. time after", i+1), "%.1f s", after.Seconds())
	}
	p.run(t, 0, importArgs(dir, path)...)
	var got, want map[string]string
	for _, d := range []struct {
		dir string
		to  *map[string]string
	}{{whole, &want}, {dir, &got}} {
		p.run(t, 0, "alert", "--once", "--as-of", "2020-01-01", "--data", d.dir)
		p.withStore(t, d.dir, func() { *d.to = fingerprint(t, d.dir) })
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("after two kills (-uninterrupted +killed):\n%s", d)
	}
	for _, k := range []string{"postings", "series", "alerts", "events"} {
		out.add(step, k+", killed = uninterrupted", "%s", got[k])
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
