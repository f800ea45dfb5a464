package broker

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Wrong passwords make the next wrong one of the same address wait twice as long.
const (
	firstDelay  = 250 * time.Millisecond
	longDelay   = 8 * time.Second
	forgetAfter = 10 * time.Minute
	maxGuessers = 1024 // addresses that are remembered
)

// logins checks passwords and slows those who guess. A right password is never delayed.
type logins struct {
	user, password string        // empty: authentication always fails
	first, longest time.Duration // delays of wrong answers

	mu       sync.Mutex
	guessers map[netip.Addr]guesser
}

type guesser struct {
	delay time.Duration // of the next wrong answer
	last  time.Time
}

func newLogins(user, password string) *logins {
	return &logins{user: user, password: password, first: firstDelay, longest: longDelay, guessers: map[netip.Addr]guesser{}}
}

// knows checks a PLAIN message: authorisation id, user and password, each after a NUL.
func (l *logins) knows(plain []byte) bool {
	if l.user == "" || l.password == "" {
		return false
	}
	want := "\x00" + l.user + "\x00" + l.password
	// Some clients repeat the user as authorisation id; both are compared so that the time tells nothing.
	bare, full := same(plain, want), same(plain, l.user+want)
	return bare || full
}

// same compares secrets without telling by its duration how much of them agrees.
func same(a []byte, b string) bool {
	x, y := sha256.Sum256(a), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// failed counts a wrong password and returns how long its answer has to wait.
func (l *logins) failed(client net.Addr, now time.Time) time.Duration {
	host := hostOf(client)
	l.mu.Lock()
	defer l.mu.Unlock()
	for h, g := range l.guessers {
		if now.Sub(g.last) > forgetAfter {
			delete(l.guessers, h)
		}
	}
	g, known := l.guessers[host]
	switch {
	case known:
		g.delay = min(2*g.delay, l.longest)
	case len(l.guessers) >= maxGuessers: // an attack from that many addresses: new ones get the longest delay at once
		return l.longest
	default:
		g.delay = l.first
	}
	g.last = now
	l.guessers[host] = g
	return g.delay
}

// hostOf is the client's address; the whole loopback network is one, because any process can come from all of it.
func hostOf(client net.Addr) netip.Addr {
	ap, err := netip.ParseAddrPort(client.String())
	if err != nil {
		return netip.Addr{}
	}
	addr := ap.Addr().Unmap().WithZone("")
	if addr.IsLoopback() {
		return netip.IPv6Loopback()
	}
	return addr
}
