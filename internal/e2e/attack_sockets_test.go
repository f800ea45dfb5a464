//go:build e2e

package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	kafkabus "github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// attackOwnPorts looks for every TCP port that a default `gapwatch up` listens on.
func attackOwnPorts(t *testing.T, v *victim) string {
	up := v.p.start(t, "up", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0")
	pages := strings.TrimPrefix(up.ready(t, "Gapwatch is ready: "), "http://")
	ports := listening(t, up.cmd.Process.Pid)
	up.stop(t)
	if len(ports) != 1 || ports[0] != pages {
		t.Errorf("the process listens on %v, the pages are at %s", ports, pages)
	}
	return fmt.Sprintf("%d TCP port, that of the pages", len(ports))
}

// listening are the TCP addresses (of IPv4) that a process listens on.
func listening(t *testing.T, pid int) (addresses []string) {
	t.Helper()
	own := map[string]bool{}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name())); err == nil {
			own[to] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			field := strings.Fields(lines.Text())
			if field[3] != "0A" || !own["socket:["+field[9]+"]"] {
				continue
			}
			var a, b, c, d, port int
			if _, err := fmt.Sscanf(field[1], "%2X%2X%2X%2X:%X", &d, &c, &b, &a, &port); err != nil {
				addresses = append(addresses, field[1])
				continue
			}
			addresses = append(addresses, fmt.Sprintf("%d.%d.%d.%d:%d", a, b, c, d, port))
		}
	}
	return addresses
}

func attackSockets(t *testing.T, v *victim) string {
	stranger(t) // skips without root
	for d := v.dir; d != os.TempDir(); d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(d, info.Mode().Perm()) }()
	}
	for _, name := range []string{"kafka.sock", "clickhouse.sock"} {
		path := filepath.Join(v.dir, name)
		if err := connectAs(65534, path); !errors.Is(err, syscall.EACCES) {
			t.Errorf("%s: another user connects: %v", name, err)
		}
		// even where the operator has opened the file by mistake
		if err := os.Chmod(path, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := connectAs(65534, path); err == nil {
			t.Errorf("%s: another user is answered", name)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n := query(t, v.dir, "SELECT 1")[0][0]; n != "1" {
		t.Errorf("the owner got %s", n)
	}
	return "refused by the file's mode, and by the kernel's word for who connects"
}

// connectAs connects as another user and waits to be cut off: nil means that the other side kept the connection. One
// thread of this process takes the other identity and ends with it.
func connectAs(uid uintptr, path string) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the runtime ends the thread
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, uid, uid, uid); errno != 0 {
			err = errno
			return
		}
		var conn net.Conn
		if conn, err = net.Dial("unix", path); err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		_, err = conn.Read(make([]byte, 1))
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			err = nil
		}
	}()
	<-done
	return err
}

func attackPasswordFile(t *testing.T, v *victim) string {
	files := 0
	err := filepath.WalkDir(v.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if filepath.Base(path) == "run.json" {
			t.Error("there is a run.json")
		}
		info, err := d.Info()
		if err == nil && filepath.Dir(path) == v.dir && d.Type()&fs.ModeDir == 0 {
			files++
			if info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has the mode %v", path, info.Mode())
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("no credentials on the disk; %d files of the data directory are the owner's alone", files)
}

// attackRestart kills the store under its stages. One of them reaches it through the data directory, one through the
// fixed ports of the configuration with user and password; both are started before it.
func attackRestart(t *testing.T, v *victim) string {
	p := v.p
	dir := filepath.Join(t.TempDir(), "data")
	kafkaPort, clickhousePort := freePort(t), freePort(t)
	cfg := writeConfig(t, fmt.Sprintf("http: {listen: '127.0.0.1:0'}\nembedded: {kafka: {listen: '127.0.0.1:%d'}, clickhouse: {listen: '127.0.0.1:%d'}}\n", kafkaPort, clickhousePort))
	p.env = []string{"GAPWATCH_EMBEDDED_USER=stages", "GAPWATCH_EMBEDDED_PASSWORD=of-this-test"}
	aggregate := p.start(t, "aggregate", "--config", cfg, "--data", dir)
	serve := p.start(t, "serve", "--config", cfg, "--data", dir)
	for _, stage := range []*process{aggregate, serve} {
		stage.until(t, "the stage to say that it waits", func() bool { return strings.Contains(stage.stderr.String(), "waiting for a store") })
	}
	start := func() *process {
		store := p.start(t, "store", "--config", cfg, "--data", dir)
		store.ready(t, "kafka ")
		return store
	}
	store := start()
	base := serve.ready(t, "http")
	remote := p
	remote.env = []string{fmt.Sprintf("GAPWATCH_KAFKA_BROKERS=127.0.0.1:%d", kafkaPort), "GAPWATCH_KAFKA_USER=stages", "GAPWATCH_KAFKA_PASSWORD=of-this-test",
		fmt.Sprintf("GAPWATCH_CLICKHOUSE_ADDR=127.0.0.1:%d", clickhousePort), "GAPWATCH_CLICKHOUSE_USER=stages", "GAPWATCH_CLICKHOUSE_PASSWORD=of-this-test"}
	ports := writeConfig(t, "http: {listen: '127.0.0.1:0'}\n")
	second := remote.start(t, "aggregate", "--config", ports)
	third := remote.start(t, "serve", "--config", ports)
	elsewhere := third.ready(t, "http")

	restarts := 2
	if s := os.Getenv("GAPWATCH_ATTACK_RESTARTS"); s != "" {
		if _, err := fmt.Sscan(s, &restarts); err != nil {
			t.Fatal(err)
		}
	}
	var slowest time.Duration
	for round := range restarts {
		store.kill()
		for _, leftover := range []string{"kafka.sock", "clickhouse.sock"} {
			if _, err := os.Lstat(filepath.Join(dir, leftover)); err != nil {
				t.Errorf("a killed store cannot have removed %s: %v", leftover, err)
			}
		}
		store = start()
		began := time.Now()
		m, err := kafkabus.JSON(fmt.Sprint(round), talent.Request{ID: fmt.Sprint("after-", round), Org: "o", Skill: "pytorch", Heads: 1, CreatedAt: time.Now().UTC(), Version: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := bus(t, dir).Write(t.Context(), talent.TopicRequests, m); err != nil {
			t.Fatal(err)
		}
		aggregate.until(t, "a request after the restart in the store", func() bool {
			return query(t, dir, fmt.Sprintf("SELECT count() FROM requests FINAL WHERE id = 'after-%d'", round))[0][0] == "1"
		})
		for _, stage := range []struct {
			*process
			base string
		}{{serve, base}, {third, elsewhere}} {
			stage.until(t, "the pages after the restart", func() bool { return status("http"+stage.base+"/readyz") == 200 })
		}
		slowest = max(slowest, time.Since(began))
	}
	for i, proc := range []*process{third, second, serve, aggregate, store} {
		select {
		case <-proc.done:
			t.Errorf("process %d ended: %v\n%s", i, proc.err, tail(proc.stderr.String()))
			continue
		default:
		}
		proc.stop(t)
	}
	return fmt.Sprintf("killed %d times, 4 stages (2 by the directory, 2 by ports) went on within %.1f s", restarts, slowest.Seconds())
}

// status is the status of a GET, 0 when there is no answer.
func status(url string) int {
	res, err := (&http.Client{Timeout: 5 * time.Second}).Get(url)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}
