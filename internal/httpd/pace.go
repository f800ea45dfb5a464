package httpd

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// slowestBody is how fast a body must come on average, once its first ReadTimeout is over: a client that sends
// a byte now and then is cut off, one on a slow line is not.
const slowestBody = 32 << 10 // bytes a second

// paceEvery is how many bytes move the deadline: each move is a call of the kernel's timer.
const paceEvery = 64 << 10

// pacedBody moves the connection's deadlines as a body comes in.
type pacedBody struct {
	io.ReadCloser
	conn        *http.ResponseController
	began       time.Time
	read, moved int64
	first       time.Duration // for the beginning of the body
	answer      time.Duration // for the answer, from the end of the body on
	set         bool
}

func (p *pacedBody) Read(b []byte) (int, error) {
	if !p.set || p.read-p.moved >= paceEvery {
		p.set, p.moved = true, p.read
		p.until(p.began.Add(p.first + time.Duration(float64(p.read)/slowestBody*float64(time.Second))))
	}
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	switch {
	case errors.Is(err, io.EOF): // the handler works now
		p.until(time.Now().Add(p.answer))
	case err != nil: // the server must not wait for the rest before it answers
		p.until(time.Now())
	}
	return n, err
}

// until sets both deadlines: an answer can only be written after its request was read. Writers that have no
// connection, as in tests, have no deadlines either.
func (p *pacedBody) until(t time.Time) {
	_ = p.conn.SetReadDeadline(t)
	_ = p.conn.SetWriteDeadline(t.Add(p.answer))
}
