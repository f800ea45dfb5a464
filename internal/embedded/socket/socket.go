// Package socket opens the embedded servers to other processes of the same user: through unix sockets that only that
// user can reach, instead of ports that everyone on the machine can.
package socket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// longest is what fits into a socket's address everywhere, in bytes.
const longest = 100

// Listener accepts processes of the same user, and of root, who can read everything anyway.
type Listener struct {
	*net.UnixListener
	path   string
	logger *slog.Logger
}

// Listen opens the socket at path, in place of one that a killed process has left. The caller must hold the lock of
// the directory: its absence means that nothing listens there any more.
func Listen(ctx context.Context, path string, logger *slog.Logger) (*Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the socket of an earlier process: %w", err)
	}
	name, done, err := short(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = done.Close() }()
	// The mode is set before there is a file, so that at no moment anyone else can connect.
	lc := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		if err := raw.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), 0o600) }); err != nil {
			return err
		}
		return failed
	}}
	inner, err := lc.Listen(ctx, "unix", name)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	unix, ok := inner.(*net.UnixListener)
	if !ok {
		return nil, errors.Join(fmt.Errorf("listen on %s: not a unix socket", path), inner.Close())
	}
	unix.SetUnlinkOnClose(false)                  // it would look under the short name
	if err := os.Chmod(path, 0o600); err != nil { // systems that ignore the mode above
		return nil, errors.Join(fmt.Errorf("protect %s: %w", path, err), unix.Close())
	}
	return &Listener{UnixListener: unix, path: path, logger: logger}, nil
}

// Accept returns the next connection of the same user or of root. The file's mode keeps others out already; this
// holds where someone has opened the directory and the file to them.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		uid, err := peer(conn)
		if err == nil && (uid == os.Geteuid() || uid == 0) {
			return conn, nil
		}
		l.logger.Warn("refused a process of another user", "socket", l.path, "uid", uid, "error", err)
		_ = conn.Close()
	}
}

// Close stops listening and removes the file.
func (l *Listener) Close() error {
	// In this order: a file that is there but does not answer looks like a process that was killed.
	return errors.Join(os.Remove(l.path), l.UnixListener.Close())
}

// Dial connects to the socket at path.
func Dial(ctx context.Context, path string) (net.Conn, error) {
	name, done, err := short(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = done.Close() }()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", name)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", path, err)
	}
	return conn, nil
}

// short returns a name for path that fits into a socket's address, good until done is closed. Data directories may
// lie deeper than the 108 bytes that an address has room for.
func short(path string) (name string, done io.Closer, err error) {
	if len(path) <= longest {
		return path, io.NopCloser(nil), nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, fmt.Errorf("find the directory of a socket: %w", err)
	}
	name = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	if _, err := os.Stat(filepath.Dir(name)); err != nil {
		return "", nil, errors.Join(fmt.Errorf("the path %s is too long for a socket on this system: choose a shorter data directory", path), dir.Close())
	}
	return name, dir, nil
}
