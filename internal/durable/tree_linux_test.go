package durable

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestListen: no answer leaves a server while the directories cannot be synced.
func TestListen(t *testing.T) {
	tree, err := Watch(t.TempDir(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	inner, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Listen(inner, tree, slog.New(slog.DiscardHandler))
	defer l.Close()
	write := func() (string, error) {
		client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_, werr := server.Write([]byte("done"))
		_ = server.Close()
		heard, err := io.ReadAll(client)
		if err != nil {
			t.Fatal(err)
		}
		return string(heard), werr
	}
	if heard, err := write(); heard != "done" || err != nil {
		t.Errorf("heard %q, %v", heard, err)
	}
	broken := errors.New("broken disk")
	tree.sync = func(string) error { return broken }
	if err := os.WriteFile(filepath.Join(tree.root, "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if heard, err := write(); heard != "" || !errors.Is(err, broken) {
		t.Errorf("heard %q of a broken disk, %v", heard, err)
	}
}

// TestTree: every change to a directory within the depth syncs it once, also after it was moved.
func TestTree(t *testing.T) {
	root := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(root, "a", "b", "c"), 0o700))
	tree, err := Watch(root, 2)
	must(err)
	defer tree.Close()
	var synced []string
	tree.sync = func(path string) error {
		rel, err := filepath.Rel(root, path)
		synced = append(synced, rel)
		return errors.Join(err, SyncDir(path))
	}
	settle := func(what string, want ...string) {
		t.Helper()
		synced = nil
		must(tree.Settle())
		slices.Sort(synced)
		if !slices.Equal(synced, want) {
			t.Errorf("%s: synced %v, want %v", what, synced, want)
		}
	}
	settle("at the start", ".", "a", "a/b")
	settle("nothing")
	must(os.WriteFile(filepath.Join(root, "a", "f"), nil, 0o600))
	settle("a new file", "a")
	must(os.WriteFile(filepath.Join(root, "a", "f"), []byte("x"), 0o600))
	settle("only its content")
	must(os.Rename(filepath.Join(root, "a", "f"), filepath.Join(root, "a", "b", "g")))
	settle("a move", "a", "a/b")
	must(os.MkdirAll(filepath.Join(root, "n", "m", "deep"), 0o700))
	must(os.WriteFile(filepath.Join(root, "n", "m", "f"), nil, 0o600))
	settle("new directories", ".", "n", "n/m")
	must(os.Rename(filepath.Join(root, "n"), filepath.Join(root, "o")))
	must(os.WriteFile(filepath.Join(root, "o", "m", "h"), nil, 0o600))
	settle("a directory that was moved", ".", "o", "o/m")
	must(os.WriteFile(filepath.Join(root, "a", "b", "c", "f"), nil, 0o600))
	settle("too deep")
	must(os.RemoveAll(filepath.Join(root, "o")))
	settle("a directory that is gone", ".", "o", "o/m") // finds the latter two gone
}

// TestTreeLostCount: when more has changed than the kernel keeps count of, everything counts as changed.
func TestTreeLostCount(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	tree, err := Watch(root, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if err := tree.Settle(); err != nil {
		t.Fatal(err)
	}
	event := unix.InotifyEvent{Wd: -1, Mask: unix.IN_Q_OVERFLOW}
	if err := tree.note(unsafe.Slice((*byte)(unsafe.Pointer(&event)), unix.SizeofInotifyEvent)); err != nil {
		t.Fatal(err)
	}
	if len(tree.changed) != 2 {
		t.Errorf("changed: %v", tree.changed)
	}
}
