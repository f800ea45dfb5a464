package broker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/time/rate"
)

// testVersions are the port's with the broker of this version of kfake, for tests without a broker.
func testVersions() versions {
	v := versions{}
	for key := range int16(kmsg.MaxKey + 1) {
		if req := kmsg.RequestForKey(key); req != nil {
			last := int16(-1)
			for n := range req.MaxVersion() + 1 {
				if req.SetVersion(n); !req.IsFlexible() {
					last = n
				}
			}
			if last >= 0 {
				v[key] = [2]int16{0, last}
			}
		}
	}
	v[int16(kmsg.ApiVersions)] = [2]int16{0, maxApiVersions}
	return v
}

func testPort() *port {
	p := newPort(Config{User: testUser, Password: testPassword, Public: []string{"alerts.v1"}}, testVersions(), slog.New(slog.DiscardHandler))
	p.budget = rate.NewLimiter(rate.Inf, 0)
	p.logins.first, p.logins.longest = 0, 0
	return p
}

// framed puts the length before a request.
func framed(body string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// hostile are requests that announce far more than they bring.
func hostile() map[string][]byte {
	header := func(key kmsg.Key, version int16, rest string) []byte {
		b := binary.BigEndian.AppendUint16(nil, uint16(key))
		b = binary.BigEndian.AppendUint16(b, uint16(version))
		return framed(string(b) + "\x00\x00\x00\x01\xff\xff" + rest)
	}
	const many = "\xff\xff\xff\xff\x0f"                                                          // 2^32 - 1 as uvarint
	array := func(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) } // of a version without tags
	padding := strings.Repeat("\x00", maxStrangerFrame-64)
	return map[string][]byte{
		"tags of the header":            header(kmsg.Metadata, 12, many),
		"tags of the body":              header(kmsg.ApiVersions, 3, "\x00\x01\x01"+many),
		"tags of metadata":              header(kmsg.Metadata, 12, "\x00\x01\x00\x00"+many),
		"tags of the login":             header(kmsg.SASLAuthenticate, 2, "\x00\x01"+many),
		"an array of two billion":       header(kmsg.Metadata, 8, "\x7f\xff\xff\xff"),
		"an array of its own length":    header(kmsg.Metadata, 8, array(len(padding))+padding),
		"topics that are not there":     header(kmsg.Fetch, 11, strings.Repeat("\x00", 21)+array(len(padding))+padding),
		"topics to make":                header(kmsg.CreateTopics, 4, array(len(padding))+padding),
		"messages to write":             header(kmsg.Produce, 8, "\xff\xff\x00\x01\x00\x00\x00\x00"+array(len(padding))+padding),
		"a negative array":              header(kmsg.ListOffsets, 5, "\xff\xff\xff\xff\x00\x80\x00\x00\x00"),
		"a frame of four gigabytes":     []byte("\xff\xff\xff\xff\x00\x03\x00\x08\x00\x00\x00\x01\xff\xff"),
		"a frame of 64 MiB":             []byte("\x04\x00\x00\x00\x00\x03\x00\x08\x00\x00\x00\x01\xff\xff"),
		"HTTP":                          []byte("GET / HTTP/1.1\r\n\r\n"),
		"a kind that does not exist":    header(9999, 0, ""),
		"a version that does not exist": header(kmsg.Fetch, 999, ""),
	}
}

func processCPU(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestCostOfARequest: what a request costs follows from its length, not from what it announces. Before, 19 bytes kept a
// processor busy for 35 seconds, 1.8 s a byte, and reserved 64 MiB.
func TestCostOfARequest(t *testing.T) {
	b := openBroker(t, io.Discard)
	const rounds = 20
	for name, raw := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cpu := processCPU(t)
		for range rounds {
			exchange(t, b, raw, false)
		}
		cpu = processCPU(t) - cpu
		runtime.ReadMemStats(&after)
		bytes := uint64(rounds * len(raw))
		allocated := after.TotalAlloc - before.TotalAlloc
		// A connection costs what it costs, both ends in this process: 64 KiB and 10 ms are generous.
		if room := rounds*(64<<10) + 256*bytes; allocated > room {
			t.Errorf("%s: %d bytes made the process allocate %d", name, bytes, allocated)
		}
		if room := rounds*10*time.Millisecond + time.Duration(bytes)*2*time.Microsecond; cpu > room {
			t.Errorf("%s: %d bytes took %s of the processor", name, bytes, cpu)
		}
		t.Logf("%-30s %7d bytes: %9d bytes allocated, %s of the processor", name, bytes/rounds, allocated/rounds, cpu/rounds)
	}
	// At the doors of owners the header is all that is read here: a broken client of ours must not stop the program.
	cpu := processCPU(t)
	if _, err := parseFrame(hostile()["tags of the header"][4:]); err == nil {
		t.Error("a header with tags that are not there was believed")
	}
	if cpu = processCPU(t) - cpu; cpu > time.Second {
		t.Errorf("a header took %s of the processor", cpu)
	}
}

// pipe connects a client to the port without a network, so that time can be made to pass.
func pipe(p *port) (client net.Conn, server *portConn) {
	a, b := net.Pipe()
	return a, p.check(b)
}

// serve plays the broker: it reads what the port lets through.
func serve(server *portConn) <-chan error {
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, server)
		_ = server.Close()
		ended <- err
	}()
	return ended
}

func TestIdleConnectionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			send  []byte
			after time.Duration
		}{
			"says nothing":         {nil, firstRequest},
			"says a byte":          {[]byte{0}, firstRequest},
			"begins a request":     {[]byte{0, 0, 0, 20, 0, 3}, frameTime},
			"asks and falls quiet": {kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrApiVersionsRequest(), 1), strangerIdle},
		} {
			client, server := pipe(testPort())
			ended := serve(server)
			began := time.Now()
			go func() { _, _ = io.Copy(io.Discard, client) }()
			if _, err := client.Write(c.send); err != nil {
				t.Error(name, err)
			}
			if err := <-ended; err == nil || time.Since(began) > c.after+time.Second {
				t.Errorf("%s: ended after %s with %v", name, time.Since(began), err)
			}
			_ = client.Close()
		}
	})
}

// TestSlowReader: a client that does not take its answer loses the connection, and closing does not wait for it.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(testPort())
		ended := serve(server)
		began := time.Now()
		if _, err := client.Write(kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrApiVersionsRequest(), 1)); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil || time.Since(began) > frameTime+time.Second {
			t.Errorf("ended after %s with %v", time.Since(began), err)
		}
		_ = client.Close()
	})
}

func TestOnlyGreeting(t *testing.T) {
	client, server := pipe(testPort())
	ended := serve(server)
	go func() { _, _ = io.Copy(io.Discard, client) }()
	var err error
	for range maxGreetings + 2 {
		if _, err = client.Write(kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrApiVersionsRequest(), 1)); err != nil {
			break
		}
	}
	if got := <-ended; err == nil || !strings.Contains(got.Error(), "greets") {
		t.Errorf("ended with %v", got)
	}
}

func TestWrongPasswordsAreSlowed(t *testing.T) {
	login := func(password string) []byte {
		req := kmsg.NewPtrSASLAuthenticateRequest()
		req.SASLAuthBytes = []byte("\x00" + testUser + "\x00" + password)
		return kmsg.NewRequestFormatter().AppendRequest(nil, req, 1)
	}
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := testPort()
		p.logger = slog.New(slog.NewTextHandler(&log, nil))
		p.logins = newLogins(testUser, testPassword)
		var waits []time.Duration
		for range 8 {
			client, server := pipe(p)
			ended := serve(server)
			began := time.Now()
			if _, err := client.Write(login("guess")); err != nil {
				t.Fatal(err)
			}
			if answer := answerOf(client); len(answer) < 6 || binary.BigEndian.Uint16(answer[4:]) != errAuthenticationFailed {
				t.Errorf("answer %x", answer)
			}
			waits = append(waits, time.Since(began))
			if err := <-ended; !errors.Is(err, errWrongPassword) {
				t.Errorf("the connection goes on: %v", err)
			}
			_ = client.Close()
		}
		if waits[0] != firstDelay || waits[3] != 8*firstDelay || waits[7] != longDelay {
			t.Errorf("waited %v", waits)
		}
		if !strings.Contains(log.String(), "client=pipe") || strings.Contains(log.String(), "guess") {
			t.Errorf("log: %s", log.String())
		}
		client, server := pipe(p)
		ended := serve(server)
		began := time.Now()
		if _, err := client.Write(login(testPassword)); err != nil {
			t.Fatal(err)
		}
		if answer := answerOf(client); len(answer) < 6 || binary.BigEndian.Uint16(answer[4:]) != 0 || time.Since(began) > 0 {
			t.Errorf("the right password: %x after %s", answer, time.Since(began))
		}
		_ = client.Close()
		<-ended
	})
	l := newLogins("", "")
	if l.knows([]byte("\x00\x00")) || l.knows(nil) {
		t.Error("someone authenticates where there is no password")
	}
	l = newLogins("u", "p")
	now := time.Now()
	for i := range maxGuessers {
		l.failed(&net.TCPAddr{IP: net.IPv4(10, 0, byte(i>>8), byte(i)), Port: 1}, now)
	}
	if d := l.failed(&net.TCPAddr{IP: net.IPv4(10, 9, 9, 9), Port: 1}, now); d != longDelay || len(l.guessers) != maxGuessers {
		t.Errorf("one address more waits %s, %d are remembered", d, len(l.guessers))
	}
	one, two := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, &net.TCPAddr{IP: net.IPv4(127, 7, 7, 7), Port: 2}
	l = newLogins("u", "p")
	if l.failed(one, now); l.failed(two, now) != 2*firstDelay {
		t.Error("another loopback address begins anew")
	}
	if d := l.failed(one, now.Add(forgetAfter+time.Second)); d != firstDelay {
		t.Errorf("after a while %s", d)
	}
}
