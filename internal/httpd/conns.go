package httpd

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// conns closes idle connections when there are too many, so that a client that only holds connections open cannot
// keep others out.
type conns struct {
	mu      sync.Mutex
	crowded int        // open connections from which on the ones that wait are closed
	open    int        // of all states
	waiting *list.List // of net.Conn without a request, the one that waits longest in front
	at      map[net.Conn]*list.Element
}

func newConns(most int) *conns {
	return &conns{crowded: max(1, most*3/4), waiting: list.New(), at: map[net.Conn]*list.Element{}}
}

// state receives every change of a connection's state; see http.Server.ConnState.
func (c *conns) state(conn net.Conn, s http.ConnState) {
	c.mu.Lock()
	if e, ok := c.at[conn]; ok {
		c.waiting.Remove(e)
		delete(c.at, conn)
	}
	switch s {
	case http.StateNew:
		c.open++
		c.at[conn] = c.waiting.PushBack(conn)
	case http.StateIdle:
		c.at[conn] = c.waiting.PushBack(conn)
	case http.StateClosed, http.StateHijacked:
		c.open--
	}
	var victim net.Conn
	if first := c.waiting.Front(); s == http.StateNew && c.open > c.crowded && first.Value.(net.Conn) != conn {
		victim = first.Value.(net.Conn)
		c.waiting.Remove(first)
		delete(c.at, victim)
	}
	c.mu.Unlock()
	if victim != nil {
		_ = victim.Close() // the server notices, and tells
	}
}
