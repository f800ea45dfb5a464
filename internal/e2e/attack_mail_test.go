//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/internal/sample"
)

// mailAttacks turn the system's mails and webhooks against others.
func mailAttacks() []attack {
	return []attack{
		{"mail: 100 subscriptions to one stranger, key revoked", "100 mails to an address that never agreed, further ones after the key was revoked", mailStranger},
		{"mail: 100 webhooks that hang", "6 of 10 honest mails after 480 s", hangingWebhooks},
		{"mail: webhook to a private address", "201, refused at each call without a word", privateWebhook},
	}
}

// mailVictim is a victim with a mail server of its own that judges every few seconds. allowed are host:port of
// receivers on this machine.
func mailVictim(t *testing.T, p program, allowed ...string) (*victim, *sample.Mailbox) {
	t.Helper()
	box, err := sample.OpenMailbox(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = box.Run(t.Context()) }()
	host, port, err := net.SplitHostPort(box.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return newVictim(t, p, fmt.Sprintf("alerts: {schedule: '@every 3s', settle: 1s, webhook: {allow_private: ['%s']}, email: {host: %s, port: %s, tls: none, from: gapwatch@gapwatch.example}}",
		strings.Join(append(allowed, "127.0.0.1:9"), "','"), host, port)), box
}

// confirmed subscribes an address and lets its reader agree.
func (v *victim) confirmed(t *testing.T, box *sample.Mailbox, key string, addresses ...string) {
	t.Helper()
	for _, a := range addresses {
		call(t, "POST", v.base+"/api/v1/subscriptions", key, map[string]any{"email": a, "skills": []string{"vllm"}, "language": "en"}, 201)
	}
	for _, a := range addresses {
		if err := sample.Confirm(t.Context(), http.DefaultClient, confirmation(t, v.up, box, a)); err != nil {
			t.Fatal(err)
		}
	}
}

func mailStranger(t *testing.T, v *victim) string {
	v, box := mailVictim(t, v.p)
	const stranger = "stranger@elsewhere.example"
	attacker := v.key(t, "Prize at http://evil.example\r\nBcc: x@y.example", "university")
	inParallel(100, func(int) {
		call(t, "POST", v.base+"/api/v1/subscriptions", attacker, map[string]any{"email": stranger}, 201)
	})
	honest := v.key(t, "Invented University", "university")
	v.confirmed(t, box, honest, "planner@invented.example")
	link := confirmation(t, v.up, box, stranger)
	scan(t, link) // a program that looks for malware follows links and must not agree
	v.p.run(t, 0, "import", "--data", v.dir, "--source", "invented", shortageDump(t))
	v.up.until(t, "the honest warning", func() bool { return len(mailsTo(t, box, "planner@invented.example")) > 1 })
	mails := mailsTo(t, box, stranger)
	if len(mails) != 1 {
		t.Errorf("%d mails to an address that never agreed, want the one that asks", len(mails))
	}
	if text := mails[0].Text + mails[0].HTML + mails[0].Subject; strings.Contains(text, "http://evil") || strings.Contains(text, "evil.example") || !strings.Contains(text, "evil[.]example") {
		t.Errorf("the name of the organisation came through as a link:\n%s", mails[0].Text)
	}

	id, _, _ := strings.Cut(strings.TrimPrefix(attacker, "gw_"), "_")
	v.p.run(t, 0, "key", "revoke", "--data", v.dir, id)
	if err := sample.Confirm(t.Context(), http.DefaultClient, link); err != nil { // tricked into agreeing after all
		t.Fatal(err)
	}
	v.up.until(t, "every subscription of the revoked key to be recorded as ended", func() bool {
		return query(t, v.dir, "SELECT uniqExact(subscription) FROM notifications FINAL WHERE status = 'suppressed' AND reason = 'key_revoked'")[0][0] == "100"
	})
	after := len(mailsTo(t, box, stranger))
	if after != 1 {
		t.Errorf("%d mails after the key was revoked", after-1)
	}

	own := call(t, "GET", v.base+"/api/v1/subscriptions", honest, nil, 200)["items"].([]any)[0].(map[string]any)
	for _, c := range [][2]string{{"stop", "paused"}, {"resume", "active"}} { // the operator's hand
		v.p.run(t, 0, "subscription", c[0], "--data", v.dir, own["id"].(string))
		if sub := call(t, "GET", v.base+"/api/v1/subscriptions", honest, nil, 200)["items"].([]any)[0].(map[string]any); sub["state"] != c[1] {
			t.Errorf("after subscription %s: %v", c[0], sub)
		}
	}
	v.p.run(t, 2, "subscription", "stop", "--data", v.dir, "nosuchid")

	leave := oneClick(t, mailsTo(t, box, "planner@invented.example")[0])
	sub := call(t, "GET", v.base+"/api/v1/subscriptions", honest, nil, 200)["items"].([]any)[0].(map[string]any)
	if sub["state"] != "ended" || sub["reason"] != "reader_unsubscribed" {
		t.Errorf("after one click on %s: %v", leave, sub)
	}
	call(t, "POST", v.base+"/api/v1/subscriptions", honest, map[string]any{"email": "planner@invented.example"}, 409)
	listed, _, _ := v.p.run(t, 0, "subscription", "list", "--data", v.dir)
	if strings.Contains(listed, stranger) || strings.Count(listed, "s…@elsewhere.example") != 100 {
		t.Errorf("subscription list:\n%s", tail(listed))
	}
	return fmt.Sprintf("1 mail, which asks; %d after the key was revoked; 100 recorded as key_revoked; one click ends", after-1)
}

// inParallel runs n calls, eight at a time.
func inParallel(n int, do func(i int)) {
	var group errgroup.Group
	group.SetLimit(8)
	for i := range n {
		group.Go(func() error { do(i); return nil })
	}
	_ = group.Wait()
}

// scan opens a link as a program does that looks for malware.
func scan(t *testing.T, link string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 {
		t.Fatalf("GET %s: %s, %v", link, res.Status, err)
	}
}

// oneClick unsubscribes as a mail program does, without a key.
func oneClick(t *testing.T, m sample.Mail) (address string) {
	t.Helper()
	for line := range strings.Lines(m.Text) {
		if strings.Contains(line, "/mail/leave?t=") {
			address = strings.TrimSpace(line)
		}
	}
	res, err := http.PostForm(address, url.Values{"List-Unsubscribe": {"One-Click"}}) //nolint:noctx // as plain as mail programs do it
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		t.Fatalf("one click on %s: %s", address, res.Status)
	}
	return address
}

func hangingWebhooks(t *testing.T, v *victim) string {
	var hanging atomic.Int64
	release := make(chan struct{})
	silent := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		hanging.Add(1)
		<-release
	}))
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	silent.Listener = l
	silent.Start()
	t.Cleanup(silent.Close)
	t.Cleanup(func() { close(release) })
	var hosts []string
	for i := range 100 {
		hosts = append(hosts, fmt.Sprintf("127.0.1.%d:%d", i+1, l.Addr().(*net.TCPAddr).Port))
	}
	v, box := mailVictim(t, v.p, hosts...)
	slow, honest := v.key(t, "Slow University", "university"), v.key(t, "Invented University", "university")
	inParallel(len(hosts), func(i int) {
		call(t, "POST", v.base+"/api/v1/subscriptions", slow, map[string]any{"webhook_url": "http://" + hosts[i] + "/hook"}, 201)
	})
	var readers []string
	for i := range 10 {
		readers = append(readers, fmt.Sprintf("reader%d@invented.example", i))
	}
	v.confirmed(t, box, honest, readers...)
	v.p.run(t, 0, "import", "--data", v.dir, "--source", "invented", shortageDump(t))
	v.up.until(t, "the first hanging webhook", func() bool { return hanging.Load() > 0 })
	began := time.Now()
	arrived := 0
	v.up.until(t, "ten honest mails", func() bool {
		arrived = 0
		for _, r := range readers {
			if len(mailsTo(t, box, r)) > 1 {
				arrived++
			}
		}
		return arrived == 10
	})
	took := time.Since(began)
	if took > time.Minute { // two rounds of what one hanging receiver takes
		t.Errorf("ten honest mails took %s", took)
	}
	return fmt.Sprintf("%d of 10 honest mails %.1f s after the first webhook hung, %d hanging", arrived, took.Seconds(), hanging.Load())
}

func privateWebhook(t *testing.T, v *victim) string {
	key := v.key(t, "Invented University", "university")
	refused := 0
	for _, u := range []string{"http://169.254.169.254/latest", "http://10.0.0.1/", "http://127.0.0.1:8123/", "http://localhost/", "http://[::1]/", "http://192.168.1.1/", "http://8.8.8.8:22/"} {
		answer := call(t, "POST", v.base+"/api/v1/subscriptions", key, map[string]any{"webhook_url": u}, 422)
		if strings.Contains(fmt.Sprint(answer["errors"]), "webhook_url") {
			refused++
		}
	}
	if refused != 7 {
		t.Errorf("%d of 7 named the field", refused)
	}
	return fmt.Sprintf("%d of 7 answered 422 with the reason", refused)
}
