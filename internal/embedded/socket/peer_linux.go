package socket

import (
	"fmt"
	"net"
	"syscall"
)

// peer is the user of the process at the other end, as the kernel noted it when the process connected.
func peer(conn *net.UnixConn) (uid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1, fmt.Errorf("ask who connected: %w", err)
	}
	var cred *syscall.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) {
		cred, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return -1, fmt.Errorf("ask who connected: %w", err)
	}
	if failed != nil {
		return -1, fmt.Errorf("ask who connected: %w", failed)
	}
	return int(cred.Uid), nil
}
