package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// gapwatch runs the command line and returns its exit code and output.
func gapwatch(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// commands lists every command that does something, as a user types it.
func commands(t *testing.T) []string {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.Name("gapwatch"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, leaf := range parser.Model.Leaves(true) {
		out = append(out, strings.TrimPrefix(strings.Split(leaf.FullPath(), " <")[0], "gapwatch "))
	}
	return out
}

func TestEveryCommandShowsAnExample(t *testing.T) {
	all := commands(t)
	if len(all) < 18 {
		t.Fatalf("found only %v", all)
	}
	for _, c := range all {
		code, stdout, stderr := gapwatch(t, "", append(strings.Fields(c), "--help")...)
		if code != exitDone || !strings.Contains(stdout, "Example:") || !strings.Contains(strings.Join(strings.Fields(stdout), " "), "gapwatch "+strings.Fields(c)[0]) {
			t.Errorf("gapwatch %s --help: exit %d, no example in\n%s%s", c, code, stdout, stderr)
		}
	}
}

func TestExitCodes(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		code  int
		says  string
	}{
		{"no command prints help", nil, "", exitDone, "Usage: gapwatch"},
		{"unknown command", []string{"fly"}, "", exitUsage, "fly"},
		{"unknown flag", []string{"up", "--fast"}, "", exitUsage, "--fast"},
		{"missing flag", []string{"key", "create", "--org", "x"}, "", exitUsage, "role"},
		{"bad role", []string{"key", "create", "--org", "x", "--role", "king"}, "", exitUsage, "enterprise"},
		{"configuration that is not there", []string{"config", "check", "--config", "nowhere.yaml"}, "", exitUsage, "gapwatch init"},
		{"unknown key", []string{"config", "check", "--config", write("a.yaml", "kafka:\n  broker: x\n")}, "", exitUsage, "line 2"},
		{"broken yaml", []string{"config", "check", "--config", write("b.yaml", "kafka: [\n")}, "", exitUsage, "not valid YAML"},
		{"every wrong setting is named", []string{"config", "check", "--config", write("c.yaml", "log: {level: loud}\nkafka: {partitions: 0}\nsources: [{name: a, kind: ftp}]\n")}, "", exitUsage, "sources[0]"},
		{"good configuration", []string{"config", "check", "--config", write("d.yaml", "log: {level: warn}\n")}, "", exitDone, "good"},
		{"import without a readable format", []string{"import", "--source", "s", "--format", "doc", "x"}, "", exitUsage, "jsonl"},
		{"import with a field that is none", []string{"import", "--source", "s", "--map", "colour=x", "x"}, "", exitUsage, "colour"},
		{"backtest from a day that is none", []string{"backtest", "--from", "yesterday"}, "", exitUsage, "2015-01-01"},
		{"backtest of a skill that is none", []string{"backtest", "--skill", "pytroch"}, "", exitUsage, "did you mean pytorch?"},
		{"as-of without once", []string{"alert", "--as-of", "2020-01-01"}, "", exitUsage, "--once"},
		{"extract of a bad line", []string{"extract"}, "{\"id\":\"1\",\"text\":\"Go\"}\nnonsense\n", exitFailed, "line 2"},
		{"extract", []string{"extract"}, `{"id":"1","text":"熟悉 PyTorch"}`, exitDone, `"skill":"pytorch"`},
		{"version", []string{"version"}, "", exitDone, "gapwatch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := gapwatch(t, c.stdin, c.args...)
			if code != c.code || !strings.Contains(stdout+stderr, c.says) {
				t.Errorf("exit %d, want %d, and %q in\n%s%s", code, c.code, c.says, stdout, stderr)
			}
		})
	}
}

// TestScheduleThatNeverWorks: `config check` and `up` refuse the same schedules, of sources as of the alert job.
func TestScheduleThatNeverWorks(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, spec := range []string{"0 0 30 2 *", "@every 1ms", "TZ=", "sometimes"} {
		for place, text := range map[string]string{
			"alerts.schedule": fmt.Sprintf("alerts: {schedule: %q}\n", spec),
			"sources[0]":      fmt.Sprintf("fetch: {contact: a@b.example}\nsources: [{name: a, kind: lever, board: x, schedule: %q}]\n", spec),
		} {
			if err := os.WriteFile("gapwatch.yaml", []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"config", "check"}, {"up", "--data", "none"}, {"alert", "--data", "none"}, {"crawl", "--data", "none"}} {
				if code, _, stderr := gapwatch(t, "", args...); code != exitUsage || !strings.Contains(stderr, place) {
					t.Errorf("%v with %s %q: exit %d: %s", args, place, spec, code, stderr)
				}
			}
		}
	}
}

func TestUnreachableServersSayWhatToCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GAPWATCH_CLICKHOUSE_ADDR", "127.0.0.1:1")
	t.Setenv("GAPWATCH_KAFKA_BROKERS", "127.0.0.1:1")
	code, _, stderr := gapwatch(t, "", "aggregate")
	if code != exitFailed || !strings.Contains(stderr, "clickhouse.addr") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestNoStore(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("gapwatch.yaml", []byte("sources: [{name: board, kind: lever, board: x}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := gapwatch(t, "", "crawl", "--now", "board", "--data", "nowhere")
	if code != exitFailed || !strings.Contains(stderr, "nowhere") || !strings.Contains(stderr, "gapwatch store") || !strings.Contains(stderr, "kafka.brokers") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// TestOpenAPI: every operation says who may call it and that it can be refused. Linters of others ask for more, see
// .ci/check.
func TestOpenAPI(t *testing.T) {
	t.Chdir(t.TempDir())
	_, stdout, stderr := gapwatch(t, "", "openapi")
	var doc struct {
		Servers  []struct{ URL string }
		Security []any
		Paths    map[string]map[string]struct{ Responses map[string]any }
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil {
		t.Fatal(err, stderr)
	}
	if len(doc.Servers) == 0 || len(doc.Security) == 0 || len(doc.Paths) < 10 {
		t.Errorf("%d servers, %d ways to be known, %d paths", len(doc.Servers), len(doc.Security), len(doc.Paths))
	}
	for path, operations := range doc.Paths {
		for method, o := range operations {
			if o.Responses["429"] == nil {
				t.Errorf("%s %s cannot be refused", method, path)
			}
		}
	}
}

func TestInit(t *testing.T) {
	t.Chdir(t.TempDir())
	if code, _, stderr := gapwatch(t, "", "init"); code != exitDone {
		t.Fatalf("init: exit %d: %s", code, stderr)
	}
	if code, _, stderr := gapwatch(t, "", "config", "check"); code != exitUsage || !strings.Contains(stderr, "fetch.contact") {
		t.Errorf("without a contact address: exit %d: %s", code, stderr)
	}
	if code, _, stderr := gapwatch(t, "", "up"); code != exitUsage || !strings.Contains(stderr, "fetch.contact") {
		t.Errorf("up without a contact address: exit %d: %s", code, stderr)
	}
	t.Setenv("GAPWATCH_CONTACT", "crawler@university.example")
	if code, stdout, stderr := gapwatch(t, "", "config", "check"); code != exitDone || !strings.Contains(stdout, "sources") {
		t.Errorf("what init writes is refused: %s", stderr)
	}
	if code, _, stderr := gapwatch(t, "", "init"); code != exitUsage || !strings.Contains(stderr, "--force") {
		t.Errorf("init overwrites without being told to: exit %d, %s", code, stderr)
	}
	if code, _, _ := gapwatch(t, "", "init", "--force"); code != exitDone {
		t.Errorf("init --force: exit %d", code)
	}
}

func TestEnvironmentThatIsNotRead(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Run("misspelt", func(t *testing.T) {
		t.Setenv("GAPWATCH_CLICKHOUSE_PASWORD", "x")
		if code, _, stderr := gapwatch(t, "", "config", "check"); code != exitUsage || !strings.Contains(stderr, "GAPWATCH_CLICKHOUSE_PASWORD") {
			t.Errorf("exit %d: %s", code, stderr)
		}
	})
	t.Run("secret file that is not there", func(t *testing.T) {
		t.Setenv("GAPWATCH_KAFKA_PASSWORD_FILE", "/nowhere/secret")
		if code, _, stderr := gapwatch(t, "", "config", "check"); code != exitUsage || !strings.Contains(stderr, "/nowhere/secret") {
			t.Errorf("exit %d: %s", code, stderr)
		}
	})
	t.Run("secret file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "user")
		if err := os.WriteFile(path, []byte("gap\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("GAPWATCH_KAFKA_USER_FILE", path)
		if _, stdout, _ := gapwatch(t, "", "config", "print"); !strings.Contains(stdout, "user: gap\n") {
			t.Errorf("the user of the file is not in force:\n%s", stdout)
		}
	})
}

// TestEnvironmentIsDocumented: every variable that is read stands in the manual.
func TestEnvironmentIsDocumented(t *testing.T) {
	manual, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	names, err := config.EnvironmentNames()
	if err != nil || len(names) < 40 {
		t.Fatalf("%d variables: %v", len(names), err)
	}
	for name := range names {
		if !strings.HasSuffix(name, "_FILE") && !bytes.Contains(manual, []byte("`"+name+"`")) {
			t.Errorf("docs/operating.md does not name %s", name)
		}
	}
}

func TestConfigPrintHidesSecretsAndReadsBack(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"KAFKA_PASSWORD", "CLICKHOUSE_PASSWORD", "SMTP_PASSWORD"} {
		t.Setenv("GAPWATCH_"+name, "s3cret")
	}
	_, stdout, _ := gapwatch(t, "", "config", "print")
	if strings.Contains(stdout, "s3cret") {
		t.Errorf("a secret is printed:\n%s", stdout)
	}
	if err := os.WriteFile("gapwatch.yaml", []byte(stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := gapwatch(t, "", "config", "check"); code != exitDone {
		t.Errorf("what config print prints is refused: %s", stderr)
	}
}

func TestSampleAndRealDataDoNotMix(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "clickhouse"), 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := gapwatch(t, "", "up", "--sample", "--data", dir); code != exitUsage || !strings.Contains(stderr, "--data") {
		t.Errorf("sample on real data: exit %d: %s", code, stderr)
	}
	if err := os.WriteFile(sampleFile(dir), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := gapwatch(t, "", "up", "--data", dir); code != exitUsage || !strings.Contains(stderr, "--sample") {
		t.Errorf("real run on sample data: exit %d: %s", code, stderr)
	}
}
