package httpd

import (
	"errors"
	"net/netip"
	"time"
)

// Limits bound what one caller may take of the server. Rates are per second with a burst of ten seconds' worth, so
// that a page with its parts, or a script that sends what it saved up, is not slowed.
type Limits struct {
	Connections           int     `yaml:"connections"`             // open at a time, in all
	ConnectionsPerAddress int     `yaml:"connections_per_address"` // trusted proxies are exempt
	Reads                 float64 `yaml:"reads"`                   // GET and HEAD a second from one address; 0: no limit
	Writes                float64 `yaml:"writes"`                  // other requests a second from one address; 0: no limit
	KeyReads              float64 `yaml:"key_reads"`               // the same for one API key
	KeyWrites             float64 `yaml:"key_writes"`
	WorkBytes             int64   `yaml:"work_bytes"` // memory that bodies, tables and exports may take at a time, in all; one caller gets a quarter
}

// DefaultLimits leave room for a campus behind one address.
func DefaultLimits() Limits {
	return Limits{Connections: 2048, ConnectionsPerAddress: 512, Reads: 500, Writes: 100, KeyReads: 200, KeyWrites: 50, WorkBytes: 256 << 20}
}

// Validate names the first limit that cannot work.
func (l Limits) Validate() error {
	switch {
	case l.Connections < 1 || l.ConnectionsPerAddress < 1:
		return errors.New("http.limits.connections and connections_per_address: give at least 1")
	case l.Reads < 0 || l.Writes < 0 || l.KeyReads < 0 || l.KeyWrites < 0:
		return errors.New("http.limits: rates are requests a second, 0 for no limit")
	case l.WorkBytes < 16<<20:
		return errors.New("http.limits.work_bytes: give at least 16777216 (16 MiB)")
	}
	return nil
}

// Wrong keys: an address, and a key's id from any address, may be wrong wrongAtOnce times and then once every wrongEvery.
const (
	wrongAtOnce = 10
	wrongEvery  = 6 * time.Second
)

// burstSeconds is how much of its rate a caller may save up.
const burstSeconds = 10

// guard holds what every request of a server is measured by.
type guard struct {
	reads, writes, keyReads, keyWrites *limiters // by address, by key
	wrongFrom, wrongID                 *limiters // wrong keys by address and by key id
	work                               *work
	metrics                            *metrics
}

func newGuard(l Limits, m *metrics) *guard {
	per := func(rate float64) *limiters { return newLimiters(rate, max(1, int(rate*burstSeconds))) }
	wrong := func() *limiters { return newLimiters(1/wrongEvery.Seconds(), wrongAtOnce) }
	return &guard{reads: per(l.Reads), writes: per(l.Writes), keyReads: per(l.KeyReads), keyWrites: per(l.KeyWrites),
		wrongFrom: wrong(), wrongID: wrong(), work: newWork(l.WorkBytes), metrics: m}
}

// host is what one party can hold addresses of: an IPv4 address, or the /64 of an IPv6 one.
func host(a netip.Addr) string {
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
