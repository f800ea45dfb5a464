package httpd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Whatever a problem is made of, its answer has a bound.
func TestProblemsAreBounded(t *testing.T) {
	long := strings.Repeat("<", 1<<20)
	var fields []*huma.ErrorDetail
	for i := range 10_000 {
		fields = append(fields, Field(fmt.Sprintf("body.%s[%d]", long[:1000], i), long[:1000], map[string]any{"a": long}), Field("b", "c", long), Field("d", "e", []string{long, long}))
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(bounded(Problem(422, "invalid", long, fields...))); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 256<<10 {
		t.Errorf("%d bytes", b.Len())
	}
	if !strings.Contains(b.String(), fmt.Sprintf("and %d more", len(fields)-MaxErrors)) {
		t.Error("the rest is not counted")
	}
}

type part struct {
	Name string `json:"name" maxLength:"10"`
	N    int    `json:"n,omitempty"`
}

type whole struct {
	Name  string `json:"name" maxLength:"10"`
	Parts []part `json:"parts,omitempty" maxItems:"3" nullable:"false"`
}

func bodyAPI(t *testing.T, change func(*Config)) *server {
	mux := http.NewServeMux()
	a := NewAPI(mux, NewAuth(someKeys()), "test", slog.New(slog.DiscardHandler))
	op := Require(huma.Operation{OperationID: "x", Method: "POST", Path: "/api/v1/x", MaxBodyBytes: 4 << 20}, talent.RoleEnterprise)
	body := NewJSONBody[whole](a, &op)
	type in struct {
		ContentType string `header:"Content-Type"`
		RawBody     []byte
	}
	Register(a, op, func(_ context.Context, in *in) (*struct{ Body whole }, error) {
		out, wrong, err := body.Decode(in.ContentType, in.RawBody)
		if err == nil && len(wrong) > 0 {
			err = Invalid(wrong)
		}
		if err != nil {
			return nil, err
		}
		return &struct{ Body whole }{out}, nil
	})
	return serve(t, mux, change)
}

func TestJSONBodiesHaveABudget(t *testing.T) {
	s := bodyAPI(t, nil)
	for _, c := range []struct {
		body, says string
		status     int
	}{
		{`{"name":"a","parts":[{"name":"b"}]}`, `"name":"a"`, 200},
		{`{"name":"a","name":"b"}`, "is stated twice", 422},
		{`{"name":"a","NAME":"b"}`, "is stated twice", 422},
		{`{"parts":[{"name":"b"},{"name":"c"}],"name":"a"}`, `"c"`, 200},
		{`{"name":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, "levels of nesting", 422},
		{`{"parts":[` + strings.Repeat(`{"x":1},`, 20_000) + `{}]}`, "more than 10000 values", 422},
		{`{"parts":[` + strings.Repeat(`{"x":1},`, 2_000) + `{}]}`, " more", 422},
		{`{"name":"` + strings.Repeat("x", 3<<20) + `"}`, "invalid", 422},
		{`{"name":"` + strings.Repeat("x", 5<<20) + `"}`, "body_too_large", 413},
	} {
		res, body := do(t, "POST", s.url+"/api/v1/x", strings.NewReader(c.body), "X-API-Key", "gw_e1_s1")
		if res.StatusCode != c.status || !strings.Contains(body, c.says) || len(body) > 64<<10 {
			t.Errorf("%.40s: %d, %d bytes: %.300s", c.body, res.StatusCode, len(body), body)
		}
	}
}

// An address and a key each have their pace; others are not slowed with them.
func TestRates(t *testing.T) {
	change := func(c *Config) {
		c.TrustedProxies = []string{"127.0.0.0/8"}
		c.Limits.Reads, c.Limits.Writes, c.Limits.KeyReads = 2, 0.5, 0.5 // bursts of 20, 5 and 5
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	a := NewAPI(mux, NewAuth(someKeys()), "test", slog.New(slog.DiscardHandler))
	Register(a, Require(huma.Operation{OperationID: "k", Method: "GET", Path: "/api/v1/k"}, talent.RoleEnterprise),
		func(context.Context, *struct{}) (*struct{}, error) { return &struct{}{}, nil })
	s := serve(t, mux, change)
	for _, c := range []struct {
		method, path, from, key string
		good                    int
	}{
		{"GET", "/", "192.0.2.1", "", 20},
		{"GET", "/", "192.0.2.2", "", 20},
		{"POST", "/", "192.0.2.1", "", 5},
		{"GET", "/", "2001:db8:1:2::1", "", 20},
		{"GET", "/", "2001:db8:1:2::ffff", "", 0}, // the same /64
		{"GET", "/api/v1/k", "192.0.2.3", "gw_e1_s1", 5},
	} {
		for i := range c.good + 3 {
			res, body := do(t, c.method, s.url+c.path, nil, "X-Forwarded-For", c.from, "X-API-Key", c.key)
			if i < c.good && res.StatusCode >= 400 {
				t.Errorf("%+v: request %d: %d %s", c, i, res.StatusCode, body)
			}
			if i >= c.good && (res.StatusCode != 429 || res.Header.Get("Retry-After") == "" || !strings.Contains(body, "too_many_requests") || res.Header.Get("Content-Type") != "application/problem+json") {
				t.Errorf("%+v: request %d: %d %v %s", c, i, res.StatusCode, res.Header, body)
			}
		}
	}
}

// Callers come from outside: the table keeps those who come often.
func TestLimitersAreBounded(t *testing.T) {
	l := newLimiters(1, 1)
	for i := range 3 * limiterEntries {
		l.take(fmt.Sprint(i))
		l.take("regular")
	}
	if n := l.byWho.EstimatedSize(); n > limiterEntries+limiterEntries/100 {
		t.Errorf("%d callers kept", n)
	}
	if _, ok := l.take("regular"); ok {
		t.Error("a regular caller was forgotten")
	}
}

// An address that shows wrong keys waits; the owner of a key does not, even if others tried its id.
func TestWrongKeysAreSlowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := someKeys()
		a := NewAuth(k)
		g := newGuard(DefaultLimits(), newMetrics(prometheus.NewRegistry()))
		from := func(addr string) context.Context {
			return context.WithValue(t.Context(), scopeKey, scope{client: netip.MustParseAddr(addr), guard: g})
		}
		status := func(err error) int {
			if err == nil {
				return 200
			}
			p := (&API{logger: slog.New(slog.DiscardHandler)}).problem(t.Context(), err)
			return p.Status
		}
		try := func(addr, key string) int {
			_, err := a.check(from(addr), key)
			return status(err)
		}
		for i := range wrongAtOnce {
			if got := try("192.0.2.1", fmt.Sprintf("gw_made%d_up", i)); got != 401 {
				t.Fatalf("wrong key %d: %d", i, got)
			}
		}
		asked := k.asked
		for i := range 100 {
			if got := try("192.0.2.1", fmt.Sprintf("gw_other%d_up", i)); got != 429 {
				t.Fatalf("another wrong key: %d", got)
			}
		}
		if k.asked != asked {
			t.Errorf("the store was asked %d times for an address that has to wait", k.asked-asked)
		}
		if got := try("192.0.2.2", "gw_e1_s1"); got != 200 {
			t.Errorf("the right key from elsewhere: %d", got)
		}
		if got := try("192.0.2.1", "gw_e1_s1"); got != 200 {
			t.Errorf("a key in use behind the same address: %d", got)
		}
		// One key's id, wrong from many addresses.
		for i := range 3 * wrongAtOnce {
			want := 401
			if i >= wrongAtOnce {
				want = 429
			}
			if got := try(fmt.Sprintf("198.51.100.%d", i), "gw_u1_guess"); got != want {
				t.Errorf("guess %d: %d, want %d", i, got, want)
			}
		}
		if got := try("203.0.113.1", "gw_u1_s2"); got != 200 {
			t.Errorf("the rightful owner of the guessed id: %d", got)
		}
		time.Sleep(wrongEvery)
		if got := try("192.0.2.1", "gw_u1_s1x"); got == 200 {
			t.Error("a wrong key was taken")
		}
		time.Sleep(2 * wrongEvery)
		if got := try("192.0.2.1", "gw_u1_s2"); got != 200 {
			t.Errorf("after a while the address may ask again: %d", got)
		}
	})
}

// A body that comes a byte now and then is ended; one that comes at a fair pace is read to its end, though it takes
// longer than the first deadline.
func TestSlowBodies(t *testing.T) {
	read := make(chan error, 1)
	s := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	}), func(c *Config) { c.ReadTimeout = 300 * time.Millisecond })
	send := func(piece string, every time.Duration, pieces int) error {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", len(piece)*pieces)
		go func() {
			for range pieces {
				if _, err := io.WriteString(conn, piece); err != nil {
					return
				}
				time.Sleep(every)
			}
		}()
		if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil { // the server does not wait for the rest
			t.Error(err)
		} else {
			_ = res.Body.Close()
		}
		return <-read
	}
	if err := send("x", 20*time.Millisecond, 100); err == nil {
		t.Error("a byte now and then was waited for")
	}
	if err := send(strings.Repeat("x", 128<<10), 20*time.Millisecond, 40); err != nil {
		t.Errorf("a fair pace: %v", err)
	}
}

// Connections beyond the limit are closed, and those within go on; a header without an end is not waited for.
func TestConnections(t *testing.T) {
	s := serve(t, http.NotFoundHandler(), func(c *Config) { c.Limits.ConnectionsPerAddress = 5 })
	var open []net.Conn
	for range 20 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		open = append(open, conn)
	}
	answered := 0
	for _, conn := range open {
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
			_ = res.Body.Close()
			answered++
		}
	}
	if answered != 5 || s.ln.Refused() != 15 {
		t.Errorf("%d answered, %d refused", answered, s.ln.Refused())
	}
}

// Idle connections give way to new ones.
func TestIdleConnectionsGiveWay(t *testing.T) {
	s := serve(t, http.NotFoundHandler(), func(c *Config) { c.Limits.Connections = 8 })
	for range 30 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		// The others are closed one by one; what matters is that a visitor with a request gets through meanwhile.
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

// Memory for tables is lent: one caller gets a quarter, and what is given back is there for the next.
func TestWorkIsLent(t *testing.T) {
	w := newWork(100)
	first, ok := w.lend("a", 25)
	if !ok {
		t.Fatal("nothing lent")
	}
	if _, ok := w.lend("a", 1); ok {
		t.Error("more than a quarter for one caller")
	}
	for _, who := range []string{"b", "c", "d"} {
		if _, ok := w.lend(who, 1000); !ok { // cut to a caller's share
			t.Errorf("%s got nothing", who)
		}
	}
	if _, ok := w.lend("e", 1); ok {
		t.Error("more than there is")
	}
	first()
	first() // once only
	if _, ok := w.lend("e", 25); !ok {
		t.Error("what was given back is gone")
	}
	if _, ok := w.lend("a", 1); ok {
		t.Error("given back twice")
	}
}

func TestBusyServerSaysSo(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := serve(t, Heavy(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-leave
	}), func(c *Config) { c.Limits.WorkBytes = 4 * exportCost })
	ended := make(chan struct{})
	go func() { defer close(ended); get(t, s.url) }()
	<-entered
	res, body := get(t, s.url)
	if res.StatusCode != 503 || res.Header.Get("Retry-After") != retryAfter || !strings.Contains(body, "busy") {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
	leave <- struct{}{}
	<-ended
	go func() { <-entered; leave <- struct{}{} }()
	if res, body := get(t, s.url); res.StatusCode != 200 {
		t.Errorf("afterwards: %d %s", res.StatusCode, body)
	}
}

func FuzzJSONBody(f *testing.F) {
	for _, s := range []string{`{"name":"a","parts":[{"name":"b","n":1}]}`, `{"name":1,"NAME":[]}`, `[]`, `{"parts":[{"x":{}},[]]}`, `{"":{"":{}}}`} {
		f.Add([]byte(s))
	}
	mux := http.NewServeMux()
	op := huma.Operation{OperationID: "x", Method: "POST", Path: "/api/v1/x"}
	body := NewJSONBody[whole](NewAPI(mux, NewAuth(someKeys()), "test", slog.New(slog.DiscardHandler)), &op)
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, wrong, err := body.Decode("application/json", raw)
		p := Invalid(wrong)
		if err != nil {
			p = (&API{logger: slog.New(slog.DiscardHandler)}).problem(t.Context(), err)
		}
		b, err := json.Marshal(bounded(p))
		if err != nil || len(b) > 64<<10 {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	})
}

// The caller's address is the connection's unless a trusted proxy names another; no other header changes that.
func FuzzClientAddr(f *testing.F) {
	f.Add("10.0.0.1:1", "198.51.100.1, 10.0.0.2")
	f.Add("[::ffff:10.0.0.1]:1", "2001:db8::1%eth0")
	f.Add("203.0.113.7:1", ",,,")
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		got := clientAddr(remote, []string{forwarded}, proxies)
		conn, err := netip.ParseAddrPort(remote)
		if err == nil && !trusted(conn.Addr().Unmap(), proxies) && got != conn.Addr().Unmap() {
			t.Errorf("%s says it is %s", remote, got)
		}
		_ = host(got)
	})
}
