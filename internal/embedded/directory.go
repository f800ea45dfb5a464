package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/gapwatch/gapwatch/internal/durable"
)

// layoutVersion is the number of the data directory's layout. It rises when an older program could no
// longer use the directory.
const layoutVersion = 1

// ErrInUse says that another process, or another part of this one, holds the data directory.
var ErrInUse = errors.New("the data directory is in use")

// ErrDiskFull says that the disk of the data directory has no room to work in.
var ErrDiskFull = errors.New("the disk is full")

// CheckRoom returns ErrDiskFull when the disk of the data directory has less room than the engine needs to write
// anything. Commands that write call it before Start.
func CheckRoom(cfg Config) error {
	path, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return fmt.Errorf("find the data directory: %w", err)
	}
	var s syscall.Statfs_t
	at := path
	for err = syscall.Statfs(at, &s); errors.Is(err, syscall.ENOENT) && at != filepath.Dir(at); err = syscall.Statfs(at, &s) {
		at = filepath.Dir(at) // it will be made there
	}
	if err != nil {
		return fmt.Errorf("look at the free space of %s: %w", path, err)
	}
	least := cfg.ClickHouse.minFree()
	if free := int64(s.Bavail) * int64(s.Bsize); free < least {
		return fmt.Errorf("%w: %d MiB are free on the disk of %s, and at least %d MiB are needed (embedded.clickhouse.min_free); free some space, or choose another embedded.dir",
			ErrDiskFull, free>>20, path, least>>20)
	}
	return nil
}

// noRoom tells an error of a full disk by its name.
func noRoom(path string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: nothing can be written to %s; free some space, or choose another embedded.dir: %w", ErrDiskFull, path, err)
	}
	return err
}

// IsData tells whether dir is a data directory that a process has used before.
func IsData(dir string) bool { return isFile(filepath.Join(dir, versionFile)) }

// versionFile holds the number of the layout.
const versionFile = "VERSION"

// directory is a data directory held by this process.
type directory struct {
	path string
	lock *os.File
}

// openDirectory makes the directory if it is absent, takes its lock and checks its version. The lock is
// the kernel's, so it is free again however the process ends. The engine has a lock of its own, the
// broker has none: two of them would write into the same files.
func openDirectory(path string) (*directory, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the data directory: %w", err)
	}
	if err := durable.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", noRoom(path, err))
	}
	lock, err := os.OpenFile(filepath.Join(path, "LOCK"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", noRoom(path, err))
	}
	d := &directory{path: path, lock: lock}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := d.holder()
		_ = lock.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock the data directory %s: %w", path, err)
		}
		return nil, fmt.Errorf("%w: %s is held by %s; stop that process, or choose another embedded.dir", ErrInUse, path, holder)
	}
	if err := d.claim(); err != nil {
		_ = lock.Close()
		return nil, noRoom(path, err)
	}
	return d, nil
}

// claim writes who holds the directory, and checks or writes the layout's version.
func (d *directory) claim() error {
	if err := d.lock.Truncate(0); err != nil {
		return fmt.Errorf("write the lock of the data directory: %w", err)
	}
	if _, err := d.lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return fmt.Errorf("write the lock of the data directory: %w", err)
	}
	file := filepath.Join(d.path, versionFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		if err := durable.WriteFile(file, []byte(strconv.Itoa(layoutVersion)+"\n"), 0o600); err != nil {
			return fmt.Errorf("note the version of the data directory: %w", err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the version of the data directory: %w", err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || version < 1 {
		return fmt.Errorf("read the version of the data directory: %s holds %q, not a number", file, strings.TrimSpace(string(text)))
	}
	if version > layoutVersion {
		return fmt.Errorf("the data directory %s has layout %d, this program knows up to %d: use the newer gapwatch that wrote it, or another embedded.dir", d.path, version, layoutVersion)
	}
	return nil
}

// holder names the process recorded in the lock file.
func (d *directory) holder() string {
	text := make([]byte, 32)
	n, _ := d.lock.ReadAt(text, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	switch {
	case err != nil:
		return "another process"
	case pid == os.Getpid():
		return fmt.Sprintf("this process (pid %d)", pid)
	}
	name := ""
	if comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil {
		name = strings.TrimSpace(string(comm)) + ", "
	}
	return fmt.Sprintf("another process (%spid %d)", name, pid)
}

// sub is a directory inside the data directory, made if absent.
func (d *directory) sub(name string) (string, error) {
	path := filepath.Join(d.path, name)
	if err := durable.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("make the data directory: %w", noRoom(path, err))
	}
	return path, nil
}

// Close frees the directory. The file stays: removing it would let two processes lock two files of the
// same name.
func (d *directory) Close() error { return d.lock.Close() }
