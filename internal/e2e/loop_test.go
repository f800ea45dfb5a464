//go:build e2e

package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/sample"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// shortageDump writes 70 weeks of invented postings up to last week; vllm is asked for by 6 % of them, and by 45 %
// in the last five weeks.
func shortageDump(t *testing.T) string {
	t.Helper()
	draw := rand.New(rand.NewPCG(3, 3))
	monday := time.Now().UTC().AddDate(0, 0, -(int(time.Now().UTC().Weekday())+6)%7)
	var b bytes.Buffer
	for week := 70; week >= 1; week-- {
		for i := range 40 {
			text := "Requirements: hands-on experience with Python"
			if chance := 0.06; draw.Float64() < chance || week <= 5 && draw.Float64() < 0.4 {
				text += " and vLLM"
			}
			line, err := json.Marshal(map[string]any{
				"id": fmt.Sprintf("w%d-%d", week, i), "title": "Inference Engineer", "employer": fmt.Sprintf("Invented %d Ltd", draw.IntN(25)),
				"location": "杭州", "date": monday.AddDate(0, 0, -7*week+draw.IntN(7)).Format(time.DateOnly), "text": fmt.Sprintf("%s. Number %d-%d.", text, week, i)})
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
	}
	path := filepath.Join(t.TempDir(), "invented.jsonl")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// hook is a webhook receiver that checks signatures.
type hook struct {
	*httptest.Server
	calls chan hookCall
}

type hookCall struct {
	header http.Header
	body   []byte
}

func serveHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{calls: make(chan hookCall, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.calls <- hookCall{r.Header.Clone(), body}
	}))
	t.Cleanup(h.Close)
	return h
}

// call asks the API and checks the status.
func call(t *testing.T, method, url, key string, in any, want int, header ...string) map[string]any {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	answer := apitest.At(t, "").Call(method, url, key, string(body), header...)
	if answer.Status != want {
		t.Fatalf("%s %s: %d, want %d: %s", method, url, answer.Status, want, answer.Body)
	}
	var out map[string]any
	if len(answer.Body) > 0 {
		answer.Into(t, &out)
	}
	return out
}

// closeTheLoop: an enterprise asks, a university registers and subscribes, a warning reaches a mail server and a
// webhook, and explain reproduces it number by number.
func closeTheLoop(t *testing.T, p program, out *table) {
	const step = "3 loop"
	mailbox, err := sample.OpenMailbox(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = mailbox.Run(t.Context()) }()
	receiver := serveHook(t)
	host, port, err := net.SplitHostPort(mailbox.Addr())
	if err != nil {
		t.Fatal(err)
	}
	cfg := writeConfig(t, fmt.Sprintf(`
alerts: {schedule: '@every 3s', settle: 1s, webhook: {allow_private: [%q]}, email: {host: %s, port: %s, tls: none, from: gapwatch@gapwatch.example}}
`, strings.TrimPrefix(receiver.URL, "http://"), host, port))
	dir := t.TempDir()
	up := p.start(t, "up", "--config", cfg, "--data", dir, "--listen", "127.0.0.1:0")
	base := up.ready(t, "Gapwatch is ready: ")

	key := func(org, role string) string {
		stdout, _, _ := p.run(t, 0, "key", "create", "--data", dir, "--org", org, "--role", role)
		return lastLine(stdout)
	}
	school, company := key("Invented University", "university"), key("Invented 1 Ltd", "enterprise")
	call(t, "POST", base+"/api/v1/programmes", school, map[string]any{"school": "Invented University", "region": "330000", "name": "AI", "degree": "bachelor",
		"cohort_size": 50, "graduation_month": 7, "first_year": time.Now().Year() - 1,
		"courses": []any{map[string]any{"title": "Serving models", "description": "vLLM and batching", "required": false, "seats": 10}}}, 201)
	sub := call(t, "POST", base+"/api/v1/subscriptions", school, map[string]any{"skills": []string{"vllm"}, "language": "zh", "email": "planner@invented.example", "webhook_url": receiver.URL + "/hook"}, 201)
	secret, _ := sub["secret"].(string)
	if secret == "" {
		secret, _ = sub["webhook_secret"].(string)
	}
	link := confirmation(t, up, mailbox, "planner@invented.example")
	if err := sample.Confirm(t.Context(), http.DefaultClient, link); err != nil {
		t.Fatal(err)
	}
	for _, s := range call(t, "GET", base+"/api/v1/subscriptions", school, nil, 200)["items"].([]any) {
		if s.(map[string]any)["state"] != "active" {
			t.Errorf("after the reader has confirmed: %v", s)
		}
	}
	out.add(step, "confirmation mail followed by its reader", "subscription active")
	request := map[string]any{"skill": "vllm", "heads": 7, "region": "330100", "tier": "backbone"}
	first := call(t, "POST", base+"/api/v1/requests", company, request, 201, "Idempotency-Key", "e2e-1")
	again := call(t, "POST", base+"/api/v1/requests", company, request, 201, "Idempotency-Key", "e2e-1")
	if first["id"] != again["id"] {
		t.Errorf("the same request under the same key made two: %v, %v", first["id"], again["id"])
	}
	request["heads"] = 8
	call(t, "POST", base+"/api/v1/requests", company, request, 422, "Idempotency-Key", "e2e-1")
	call(t, "POST", base+"/api/v1/requests", "gw_wrong_key", request, 401)
	call(t, "POST", base+"/api/v1/requests", school, request, 403)
	out.add(step, "request posted; repeated / changed body / wrong key / wrong role", "201; same id / 422 / 401 / 403")

	began := time.Now()
	p.run(t, 0, "import", "--data", dir, "--source", "invented", shortageDump(t))
	var mails []sample.Mail
	up.until(t, "a warning", func() bool {
		mails = mailsTo(t, mailbox, "planner@invented.example")
		return len(mails) > 1
	})
	mails = mails[:len(mails)-1] // without the oldest, which asked
	out.add(step, "import to mail over SMTP", "%.1f s: %s", time.Since(began).Seconds(), mails[len(mails)-1].Subject)
	mail := mails[len(mails)-1]
	if !strings.Contains(mail.Subject, "短缺") || !strings.Contains(mail.HTML, "data:image/png") || !strings.Contains(mail.Text, "vLLM") {
		t.Errorf("mail lacks the word 短缺, its picture or the skill: %q\n%s", mail.Subject, mail.Text)
	}
	var got hookCall
	select {
	case got = <-receiver.calls:
	case <-time.After(time.Minute):
		t.Fatal("no webhook call within a minute")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(got.header.Get("X-Gapwatch-Timestamp") + "."))
	mac.Write(got.body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); got.header.Get("X-Gapwatch-Signature") != want {
		t.Errorf("webhook signature %s, want %s", got.header.Get("X-Gapwatch-Signature"), want)
	}
	out.add(step, "webhook signature (HMAC-SHA256)", "verified, delivery %s", got.header.Get("X-Gapwatch-Delivery"))

	alerts := query(t, dir, "SELECT id FROM alerts FINAL WHERE skill = 'vllm' AND region = '' AND industry = '' AND tier = ''")
	if len(alerts) != 1 {
		t.Fatalf("%d alerts for the whole market, want 1", len(alerts))
	}
	stdout, _, _ := p.run(t, 0, "explain", "--data", dir, "--json", alerts[0][0])
	var x struct {
		Steps []struct {
			Checks []struct {
				Name string
				Same bool
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &x); err != nil || len(x.Steps) == 0 {
		t.Fatalf("explain printed %s: %v", stdout, err)
	}
	n := 0
	for _, s := range x.Steps {
		for _, c := range s.Checks {
			if n++; !c.Same {
				t.Errorf("explain: %s differs", c.Name)
			}
		}
	}
	out.add(step, "explain: numbers recomputed from the facts, equal", "%d", n)
	counts := query(t, dir, "SELECT count(), uniqExact(id), countIf(status = 'sent') FROM notifications FINAL")[0]
	out.add(step, "notifications recorded / sent", "%s / %s", counts[0], counts[2])
	if all, err := mailbox.Mails(); err != nil || len(all) != len(uniqueSubjects(all)) {
		t.Errorf("a mail came twice: %v %v", all, err)
	}
	deadLetters(t, p, out, dir)
	stopped := up.stop(t)
	out.add(step, "SIGTERM to exit 0", "%.1f s", stopped.Seconds())
}

// mailsTo returns the mails that an address got, newest first.
func mailsTo(t *testing.T, box *sample.Mailbox, address string) (out []sample.Mail) {
	t.Helper()
	all, err := box.Mails()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.To == address {
			out = append(out, m)
		}
	}
	return out
}

// confirmation waits for the mail that asks an address, and returns its link.
func confirmation(t *testing.T, up *process, box *sample.Mailbox, address string) (link string) {
	t.Helper()
	find := regexp.MustCompile(`http://\S+/mail/confirm\?t=\S+`)
	up.until(t, "the mail that asks "+address, func() bool {
		for _, m := range mailsTo(t, box, address) {
			if link = find.FindString(m.Text); link != "" {
				return true
			}
		}
		return false
	})
	return link
}

// deadLetters: an unreadable message is set aside, listed, and comes back as a new one when it is replayed
// without being mended.
func deadLetters(t *testing.T, p program, out *table, dir string) {
	t.Helper()
	client := bus(t, dir)
	if err := client.Write(t.Context(), talent.TopicPostings, kafka.Message{Key: []byte("k"), Value: []byte("no JSON")}); err != nil {
		t.Fatal(err)
	}
	list := func() string {
		for range 100 {
			if stdout, _, _ := p.run(t, 0, "deadletter", "list", "--data", dir); strings.Contains(stdout, "postings.v1/") {
				return lastLine(stdout)
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Fatal("the message is not among the dead letters")
		return ""
	}
	first := list()
	replayed, _, _ := p.run(t, 0, "deadletter", "replay", "--data", dir)
	second := list()
	if !strings.Contains(replayed, "replayed 1") || first == second {
		t.Errorf("replay: %s; before %s, after %s", replayed, first, second)
	}
	out.add("3 loop", "unreadable message: listed, replayed, set aside again", "%s", first)
}

func uniqueSubjects(mails []sample.Mail) map[string]bool {
	out := map[string]bool{}
	for _, m := range mails {
		out[m.To+m.Subject+m.Text] = true
	}
	return out
}
