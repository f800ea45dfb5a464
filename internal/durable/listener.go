package durable

import (
	"log/slog"
	"net"
)

// Listen lets no answer of a server leave before the entries of tree's directories are on the disk. It is how a
// server that syncs its files, but not the directories that name them, keeps its word: whatever a client is told
// was done, by this request or by another's, is durable when it hears of it.
func Listen(l net.Listener, tree *Tree, logger *slog.Logger) net.Listener {
	return &listener{Listener: l, tree: tree, logger: logger}
}

type listener struct {
	net.Listener
	tree   *Tree
	logger *slog.Logger
}

// Accept returns the next connection.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, listener: l}, nil
}

type conn struct {
	net.Conn
	listener *listener
}

// Write sends a piece of an answer. When the disk refuses, the client gets none and cannot take the request for done.
func (c *conn) Write(p []byte) (int, error) {
	if err := c.listener.tree.Settle(); err != nil {
		c.listener.logger.Error("the disk does not keep what was written, a client was left without an answer", "error", err)
		return 0, err
	}
	return c.Conn.Write(p)
}
