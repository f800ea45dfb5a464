//go:build linux

package powercut

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestCut: a file that was synced is there after every cut since; one that was not synced is not there after a cut
// that comes before the file system has written it.
func TestCut(t *testing.T) {
	dir := t.TempDir()
	d, err := New(dir, 64<<20)
	if errors.Is(err, ErrUnavailable) {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	at := filepath.Join(dir, "mnt")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.Mount(at); err != nil {
		t.Fatal(err)
	}
	synced, unsynced := d.View(filepath.Join(at, "synced")), d.View(filepath.Join(at, "unsynced"))
	f, err := os.Create(synced)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("here"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(unsynced, []byte("gone"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := d.Position()
	if err := d.Unmount(at); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, position := range []int{before, d.Position()} {
		image := filepath.Join(dir, "cut")
		if _, _, err := d.Cut(position, 0, random, image); err != nil {
			t.Fatal(err)
		}
		if err := d.MountImage(image, at); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(synced); string(text) != "here" {
			t.Errorf("cut at %d: the synced file holds %q: %v", position, text, err)
		}
		if _, err := os.Stat(unsynced); (err == nil) != (position > before) {
			t.Errorf("cut at %d: the file that was not synced: %v", position, err)
		}
		if err := d.Unmount(at); err != nil {
			t.Fatal(err)
		}
	}
}
