//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// damageRounds is how many random damages are done: GAPWATCH_DAMAGE, or a few.
func damageRounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("GAPWATCH_DAMAGE")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("GAPWATCH_DAMAGE=%q: want a number of rounds", text)
	}
	return n
}

// integrityAttacks damage what is stored, and take away what the system stands on.
func integrityAttacks() []attack {
	return []attack{
		{"damaged files", "one broken file: 33,000 postings were 2,662, /readyz true, the next roll-up published it", attackDamage},
		{"damage that Kafka cannot mend", "not noticed", attackOldFiles},
		{"dead Kafka", "/readyz true", attackKafka},
		{"full disk", "/readyz true; at the start: the directory is in use", attackDisk},
		{"stopped roll-up", "/readyz true", attackRollUp},
		{"server paths on public pages", "GET /sources/x showed the folders of an import", attackPaths},
	}
}

// noDamage makes a system with facts, series and alerts, and returns its stopped directory.
func noDamage(t *testing.T, p program) (dir string, want map[string]string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	p.run(t, 0, "import", "--data", dir, "--source", "invented", shortageDump(t))
	up := p.start(t, "up", "--data", dir, "--listen", "127.0.0.1:0")
	base := up.ready(t, "Gapwatch is ready: ")
	up.until(t, "an alert", func() bool { return drained(t, dir) && query(t, dir, "SELECT count() > 0 FROM alerts")[0][0] == "1" })
	untilReady(t, up, base, true, "")
	want = fingerprint(t, dir)
	up.stop(t)
	p.run(t, 0, "check", "--data", dir) // and the inventory has all of it
	return dir, want
}

// untilReady waits until /readyz says so or not, with a word in its text, and returns the text.
func untilReady(t *testing.T, proc *process, base string, want bool, word string) string {
	t.Helper()
	var body string
	proc.until(t, fmt.Sprintf("/readyz %v %q", want, word), func() bool {
		var status int
		status, body, _ = fetchText(t, http.MethodGet, base+"/readyz", "", "")
		return (status == http.StatusOK) == want && strings.Contains(body, word)
	})
	return body
}

// parts lists the parts of a table on the disk of a stopped directory, those with rows.
func parts(t *testing.T, dir, table string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "clickhouse", "metadata", "gapwatch", table+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	uuid := regexp.MustCompile(`UUID '([^']+)'`).FindSubmatch(text)
	if uuid == nil {
		t.Fatalf("no uuid in the definition of %s: %s", table, text)
	}
	id := string(uuid[1])
	found, err := filepath.Glob(filepath.Join(dir, "clickhouse", "store", id[:3], id, "all_*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

// damage does one random harm to the files of a stopped directory and says what it did.
func damage(t *testing.T, draw *rand.Rand, dir string) string {
	t.Helper()
	tables := []string{"postings", "postings", "postings", "gap_series", "period_marks", "period_rollups", "alerts", "alert_events", "bands", "batches", "skills"}
	table := tables[draw.IntN(len(tables))]
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	list := parts(t, dir, table)
	kind := draw.IntN(6)
	if kind == 0 || len(list) == 0 {
		must(os.Remove(filepath.Join(dir, "clickhouse", "metadata", "gapwatch", table+".sql")))
		return "definition of " + table + " removed"
	}
	part := list[draw.IntN(len(list))]
	name := table + "/" + filepath.Base(part)
	data := filepath.Join(part, "data.bin")
	if _, err := os.Stat(data); err != nil { // a wide part: one file a column
		files, err := filepath.Glob(filepath.Join(part, "*.bin"))
		must(err)
		data = files[draw.IntN(len(files))]
	}
	switch kind {
	case 1:
		info, err := os.Stat(data)
		must(err)
		must(os.Truncate(data, draw.Int64N(info.Size())))
		return name + " cut short"
	case 2:
		text, err := os.ReadFile(data)
		must(err)
		for range 1 + draw.IntN(8) {
			text[draw.IntN(len(text))] ^= byte(1 + draw.IntN(255))
		}
		must(os.WriteFile(data, text, 0o600))
		return name + " has flipped bytes"
	case 3:
		must(os.Remove(filepath.Join(part, "columns.txt")))
		return name + " without columns.txt"
	case 4:
		must(os.Remove(filepath.Join(part, "checksums.txt")))
		return name + " without checksums.txt"
	}
	must(os.RemoveAll(part))
	return name + " deleted"
}

// attackDamage: whatever is done to the files, it is noticed before anything is counted or told from it, or it was
// harmless; and what Kafka still has comes back.
func attackDamage(t *testing.T, v *victim) string {
	whole, want := noDamage(t, v.p)
	noticed, harmless := 0, 0
	rounds := damageRounds(t)
	for round := range rounds {
		draw := rand.New(rand.NewPCG(7, uint64(round)))
		dir := copyOf(t, whole)
		what := damage(t, draw, dir)
		up := v.p.start(t, "up", "--data", dir, "--listen", "127.0.0.1:0")
		base := up.ready(t, "Gapwatch is ready: ")
		lost := untilChecked(t, up, base)
		if !lost {
			if d := cmp.Diff(want, fingerprint(t, dir)); d != "" {
				t.Errorf("round %d, %s: not noticed, and (-before +after): %s", round, what, d)
			}
			harmless++
			up.stop(t)
			continue
		}
		noticed++
		for lang, word := range map[string]string{"en": "Stored data was lost", "zh": "部分数据已丢失"} {
			status, body, _ := fetchText(t, http.MethodGet, base+"/?lang="+lang, "", "")
			if status == http.StatusOK && !strings.Contains(body, word) {
				t.Errorf("round %d, %s: the page in %s does not say so", round, what, lang)
			}
		}
		rolled := "SELECT count() FROM period_rollups WHERE rolled_at > now() - 3600"
		before, readable := tryQuery(t, dir, rolled)
		out, _, _ := v.p.run(t, 0, "repair", "--data", dir)
		if after, ok := tryQuery(t, dir, rolled); readable && ok && before > after {
			t.Errorf("round %d, %s: %s roll-ups, %s after the repair", round, what, before, after)
		}
		untilReady(t, up, base, true, "")
		up.until(t, "the roll-up", func() bool { return drained(t, dir) })
		if d := cmp.Diff(want, fingerprint(t, dir)); d != "" {
			t.Errorf("round %d, %s: after the repair (-before +after): %s\n%s", round, what, d, out)
		}
		up.stop(t)
		t.Logf("round %d: %s: noticed and repaired", round, what)
	}
	return fmt.Sprintf("%d damages: %d noticed and repaired to the same numbers, %d harmless, 0 missed", rounds, noticed, harmless)
}

// untilChecked waits for the first look at every checksum, and tells whether it found a loss.
func untilChecked(t *testing.T, up *process, base string) (lost bool) {
	t.Helper()
	up.until(t, "the check", func() bool {
		_, body, _ := fetchText(t, http.MethodGet, base+"/readyz", "", "")
		_, metrics, _ := fetchText(t, http.MethodGet, base+"/metrics", "", "")
		lost = strings.Contains(body, `"name":"integrity","ready":false`)
		return lost || regexp.MustCompile(`(?m)^gapwatch_integrity_last_check_timestamp_seconds [1-9]`).MatchString(metrics)
	})
	return lost
}

// attackOldFiles: what Kafka has no longer is named with its sources and days, and the loss has to be accepted, or
// comes back from a backup.
func attackOldFiles(t *testing.T, v *victim) string {
	whole, want := noDamage(t, v.p)
	dir := copyOf(t, whole)
	for _, part := range parts(t, dir, "postings") {
		if err := os.RemoveAll(part); err != nil {
			t.Fatal(err)
		}
	}
	// the log as it is once its old end was cut: nothing of the import is left in it
	v.p.withStore(t, dir, func() { cutLog(t, dir) })
	out, _, _ := v.p.run(t, 1, "repair", "--data", dir)
	for _, word := range []string{"NOT RECOVERED", "invented", time.Now().UTC().Format("2006-")} {
		if !strings.Contains(out, word) {
			t.Errorf("the repair does not say %q:\n%s", word, out)
		}
	}
	v.p.run(t, 1, "check", "--data", dir)
	again := copyOf(t, dir)
	v.p.run(t, 0, "repair", "--data", dir, "--backup", whole)
	v.p.withStore(t, dir, func() {
		if d := cmp.Diff(want["postings"], fingerprint(t, dir)["postings"]); d != "" {
			t.Errorf("from the backup (-before +after): %s", d)
		}
	})
	v.p.run(t, 0, "repair", "--data", again, "--accept-loss")
	v.p.run(t, 0, "check", "--data", again)
	return "named with sources and days, exit code 1; whole again with --backup; goes on with --accept-loss"
}

// attackPaths: where an import came from is public, the folders of the server are not.
func attackPaths(t *testing.T, v *victim) string {
	dump := shortageDump(t)
	v.p.run(t, 0, "import", "--data", v.dir, "--source", "secret", dump)
	n := 0
	for _, path := range []string{"/sources", "/sources/secret", "/api/v1/sources", "/readyz", "/metrics", "/export/gaps.csv", "/api/v1/series?skill=%2Fetc", "/skills/%2Fetc%2Fpasswd", "/api/v1/alerts/x"} {
		_, body, _ := fetchText(t, http.MethodGet, v.base+path, "", "")
		n++
		for _, secret := range []string{filepath.Dir(dump), v.dir, "DB::Exception", "sendQuery", "SELECT "} {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
	}
	if got := query(t, v.dir, "SELECT url FROM sources WHERE name = 'secret'")[0][0]; got != filepath.Base(dump) {
		t.Errorf("stored as %q", got)
	}
	return fmt.Sprintf("%d addresses and the table show names of files only", n)
}
