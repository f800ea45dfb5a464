//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// attack is one way of doing harm that was once open. Every attack goes through what an attacker has: a port, a
// file of another user, an upload, a mail server, a power switch.
type attack struct {
	name   string
	before string // what it did when it was found
	// run attacks and returns what it did now, in a few words. It fails t when it gets through.
	run func(t *testing.T, v *victim) string
}

// attacks lists every attack, in the order of docs/security.md.
func attacks() []attack {
	var all []attack
	for _, room := range [][]attack{
		engineAttacks(), brokerAttacks(), durabilityAttacks(), integrityAttacks(), budgetAttacks(), mailAttacks(), outboundAttacks(), privacyAttacks(),
	} {
		all = append(all, room...)
	}
	return all
}

// TestAttack tries every attack on a fresh `gapwatch up` with both ports open, and prints what came of it.
func TestAttack(t *testing.T) {
	p := newProgram(t)
	var rows [][3]string
	defer func() { printAttacks(os.Stdout, rows) }()
	v := newVictim(t, p)
	for _, a := range attacks() {
		now := "not run"
		held := t.Run(a.name, func(t *testing.T) { now = a.run(t, v) })
		if !held {
			now = "GOT THROUGH: " + now
		}
		rows = append(rows, [3]string{a.name, a.before, now})
	}
	v.up.stop(t) // whatever was done to it, it still ends as it should
}

func printAttacks(w io.Writer, rows [][3]string) {
	fmt.Fprintln(w, "\n| attack | before | now |\n|---|---|---|")
	for _, r := range rows {
		fmt.Fprintf(w, "| %s | %s | %s |\n", r[0], r[1], strings.ReplaceAll(r[2], "\n", " "))
	}
	fmt.Fprintln(w)
}

// victim is a running system that the attacks share. An attack that would leave it unusable starts its own with
// newVictim.
type victim struct {
	p          program
	up         *process
	dir        string // data directory
	base       string // of the pages and the API, without a slash at the end
	kafka      string // host:port of embedded.kafka.listen
	clickhouse string // host:port of embedded.clickhouse.listen
}

// newVictim starts `gapwatch up` on an empty directory with both listeners open. more is added to the configuration.
func newVictim(t *testing.T, p program, more ...string) *victim {
	t.Helper()
	v := &victim{p: p, dir: filepath.Join(t.TempDir(), "data"), kafka: fmt.Sprintf("127.0.0.1:%d", freePort(t)), clickhouse: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	cfg := writeConfig(t, fmt.Sprintf("http: {listen: '127.0.0.1:0'}\nembedded: {kafka: {listen: '%s'}, clickhouse: {listen: '%s'}}\n%s\n",
		v.kafka, v.clickhouse, strings.Join(more, "\n")))
	v.up = p.start(t, "up", "--config", cfg, "--data", v.dir)
	v.base = v.up.ready(t, "Gapwatch is ready: ")
	return v
}

// key makes an API key of a role, as the operator does.
func (v *victim) key(t *testing.T, org, role string) string {
	t.Helper()
	out, _, _ := v.p.run(t, 0, "key", "create", "--data", v.dir, "--org", org, "--role", role)
	lines := strings.Fields(out)
	return lines[len(lines)-1]
}

// cpu is what the victim's process has used of the processors.
func (v *victim) cpu(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.up.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	// The second field is the name in brackets and may hold blanks; times are in hundredths of a second.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var user, system int64
	if _, err := fmt.Sscan(fields[11], &user); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(fields[12], &system); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memory is the resident memory of the victim's process and its peak since resetPeak, bytes.
func (v *victim) memory(t *testing.T) (now, peak int64) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.up.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		var kib int64
		if _, err := fmt.Sscan(f[1], &kib); err != nil {
			continue
		}
		switch f[0] {
		case "VmRSS:":
			now = kib << 10
		case "VmHWM:":
			peak = kib << 10
		}
	}
	return now, peak
}

// resetPeak makes the peak begin again at what the process holds now.
func (v *victim) resetPeak(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", v.up.cmd.Process.Pid), []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
}

// dial opens a plain connection, as an attacker with a socket does.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// stranger runs the program as another user of this machine. It needs root, as CI has; elsewhere the attack is
// not possible to stage.
func stranger(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("needs root to act as another user")
		}
		t.Skip("needs root to act as another user")
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}
