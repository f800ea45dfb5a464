//go:build linux

// Package powercut cuts the power of a disk, for tests. A Disk is a block device with a real file system on it that
// remembers every write and every flush that the file system sent, in their order. From that the state can be made in
// which a cut at any moment may leave the disk: everything up to the last flush, and of what came after whichever
// blocks the drive had happened to write.
//
// It needs root, loop devices and FUSE, and gives ErrUnavailable where it cannot have them.
package powercut

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// ErrUnavailable says that this machine, or this user, cannot mount file systems.
var ErrUnavailable = errors.New("no power can be cut here")

// Disk is a recorded block device. Its methods are safe for concurrent use, but for Cut, which is for one caller.
type Disk struct {
	dir    string
	server *fuse.Server
	holder *exec.Cmd      // keeps the name space of mounts
	input  io.WriteCloser // of holder

	mu    sync.Mutex
	image *os.File // what the running system sees
	log   *os.File // the bytes of every write, one after the other
	size  int64    // of log
	ops   []op

	durable *os.File // every write before ops[settled]
	settled int
}

// op is a write of length bytes at offset, which stand in the log at data, or a flush, with length 0.
type op struct {
	offset, data int64
	length       int
}

// New makes a disk of the given size in bytes, formatted as an empty ext4. dir is an empty directory for its files.
func New(dir string, size int64) (_ *Disk, err error) {
	d := &Disk{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	for _, need := range []string{"mkfs.ext4", "mount", "umount", "cp", "cat", "nsenter"} {
		if _, err := exec.LookPath(need); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	if d.image, err = os.Create(filepath.Join(dir, "image")); err != nil {
		return nil, err
	}
	if err := d.image.Truncate(size); err != nil {
		return nil, err
	}
	// Nothing is left for a thread of the kernel to write later.
	if err := run(exec.CommandContext(context.Background(), "mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", d.image.Name())); err != nil {
		return nil, err
	}
	if err := copySparse(d.image.Name(), filepath.Join(dir, "durable")); err != nil {
		return nil, err
	}
	if d.durable, err = os.OpenFile(filepath.Join(dir, "durable"), os.O_RDWR, 0); err != nil {
		return nil, err
	}
	if d.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	if err := d.serve(size); err != nil {
		return nil, err
	}
	return d, d.enter()
}

// serve opens the recorded file to the kernel.
func (d *Disk) serve(size int64) error {
	at := filepath.Join(d.dir, "device")
	if err := os.Mkdir(at, 0o700); err != nil {
		return err
	}
	root := &fs.Inode{}
	var err error
	d.server, err = fs.Mount(at, root, &fs.Options{
		MountOptions: fuse.MountOptions{DirectMountStrict: true, MaxWrite: 1 << 20, FsName: "powercut", DisableXAttrs: true},
		OnAdd: func(ctx context.Context) {
			root.AddChild("disk", root.NewPersistentInode(ctx, &node{disk: d, size: size}, fs.StableAttr{Mode: syscall.S_IFREG}), false)
		},
	})
	if err != nil {
		return fmt.Errorf("%w: mount FUSE: %w", ErrUnavailable, err)
	}
	return nil
}

// enter makes the name space in which file systems are mounted. It lives as long as a process that waits for the end
// of its input: when the test ends, however it does, the kernel unmounts everything and frees the loop devices. The
// process that serves the disk stays outside: within, its own end would wait for itself.
func (d *Disk) enter() (err error) {
	d.holder = exec.CommandContext(context.Background(), "cat")
	d.holder.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if d.input, err = d.holder.StdinPipe(); err != nil {
		return err
	}
	if err := d.holder.Start(); err != nil {
		return fmt.Errorf("%w: make a name space for mounts: %w", ErrUnavailable, err)
	}
	return nil
}

// Command is a command that sees the mounted file systems. It is killed when the test's process ends.
func (d *Disk) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), "nsenter", append([]string{"-t", strconv.Itoa(d.holder.Process.Pid), "-m", "--", name}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// View is the path by which this process reaches a file of a mounted file system.
func (d *Disk) View(path string) string {
	return fmt.Sprintf("/proc/%d/root%s", d.holder.Process.Pid, path)
}

// Mount mounts the disk's file system.
func (d *Disk) Mount(at string) error { return d.mount(filepath.Join(d.dir, "device", "disk"), at) }

// MountImage mounts an image that Cut made; the file system replays its journal.
func (d *Disk) MountImage(image, at string) error { return d.mount(image, at) }

// mount goes by a loop device that frees itself when it is unmounted.
func (d *Disk) mount(file, at string) error {
	if err := run(d.Command("mount", "-t", "ext4", "-o", "loop", file, at)); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// Unmount unmounts what Mount or MountImage mounted.
func (d *Disk) Unmount(at string) error { return run(d.Command("umount", at)) }

// Close takes the disk away. Whatever uses it should have ended.
func (d *Disk) Close() error {
	var errs []error
	if d.input != nil {
		errs = append(errs, d.input.Close(), d.holder.Wait())
		d.input = nil
	}
	if d.server != nil {
		errs = append(errs, d.server.Unmount())
		d.server = nil
	}
	for _, f := range []*os.File{d.image, d.log, d.durable} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	d.image, d.log, d.durable = nil, nil, nil
	return errors.Join(errs...)
}

// Position is a moment: the number of writes and flushes so far. What was acknowledged before the call has to be
// there after a cut at the position or later.
func (d *Disk) Position() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.ops)
}

func (d *Disk) write(p []byte, offset int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.image.WriteAt(p, offset); err != nil {
		return err
	}
	if _, err := d.log.WriteAt(p, d.size); err != nil {
		return err
	}
	d.ops = append(d.ops, op{offset, d.size, len(p)})
	d.size += int64(len(p))
	return nil
}

func (d *Disk) flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ops = append(d.ops, op{})
}

// node is the recorded file.
type node struct {
	fs.Inode
	disk *Disk
	size int64
}

var (
	_ fs.NodeGetattrer = (*node)(nil)
	_ fs.NodeSetattrer = (*node)(nil)
	_ fs.NodeOpener    = (*node)(nil)
	_ fs.NodeReader    = (*node)(nil)
	_ fs.NodeWriter    = (*node)(nil)
	_ fs.NodeFsyncer   = (*node)(nil)
)

// Getattr says how large the disk is.
func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size, out.Blksize = syscall.S_IFREG|0o600, uint64(n.size), 4096
	return 0
}

// Setattr changes nothing: a disk has its size.
func (n *node) Setattr(ctx context.Context, f fs.FileHandle, _ *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return n.Getattr(ctx, f, out)
}

// Open keeps the kernel from caching what is a cache's backing already.
func (n *node) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

// Read reads what the running system has written.
func (n *node) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	read, err := n.disk.image.ReadAt(dest, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, syscall.EIO
	}
	return fuse.ReadResultData(dest[:read]), 0
}

// Write records a write.
func (n *node) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	if err := n.disk.write(data, off); err != nil {
		return 0, syscall.EIO
	}
	return uint32(len(data)), 0
}

// Fsync records a flush, which is what the block device's flush arrives as.
func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	n.disk.flush()
	return 0
}

func copySparse(from, to string) error {
	return run(exec.CommandContext(context.Background(), "cp", "--sparse=always", from, to))
}

func run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
