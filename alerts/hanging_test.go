package alerts_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// A hundred receivers that accept a call and never answer cost only themselves: mails, and the webhook of another
// organisation, arrive while every one of them still hangs.
func TestHangingReceiversDelayNobody(t *testing.T) {
	for name, host := range map[string]func(int) string{
		"of one host":       func(int) string { return "127.0.0.1" },
		"of a hundred":      func(i int) string { return fmt.Sprintf("127.0.1.%d", i+1) },
		"of a hundred orgs": func(i int) string { return fmt.Sprintf("127.0.2.%d", i+1) },
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			w, box := newOffice(t)
			w.cfg.Notify.Timeout = 10 * time.Minute // nobody is saved by the clock
			release := make(chan struct{})
			var hanging, calls atomic.Int64
			silent := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				hanging.Add(1)
				<-release
				hanging.Add(-1)
			}))
			l, err := net.Listen("tcp", "0.0.0.0:0") //nolint:gosec // loopback addresses of every number
			if err != nil {
				t.Fatal(err)
			}
			silent.Listener = l
			silent.Start()
			defer silent.Close()
			defer close(release)
			honest := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
			defer honest.Close()
			for i := range 100 {
				org := "slow"
				if strings.Contains(name, "orgs") {
					org = fmt.Sprint("slow", i)
				}
				w.subscribe(t, talent.Subscription{ID: fmt.Sprintf("hang%02d", i), Org: org, Channel: "webhook", Address: fmt.Sprintf("http://%s:%d/hook", host(i), l.Addr().(*net.TCPAddr).Port)})
			}
			for i := range 10 {
				w.subscribe(t, talent.Subscription{ID: fmt.Sprintf("mail%d", i), Org: "honest", Language: "en", Channel: "email", Address: fmt.Sprintf("reader%d@school%d.example", i, i%3)})
			}
			w.subscribe(t, talent.Subscription{ID: "zhook", Org: "honest", Channel: "webhook", Address: honest.URL})
			w.fire(t, "rag")
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			began := time.Now()
			go func() { done <- w.start(t).Run(ctx) }()
			for deadline := time.Now().Add(2 * time.Minute); len(box.Mails()) < 10 || calls.Load() < 1; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%d mails and %d honest calls after two minutes", len(box.Mails()), calls.Load())
				}
			}
			if hanging.Load() == 0 {
				t.Error("nobody hangs: the test shows nothing")
			}
			t.Logf("10 mails and the honest webhook %s after the start, %d receivers hanging", time.Since(began).Round(time.Millisecond), hanging.Load())
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}
