//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/testenv/hostile"
)

// What an attack may cost the victim. Before, one request took gigabytes and minutes.
const (
	attackMemory = 512 << 20 // beyond what the process held
	attackCPU    = 30 * time.Second
)

// budgetAttacks are those of one client that would kill or stall everything through the port of pages and API.
func budgetAttacks() []attack {
	return []attack{
		{"Budget: XLSX with one cell in the last column of every row", "103 KB took more than 5 GB", func(t *testing.T, v *victim) string {
			return v.throw(t, "enterprise", "/api/v1/requests/csv", 103<<10, "xlsx: the last column")
		}},
		{"Budget: JSON list with unknown keys", "49 KB in, 245 MB out; 1.7 MB took more than 12 GB", func(t *testing.T, v *victim) string {
			return v.throw(t, "university", "/api/v1/programmes", 1700<<10, "json: courses with unknown keys", "json: unknown keys", "json: a list of objects")
		}},
		{"Budget: CSV heading of 4 million cells", "gigabytes", func(t *testing.T, v *victim) string {
			return v.throw(t, "enterprise", "/api/v1/requests/csv", 4<<20, "csv: a heading of commas", "csv: a row of commas", "csv: a quote without an end")
		}},
		{"Budget: every hostile body at every upload", "not bounded", func(t *testing.T, v *victim) string {
			a := v.throw(t, "enterprise", "/api/v1/requests/csv", 128<<10, "")
			b := v.throw(t, "university", "/api/v1/programmes/csv", 128<<10, "")
			return a + "; " + b
		}},
		{"Budget: idle connections until no file descriptor is left", "the accept loop ended for ever", idleConnections},
		{"Budget: bodies that come a byte now and then", "held for as long as they liked", slowBodies},
		{"Budget: a flood of requests of one client", "no limit", flood},
		{"Budget: guessing keys", "as fast as the network", guessKeys},
		{"Budget: a path that names another host", "/%2F%2Fevil.com made a link to it", foreignLink},
	}
}

// throw sends the hostile bodies whose names begin with one of prefixes, eight at a time, and measures the process.
func (v *victim) throw(t *testing.T, role, path string, size int, prefixes ...string) string {
	t.Helper()
	key := v.key(t, "Attacker "+role, role)
	var bodies []hostile.Body
	var kinds []string
	for _, p := range prefixes {
		if kind, _, ok := strings.Cut(p, ":"); ok {
			kinds = append(kinds, kind)
		}
	}
	for _, b := range hostile.Bodies(size, kinds...) {
		for _, p := range prefixes {
			if strings.HasPrefix(b.Name, p) {
				bodies = append(bodies, b)
			}
		}
	}
	if len(bodies) < len(prefixes) {
		t.Fatalf("%d bodies", len(bodies))
	}
	held, _ := v.memory(t)
	v.resetPeak(t)
	used := v.cpu(t)
	var in, out, worst int64
	var mu sync.Mutex
	var group sync.WaitGroup
	at := make(chan hostile.Body)
	for range 8 {
		group.Go(func() {
			for b := range at {
				n := v.send(t, key, path, b)
				mu.Lock()
				in, out, worst = in+int64(len(b.Data)), out+n, max(worst, n)
				mu.Unlock()
			}
		})
	}
	sent := 0
	for sent < 24 { // each several times
		for _, b := range bodies {
			at <- b
			sent++
		}
	}
	close(at)
	group.Wait()
	_, peak := v.memory(t)
	cpu := v.cpu(t) - used
	if worst > 512<<10 {
		t.Errorf("an answer of %d bytes", worst)
	}
	if peak-held > attackMemory {
		t.Errorf("%d MB more memory", (peak-held)>>20)
	}
	if cpu > attackCPU {
		t.Errorf("%s of the processors", cpu)
	}
	v.works(t)
	return fmt.Sprintf("%d requests, %.1f MB in, %.2f MB out, %d MB of memory, %.1f s of processor", sent, float64(in)/1e6, float64(out)/1e6, (peak-held)>>20, cpu.Seconds())
}

// send posts a body and returns the size of the answer.
func (v *victim) send(t *testing.T, key, path string, b hostile.Body) int64 {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.base+path, bytes.NewReader(b.Data))
	if err != nil {
		t.Error(err)
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", b.ContentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil { // answered before the body was read
		return 0
	}
	defer res.Body.Close()
	n, _ := io.Copy(io.Discard, res.Body)
	if res.StatusCode >= 500 && res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s: %s", b.Name, res.Status)
	}
	return n
}

// works fails unless an honest visitor gets a page.
func (v *victim) works(t *testing.T) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.base+"/skills", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatalf("an honest visitor got nothing: %v", err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK || len(body) < 1000 {
		t.Fatalf("an honest visitor got %s %v", res.Status, err)
	}
}

func (v *victim) address() string { return strings.TrimPrefix(v.base, "http://") }

// idleConnections opens more connections than there may be, from one address and from many, and says nothing.
func idleConnections(t *testing.T, v *victim) string {
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	const each, hosts = 600, 4
	for h := range hosts {
		d := net.Dialer{Timeout: 2 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 7, byte(h+1))}}
		for range each {
			c, err := d.DialContext(t.Context(), "tcp", v.address())
			if err != nil {
				break
			}
			open = append(open, c)
		}
	}
	if len(open) < 1000 {
		t.Fatalf("only %d connections could be opened", len(open))
	}
	// While they are held, the process can still open files of its own, and an honest visitor is let in.
	v.works(t)
	v.key(t, "Honest", "analyst")
	closed := 0
	for _, c := range open {
		_ = c.SetReadDeadline(time.Now().Add(15 * time.Second))
		if _, err := c.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
			t.Errorf("a connection that said nothing was kept open: %v", err)
			break
		}
		closed++
	}
	v.works(t)
	return fmt.Sprintf("%d connections, all closed by the server, visitors served meanwhile", closed)
}

// slowBodies begins uploads and goes on by a byte a second.
func slowBodies(t *testing.T, v *victim) string {
	key := v.key(t, "Slow", "enterprise")
	const uploads = 16
	began := time.Now()
	var ended atomic.Int64
	var group sync.WaitGroup
	for range uploads {
		group.Go(func() {
			c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", v.address())
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			fmt.Fprintf(c, "POST /api/v1/requests/csv HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nAuthorization: Bearer %s\r\nContent-Length: 100000\r\n\r\n", key)
			stop := make(chan struct{})
			go func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Second):
						if _, err := io.WriteString(c, "x"); err != nil {
							return
						}
					}
				}
			}()
			_ = c.SetReadDeadline(time.Now().Add(50 * time.Second))
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			close(stop)
			if err == nil {
				_ = res.Body.Close()
			} else if strings.Contains(err.Error(), "timeout") {
				return
			}
			ended.Add(1)
		})
	}
	group.Wait()
	if ended.Load() != uploads {
		t.Errorf("%d of %d slow uploads were ended", ended.Load(), uploads)
	}
	v.works(t)
	return fmt.Sprintf("%d uploads ended after %.0f s", ended.Load(), time.Since(began).Seconds())
}

// flood asks as fast as it can from one address; another address is served all the while.
func flood(t *testing.T, v *victim) string {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 9, 9)}}).DialContext}}
	var served, refused atomic.Int64
	used := v.cpu(t)
	var group sync.WaitGroup
	const all = 12_000
	for range 32 {
		group.Go(func() {
			for range all / 32 {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.base+"/healthz", nil)
				if err != nil {
					t.Error(err)
					return
				}
				res, err := client.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				switch {
				case res.StatusCode == http.StatusOK:
					served.Add(1)
				case res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") != "":
					refused.Add(1)
				default:
					t.Errorf("%s %v", res.Status, res.Header)
				}
			}
		})
	}
	group.Wait()
	if refused.Load() == 0 {
		t.Error("nothing was refused")
	}
	v.works(t)
	return fmt.Sprintf("%d served, %d refused with 429, another address served; %.1f s of processor", served.Load(), refused.Load(), (v.cpu(t) - used).Seconds())
}

// guessKeys shows made-up keys and wrong secrets; the owner of the guessed key is let in all the while.
func guessKeys(t *testing.T, v *victim) string {
	key := v.key(t, "Owner", "enterprise")
	id := strings.Split(key, "_")[1]
	ask := func(from byte, key string) int {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 8, from)}}).DialContext}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.base+"/api/v1/requests", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-API-Key", key)
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		return res.StatusCode
	}
	answers := map[int]int{}
	for i := range 200 {
		answers[ask(1, fmt.Sprintf("gw_guess%d_x", i))]++
		answers[ask(byte(2+i%20), fmt.Sprintf("gw_%s_guess%d", id, i))]++
	}
	if answers[http.StatusUnauthorized] > 60 || answers[http.StatusTooManyRequests] < 300 {
		t.Errorf("answers by status: %v", answers)
	}
	if got := ask(99, key); got != http.StatusOK {
		t.Errorf("the owner of the guessed key got %d", got)
	}
	return fmt.Sprintf("400 guesses: %d answered, %d slowed with 429; the owner goes on", answers[401], answers[429])
}

func foreignLink(t *testing.T, v *victim) string {
	for _, path := range []string{"/%2F%2Fevil.com", "/%2Fevil.com", "/%5Cevil.com", "//evil.com", "/skills/%2F%2Fevil.com"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{`="//`, `="/\`, `="///`, `="http://evil`, `="https://evil`} {
			if strings.Contains(string(body), bad) || strings.Contains(`="`+res.Header.Get("Location"), bad) {
				t.Errorf("%s: %s in the answer", path, bad)
			}
		}
	}
	return "links carry a query only, never a path from outside"
}
