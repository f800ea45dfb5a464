//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// table collects what each step found, to be printed at the end.
type table struct{ rows [][3]string }

func (t *table) add(step, what, figure string, args ...any) {
	t.rows = append(t.rows, [3]string{step, what, fmt.Sprintf(figure, args...)})
}

func (t *table) print(w io.Writer) {
	fmt.Fprintln(w, "\n| step | what | figure |\n|---|---|---|")
	for _, r := range t.rows {
		fmt.Fprintf(w, "| %s | %s | %s |\n", r[0], r[1], r[2])
	}
	fmt.Fprintln(w)
}

// program is the built binary; each run has an empty HOME, as on a fresh machine.
type program struct {
	t    testing.TB
	path string
	home string
	env  []string // beside HOME and PATH

	command func(name string, args ...string) *exec.Cmd // how it is started
}

func newProgram(t testing.TB) program {
	t.Helper()
	path := filepath.Join(testenv.Root(t), "bin", "gapwatch")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no bin/gapwatch: run make build first: %v", err)
	}
	return program{t: t, path: path, home: t.TempDir(), command: exec.Command}
}

// process is a running gapwatch.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *output
	done           chan struct{} // closed when it ended; err is set then
	err            error
}

// output is a growing buffer that is safe to read meanwhile.
type output struct {
	mu  chan struct{}
	buf bytes.Buffer
}

func newOutput() *output { o := &output{mu: make(chan struct{}, 1)}; o.mu <- struct{}{}; return o }

func (o *output) Write(p []byte) (int, error) {
	<-o.mu
	defer func() { o.mu <- struct{}{} }()
	return o.buf.Write(p)
}

func (o *output) String() string {
	<-o.mu
	defer func() { o.mu <- struct{}{} }()
	return o.buf.String()
}

// start runs gapwatch in a folder that has nothing to do with the checkout.
func (p program) start(t testing.TB, args ...string) *process {
	t.Helper()
	proc := &process{cmd: p.command(p.path, args...), stdout: newOutput(), stderr: newOutput(), done: make(chan struct{})}
	proc.cmd.Dir, proc.cmd.Env = p.home, append([]string{"HOME=" + p.home, "PATH=/usr/bin:/bin"}, p.env...)
	proc.cmd.Stdout, proc.cmd.Stderr = proc.stdout, proc.stderr
	if err := proc.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { proc.err = proc.cmd.Wait(); close(proc.done) }()
	t.Cleanup(func() { _ = proc.cmd.Process.Kill(); <-proc.done })
	return proc
}

// run runs gapwatch to its end and returns what it printed; any exit code but want fails the test.
func (p program) run(t testing.TB, want int, args ...string) (stdout, stderr string, used *syscall.Rusage) {
	t.Helper()
	proc := p.start(t, args...)
	<-proc.done
	if code := proc.cmd.ProcessState.ExitCode(); code != want {
		t.Fatalf("gapwatch %s: exit code %d, want %d\n%s\n%s", strings.Join(args, " "), code, want, tail(proc.stdout.String()), tail(proc.stderr.String()))
	}
	used, _ = proc.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return proc.stdout.String(), proc.stderr.String(), used
}

// ready waits for a line of standard output and returns what follows after.
func (proc *process) ready(t testing.TB, after string) string {
	t.Helper()
	var found string
	proc.until(t, "the line "+after, func() bool {
		for line := range strings.Lines(proc.stdout.String()) {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), after); ok {
				found = rest
				return true
			}
		}
		return false
	})
	return found
}

// until waits while the process runs.
func (proc *process) until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !ok(); time.Sleep(100 * time.Millisecond) {
		select {
		case <-proc.done:
			t.Fatalf("gapwatch ended (%v) before %s\n%s", proc.err, what, tail(proc.stderr.String()))
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited 5 minutes for %s\n%s", what, tail(proc.stderr.String()))
		}
	}
}

// stop ends the process as an operator does: SIGTERM, exit code 0 within 15 seconds.
func (proc *process) stop(t testing.TB) time.Duration {
	t.Helper()
	began := time.Now()
	if err := proc.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-proc.done:
	case <-time.After(15 * time.Second):
		t.Fatalf("gapwatch did not end within 15 s of SIGTERM\n%s", tail(proc.stderr.String()))
	}
	if proc.err != nil {
		t.Fatalf("gapwatch ended with %v after SIGTERM\n%s", proc.err, tail(proc.stderr.String()))
	}
	return time.Since(began)
}

// kill ends the process without notice.
func (proc *process) kill() {
	_ = proc.cmd.Process.Kill()
	<-proc.done
}

func tail(s string) string {
	if len(s) > 4000 {
		s = "…" + s[len(s)-4000:]
	}
	return s
}

// engine is a client of the engine of the process that shares a data directory, through its socket, as its owner.
func engine(dir string) *http.Client {
	remote := embedded.At(dir)
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		return remote.DialClickHouse(ctx, address)
	}}}
}

// query asks the engine of the process that shares a data directory, through its socket, as any tool would.
func query(t testing.TB, dir, sql string) [][]string {
	t.Helper()
	client := engine(dir)
	client.Transport.(*http.Transport).DisableKeepAlives = true
	q := url.Values{"database": {"gapwatch"}, "default_format": {"TSV"}}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+embedded.ClickHouseName+"/?"+q.Encode(), strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s\n%s %s %v", sql, res.Status, body, err)
	}
	var rows [][]string
	for line := range strings.Lines(string(body)) {
		rows = append(rows, strings.Split(strings.TrimRight(line, "\n"), "\t"))
	}
	return rows
}

// bus connects to the broker of the process that shares a data directory, as its owner.
func bus(t testing.TB, dir string) *kafka.Client {
	t.Helper()
	cfg := kafka.DefaultConfig()
	cfg.Brokers = []string{embedded.KafkaName}
	client, err := kafka.New(cfg, embedded.At(dir).DialKafka, testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// withStore runs gapwatch store on a data directory while ask asks.
func (p program) withStore(t *testing.T, dir string, ask func()) {
	t.Helper()
	proc := p.start(t, "store", "--data", dir)
	proc.ready(t, "kafka ")
	ask()
	proc.stop(t)
}

// fingerprint is a checksum of everything that counts in a data directory: facts, published series, alerts.
func fingerprint(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, sql := range map[string]string{
		"postings": `SELECT count(), sum(cityHash64(id, source, title, employer, text, region, industry, tier, date, date_basis, openings, skills, mentioned, vacancy_id, grain)) FROM postings FINAL`,
		"series": `SELECT count(), sum(cityHash64(grain, skill, region, industry, tier, period, openings, vacancies, exposure, employers, requested, state)) FROM gap_series FINAL
			WHERE (grain, period, version) IN (SELECT grain, period, max(version) FROM period_rollups GROUP BY grain, period)`,
		"alerts": `SELECT count(), sum(cityHash64(id, skill, region, industry, tier, severity, status, opened, updated, evidence)) FROM alerts FINAL`,
		"events": `SELECT count(), sum(cityHash64(id, alert_id, kind, severity, period, evidence)) FROM alert_events FINAL`,
	} {
		out[name] = strings.Join(query(t, dir, sql)[0], " rows, checksum ")
	}
	return out
}

// writeConfig writes a configuration file.
func writeConfig(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gapwatch.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
