package listen

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

func serve(t *testing.T, l *Listener) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
}

func tcp(t *testing.T) net.Listener {
	t.Helper()
	inner, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return inner
}

// open reports whether the server keeps a new connection.
func open(t *testing.T, l *Listener) (net.Conn, bool) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(150 * time.Millisecond))
	_, err = conn.Read(make([]byte, 1))
	var timeout net.Error
	return conn, errors.As(err, &timeout) && timeout.Timeout()
}

func TestPerHost(t *testing.T) {
	l := Limit(tcp(t), Limits{Total: 10, PerHost: 2}, nil)
	serve(t, l)
	first, ok := open(t, l)
	_, second := open(t, l)
	_, third := open(t, l)
	if !ok || !second || third {
		t.Fatalf("kept %v %v %v, want two of three", ok, second, third)
	}
	if l.Refused() != 1 {
		t.Errorf("refused %d, want 1", l.Refused())
	}
	_ = first.Close()
	for deadline := time.Now().Add(5 * time.Second); ; {
		if _, ok := open(t, l); ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a closed connection did not free its place")
		}
	}
}

func TestExemptCountsInTotalOnly(t *testing.T) {
	l := Limit(tcp(t), Limits{Total: 3, PerHost: 1}, func(a netip.Addr) bool { return a.IsLoopback() })
	serve(t, l)
	for i := range 3 {
		if _, ok := open(t, l); !ok {
			t.Fatalf("connection %d of a proxy was refused", i)
		}
	}
	if _, ok := open(t, l); ok {
		t.Error("the total was exceeded")
	}
}

// failing returns errors first, then accepts.
type failing struct {
	net.Listener
	errs []error
}

func (f *failing) Accept() (net.Conn, error) {
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		return nil, err
	}
	return f.Listener.Accept()
}

// TestSurvives: no descriptors for a while is not the end of accepting.
func TestSurvives(t *testing.T) {
	l := Limit(&failing{tcp(t), []error{&net.OpError{Op: "accept", Err: syscall.EMFILE}, syscall.ECONNABORTED, syscall.ENFILE}}, Limits{Total: 8, PerHost: 8}, nil)
	serve(t, l)
	if _, ok := open(t, l); !ok {
		t.Error("the listener died of a passing failure")
	}
	broken := Limit(&failing{tcp(t), []error{syscall.EBADF}}, Limits{Total: 8, PerHost: 8}, nil)
	defer broken.Close()
	if _, err := broken.Accept(); !errors.Is(err, syscall.EBADF) {
		t.Errorf("a broken listener answered %v", err)
	}
}

func TestHostOf(t *testing.T) {
	for _, c := range []struct{ addr, want string }{
		{"192.0.2.7:80", "192.0.2.7/32"}, {"[::ffff:192.0.2.7]:80", "192.0.2.7/32"},
		{"[2001:db8:1:2:3::4]:80", "2001:db8:1:2::/64"}, {"[fe80::1%eth0]:80", "fe80::/64"},
	} {
		ap := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.addr))
		if host, _ := hostOf(ap); host.String() != c.want {
			t.Errorf("%s: %s, want %s", c.addr, host, c.want)
		}
	}
	if host, _ := hostOf(&net.UnixAddr{Name: "/x", Net: "unix"}); host.IsValid() {
		t.Errorf("a unix socket has the host %s", host)
	}
}
