package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dump writes a dump of n postings from one employer each, and returns its path.
func writeDump(t *testing.T, name string, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%d","title":"Engineer %d","company":"Employer %d","description":"You know PyTorch and Kubernetes, and build models for customers of ours.","posted_at":"2026-10-%02d","location":"Berlin"}`+"\n", i, i, i, 5+i)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// must runs a command of the program that has to succeed, and returns what it printed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := program(t, args...)
	if code != exitDone {
		t.Fatalf("%v: exit %d:\n%s%s", args, code, stdout, stderr)
	}
	return stdout
}

// refuse runs a command that has to be refused as a mistake of the caller, with a text that says why.
func refuse(t *testing.T, says string, args ...string) {
	t.Helper()
	code, stdout, stderr := program(t, args...)
	if code != exitUsage || !strings.Contains(stderr, says) {
		t.Errorf("%v: exit %d, want %d and %q:\n%s%s", args, code, exitUsage, says, stdout, stderr)
	}
}

// row is the row of a source in the list, "" when it is not there.
func row(list, source string) string {
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); f[0] == source {
			return strings.Join(f, " ")
		}
	}
	return ""
}

// TestSourcesOfAStoppedSystem: the life of imported sources on a data directory that nothing runs on.
func TestSourcesOfAStoppedSystem(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	few, more := writeDump(t, "few.jsonl", 2), writeDump(t, "more.jsonl", 3)
	must(t, "import", "--data", dir, "--source", "few", few)
	must(t, "import", "--data", dir, "--source", "more", more)
	if list := must(t, "source", "list", "--data", dir); row(list, "few") != "few import week 2 2 2026-10-05 2026-10-06 imported" || row(list, "more") == "" {
		t.Errorf("list:\n%s", list)
	}
	if shown := must(t, "source", "show", "--data", dir, "few"); !strings.Contains(shown, "2 postings from 2026-10-05 to 2026-10-06, 2 vacancies (2 of them are in other sources too), 2 skills, counted in 1 weeks and 0 months") {
		t.Errorf("show:\n%s", shown)
	}

	// a new name: the same numbers, and an import under it finds what is there
	if said := must(t, "source", "rename", "--data", dir, "more", "better"); !strings.Contains(said, "nothing was changed") {
		t.Errorf("without --yes:\n%s", said)
	}
	must(t, "source", "rename", "--data", dir, "more", "better", "--yes")
	must(t, "import", "--data", dir, "--source", "better", more)
	if list := must(t, "source", "list", "--data", dir); row(list, "better") != "better import week 3 3 2026-10-05 2026-10-07 imported" || row(list, "more") != "" {
		t.Errorf("list after rename:\n%s", list)
	}

	// removed: without --yes nothing happens, with it nothing is left, and the check finds nothing lost
	if said := must(t, "source", "remove", "--data", dir, "better"); !strings.Contains(said, "3 vacancies (2 of them are in other sources too)") || !strings.Contains(said, "nothing was changed") {
		t.Errorf("without --yes:\n%s", said)
	}
	must(t, "source", "remove", "--data", dir, "better", "--yes")
	must(t, "source", "remove", "--data", dir, "few", "--yes")
	if list := must(t, "source", "list", "--data", dir); strings.Count(list, "\n") != 1 {
		t.Errorf("list after removal:\n%s", list)
	}
	if said := must(t, "check", "--data", dir); !strings.Contains(said, "everything that was stored is there") {
		t.Errorf("check:\n%s", said)
	}
}

// TestSourcesOfARunningSystem: the same beside a running system, through its sockets.
func TestSourcesOfARunningSystem(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	start(t, "up", "--data", dir, "--listen", "127.0.0.1:0")
	few := writeDump(t, "few.jsonl", 2)
	must(t, "import", "--data", dir, "--source", "few", few)
	refuse(t, "is crawled", "source", "remove", "--data", dir, "few", "--yes", "--config", configOf(t, "few"))
	must(t, "source", "rename", "--data", dir, "few", "others", "--yes") // waits until what was imported is aggregated
	if list := must(t, "source", "list", "--data", dir); row(list, "others") != "others import week 2 2 2026-10-05 2026-10-06 imported" || row(list, "few") != "" {
		t.Errorf("list after rename:\n%s", list)
	}
	must(t, "import", "--data", dir, "--source", "few", few)
	refuse(t, "there is a source", "source", "rename", "--data", dir, "few", "others", "--yes")
	refuse(t, "letters, digits", "source", "rename", "--data", dir, "few", "a/b", "--yes")
	must(t, "source", "remove", "--data", dir, "few", "--yes")
	if list := must(t, "source", "list", "--data", dir); row(list, "few") != "" || row(list, "others") == "" {
		t.Errorf("list after removal:\n%s", list)
	}
	must(t, "import", "--data", dir, "--source", "few", few) // comes back when it is imported again
	must(t, "source", "remove", "--data", dir, "others", "--yes")
	if list := must(t, "source", "list", "--data", dir); row(list, "few") != "few import week 2 2 2026-10-05 2026-10-06 imported" || row(list, "others") != "" {
		t.Errorf("list at the end:\n%s", list)
	}
	if said := must(t, "check", "--data", dir); !strings.Contains(said, "everything that was stored is there") {
		t.Errorf("check:\n%s", said)
	}
}

// configOf writes a configuration that crawls a source.
func configOf(t *testing.T, source string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gapwatch.yaml")
	if err := os.WriteFile(path, []byte(fmt.Sprintf("sources: [{name: %s, kind: lever, board: x}]\n", source)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSampleAndRealDataAreNotMixed: nothing real gets into a directory of sample data, whichever command brings it.
func TestSampleAndRealDataAreNotMixed(t *testing.T) {
	t.Parallel()
	sampled, real := filepath.Join(t.TempDir(), "s"), filepath.Join(t.TempDir(), "r")
	must(t, "migrate", "--data", sampled)
	if err := os.WriteFile(sampleFile(sampled), []byte(`{"anchor":"2026-11-01T00:00:00Z"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	refuse(t, "holds sample data", "import", "--data", sampled, "--source", "real", writeDump(t, "a.jsonl", 1))
	refuse(t, "holds sample data", "crawl", "--data", sampled, "--config", configOf(t, "board"))
	refuse(t, "holds sample data", "crawl", "--data", sampled, "--config", configOf(t, "board"), "--now", "board")
	refuse(t, "holds sample data", "up", "--data", sampled)
	if list := must(t, "source", "list", "--data", sampled); strings.Count(list, "\n") != 1 {
		t.Errorf("a refused import left a source:\n%s", list)
	}
	for dir, want := range map[string]bool{sampled: true, real: false} { // what shows or sends the data says what it is
		cfg, _, err := (&environment{cli: &cli{Data: dir}, stderr: io.Discard}).load()
		if err != nil || cfg.Dashboards.Sample != want || cfg.Alerts.Sample != want {
			t.Errorf("%s: pages %t, mails %t, %v", dir, cfg.Dashboards.Sample, cfg.Alerts.Sample, err)
		}
	}
	must(t, "migrate", "--data", real)
	refuse(t, "holds real data", "up", "--sample", "--data", real)
}
