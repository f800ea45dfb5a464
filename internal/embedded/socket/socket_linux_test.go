package socket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// echo answers on a socket until the test ends.
func echo(t *testing.T, path string, log io.Writer) *Listener {
	t.Helper()
	l, err := Listen(t.Context(), path, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "hello")
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l
}

func greeting(ctx context.Context, path string) (string, error) {
	conn, err := Dial(ctx, path)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	text, err := io.ReadAll(conn)
	return string(text), err
}

func TestSameUser(t *testing.T) {
	for name, dir := range map[string]string{"short": t.TempDir(), "longer than an address": filepath.Join(t.TempDir(), strings.Repeat("deep/", 60))} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "x.sock")
			l := echo(t, path, io.Discard)
			info, err := os.Stat(path)
			if err != nil || info.Mode() != fs.ModeSocket|0o600 {
				t.Errorf("mode %v %v", info.Mode(), err)
			}
			if got, err := greeting(t.Context(), path); got != "hello" {
				t.Errorf("%q %v", got, err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Error("the file stays after Close")
			}
		})
	}
}

// TestLeftByAKilledProcess: a socket file without a listener is taken over.
func TestLeftByAKilledProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	_ = left.Close()
	if _, err := greeting(t.Context(), path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatal(err)
	}
	echo(t, path, io.Discard)
	if got, err := greeting(t.Context(), path); got != "hello" {
		t.Errorf("%q %v", got, err)
	}
}

// TestOtherUser: neither the file nor, where someone has opened that, the listener lets another user in.
func TestOtherUser(t *testing.T) {
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("needs root to act as another user")
		}
		t.Skip("needs root to act as another user")
	}
	dir := t.TempDir()
	for d := dir; d != os.TempDir(); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "x.sock")
	var log bytes.Buffer
	l := echo(t, path, &log)
	if got, err := asNobody(t, path); !errors.Is(err, syscall.EACCES) {
		t.Errorf("another user got %q %v", got, err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if got, _ := asNobody(t, path); got != "" {
		t.Errorf("another user was answered %q", got)
	}
	if got, err := greeting(t.Context(), path); got != "hello" {
		t.Errorf("the owner, after another user was refused: %q %v", got, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "another user") || !strings.Contains(log.String(), "uid=65534") {
		t.Errorf("log: %s", log.String())
	}
}

// asNobody connects as another user: one thread of this process changes its identity, and ends with it.
func asNobody(t *testing.T, path string) (text string, err error) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the runtime ends the thread
		const nobody = 65534
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
			err = errno
			return
		}
		text, err = greeting(t.Context(), path)
	}()
	<-done
	return text, err
}
