//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/internal/testenv"
)

// runStages: every stage a process of its own against one store; one of two aggregators is killed in the middle.
func runStages(t *testing.T, p program, out *table) {
	const step = "5 stages"
	var files []string
	for _, pattern := range []string{"2015-*.jsonl.gz", "2016-*.jsonl.gz"} {
		found, err := filepath.Glob(filepath.Join(testenv.Shared(t, "data/postings/hn-who-is-hiring"), pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	b := serveBoard(t)
	cfg := writeConfig(t, b.source()+"http: {listen: '127.0.0.1:0'}\n")

	// the same input in one process, to compare with
	one := t.TempDir()
	p.run(t, 0, importArgs(one, files...)...)
	up := p.start(t, "up", "--config", cfg, "--data", one)
	up.ready(t, "Gapwatch is ready: ")
	up.until(t, "the board in one process", func() bool {
		return query(t, one, "SELECT count() FROM postings FINAL WHERE source = 'rebase'")[0][0] == fmt.Sprint(boardPages) && drained(t, one)
	})
	want := fingerprint(t, one)
	posts, err := strconv.Atoi(query(t, one, "SELECT count() FROM postings FINAL")[0][0])
	if err != nil {
		t.Fatal(err)
	}
	up.stop(t)

	dir := t.TempDir()
	fixed := writeConfig(t, b.source()+fmt.Sprintf(`http: {listen: '127.0.0.1:0'}
embedded: {kafka: {listen: '127.0.0.1:%d'}, clickhouse: {listen: '127.0.0.1:%d'}}
aggregate: {batch_records: 500} # small batches, so that the kills fall between two of them
`, freePort(t), freePort(t)))
	p.env = []string{"GAPWATCH_EMBEDDED_USER=stages", "GAPWATCH_EMBEDDED_PASSWORD=of-this-test"}
	cfg = fixed
	store := p.start(t, "store", "--config", cfg, "--data", dir)
	store.ready(t, "kafka ")
	stage := func(name string) *process { return p.start(t, name, "--config", cfg, "--data", dir) }
	first, second := stage("aggregate"), stage("aggregate")
	crawler, alerter, server := stage("crawl"), stage("alert"), stage("serve")
	server.ready(t, "http://")
	began := time.Now()
	importer := p.start(t, append(importArgs(dir, files...), "--config", cfg)...)
	count := func() int {
		n, err := strconv.Atoi(query(t, dir, "SELECT count() FROM postings FINAL")[0][0])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	second.until(t, "a third of the postings", func() bool { return count() > posts/3 })
	before := count()
	first.kill()
	out.add(step, "one of two aggregators killed at", "%d of %d postings", before, posts)
	// then the store itself, broker and engine at once: the stages wait and go on by themselves
	second.until(t, "two thirds of the postings", func() bool { return count() > posts*2/3 })
	store.kill()
	store = p.start(t, "store", "--config", cfg, "--data", dir)
	store.ready(t, "kafka ")
	out.add(step, "store (broker and engine) killed and started again at", "%d postings or more", posts*2/3)
	<-importer.done
	if importer.err != nil { // it says so and does not pretend: the same files again, nothing is counted twice
		out.add(step, "import cut off by the dead broker, run again", "exit code %d", importer.cmd.ProcessState.ExitCode())
		p.run(t, 0, append(importArgs(dir, files...), "--config", cfg)...)
	}
	second.until(t, "all postings", func() bool { return count() == posts && drained(t, dir) })
	out.add(step, "all postings in the store", "%d in %.1f s", count(), time.Since(began).Seconds())
	got := fingerprint(t, dir)
	for _, k := range []string{"postings", "series"} {
		if d := cmp.Diff(want[k], got[k]); d != "" {
			t.Errorf("%s (-one process +stages): %s", k, d)
		}
		out.add(step, k+", stages = one process", "%s", got[k])
	}
	for _, proc := range []*process{server, alerter, crawler, second, store} {
		proc.stop(t)
	}
}

// drained reports whether no period waits for its roll-up.
func drained(t *testing.T, dir string) bool {
	t.Helper()
	return query(t, dir, `SELECT count() FROM (SELECT grain, period, toUInt64(toUnixTimestamp64Micro(max(marked))) AS v FROM period_marks GROUP BY grain, period) AS m
		LEFT JOIN (SELECT grain, period, max(version) AS done FROM period_rollups GROUP BY grain, period) AS r USING (grain, period) WHERE v > done`)[0][0] == "0"
}

// freePort is an unused port of this machine.
func freePort(t *testing.T) int {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}
