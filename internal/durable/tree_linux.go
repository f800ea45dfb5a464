package durable

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Tree knows which directories below a root have new, renamed or removed entries that are not on the disk yet. The
// kernel notes a change before the call that made it returns, so a caller that asks after a change sees it.
type Tree struct {
	root  string
	depth int

	mu      sync.Mutex
	fd      int
	watched map[int32]string // by watch
	changed map[string]bool
	buffer  []byte
	sync    func(dir string) error
}

const changes = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE | unix.IN_ONLYDIR

// Watch begins to watch root and its directories down to depth levels below it, those that are made later too.
// All of them count as changed at first.
func Watch(root string, depth int) (*Tree, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w; raise fs.inotify.max_user_instances", root, err)
	}
	t := &Tree{root: filepath.Clean(root), depth: depth, fd: fd, watched: map[int32]string{}, changed: map[string]bool{}, buffer: make([]byte, 64<<10), sync: SyncDir}
	if err := t.add(t.root); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Settle returns once every change that was made before the call is on the disk. Callers that come meanwhile share
// the work.
func (t *Tree) Settle() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.drain(); err != nil {
		return err
	}
	for dir := range t.changed {
		if err := t.sync(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		delete(t.changed, dir)
	}
	return nil
}

// Close ends the watch.
func (t *Tree) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fd < 0 {
		return nil
	}
	err := unix.Close(t.fd)
	t.fd = -1
	return err
}

// add watches dir and what is below it, and takes all of it for changed. The watch comes before the reading, so
// that an entry made in between is seen by one of the two.
func (t *Tree) add(dir string) error {
	watch, err := unix.InotifyAddWatch(t.fd, dir, changes)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		return nil // gone again, or a link
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("watch %s: %w; raise fs.inotify.max_user_watches", dir, err)
	case err != nil:
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	t.watched[int32(watch)] = dir
	t.changed[dir] = true
	if t.level(dir) >= t.depth {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := t.add(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// level is how many levels dir is below the root.
func (t *Tree) level(dir string) int {
	return strings.Count(strings.TrimPrefix(dir, t.root), string(filepath.Separator))
}

// drain takes up what the kernel has noted so far.
func (t *Tree) drain() error {
	for t.fd >= 0 {
		n, err := unix.Read(t.fd, t.buffer)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return nil
		case err != nil:
			return fmt.Errorf("read what changed below %s: %w", t.root, err)
		}
		if err := t.note(t.buffer[:n]); err != nil {
			return err
		}
	}
	return nil
}

// note takes up a bufferful of events.
func (t *Tree) note(events []byte) error {
	for len(events) >= unix.SizeofInotifyEvent {
		event := (*unix.InotifyEvent)(unsafe.Pointer(&events[0]))
		end := unix.SizeofInotifyEvent + int(event.Len)
		name := string(bytes.TrimRight(events[unix.SizeofInotifyEvent:end], "\x00"))
		events = events[end:]
		if event.Mask&unix.IN_Q_OVERFLOW != 0 { // the kernel has lost count: everything may have changed
			if err := t.add(t.root); err != nil {
				return err
			}
			continue
		}
		dir, known := t.watched[event.Wd]
		if !known {
			continue
		}
		if event.Mask&unix.IN_IGNORED != 0 { // the directory is gone
			delete(t.watched, event.Wd)
			continue
		}
		t.changed[dir] = true
		made := event.Mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0 && event.Mask&unix.IN_ISDIR != 0
		if made && t.level(dir) < t.depth {
			if err := t.add(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// SyncAll puts everything on the disk that was written to the file system of path before the call, by whomever.
func SyncAll(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync the file system of %s: %w", path, err)
	}
	if err := errors.Join(unix.Syncfs(int(dir.Fd())), dir.Close()); err != nil {
		return fmt.Errorf("sync the file system of %s: %w", path, err)
	}
	return nil
}
