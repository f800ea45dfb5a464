//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// outboundAttacks go through what the system fetches and posts to, and through what enterprises ask for.
func outboundAttacks() []attack {
	return []attack{
		{"outbound: private targets through fetch.proxy", "six of six reached the proxy", attackProxy},
		{"outbound: a webhook to what only the crawler may ask", "posted", attackWebhook},
		{"requests: 9,999 heads by one requester", "a red warning", attackForged},
	}
}

// eavesdropper is a proxy that keeps what it is asked for and refuses it.
type eavesdropper struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func listenAsProxy(t *testing.T) *eavesdropper {
	t.Helper()
	p := &eavesdropper{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked = append(p.asked, r.Method+" "+r.RequestURI)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(p.Close)
	return p
}

// attackProxy has sources on private addresses, and sources that a listed server sends there.
func attackProxy(t *testing.T, v *victim) string {
	proxy := listenAsProxy(t)
	targets := []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "localhost", "2130706433", "0x7f.1", "[64:ff9b::a00:1]", "100.64.0.1", "127.0.0.1.", "[fd00::1]"}
	board := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var i int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/feed.xml", &i); err != nil {
			http.NotFound(w, r) // robots.txt
			return
		}
		w.Header().Set("Location", "http://"+targets[i]+"/latest/meta-data/")
		w.WriteHeader(http.StatusFound)
	}))
	defer board.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "fetch: {contact: ops@example.org, proxy: %q, allow_private: [%q]}\ncrawl: {retries: 0}\nsources:\n", proxy.URL, strings.TrimPrefix(board.URL, "http://"))
	args := []string{"crawl", "--data", v.dir, "--config", ""}
	for i, to := range targets {
		fmt.Fprintf(&b, "  - {name: direct%d, kind: feed, url: 'http://%s/feed.xml'}\n  - {name: sent%d, kind: feed, url: '%s/%d/feed.xml', rate: 1000}\n", i, to, i, board.URL, i)
		args = append(args, "--now", fmt.Sprint("direct", i), "--now", fmt.Sprint("sent", i))
	}
	b.WriteString("  - {name: public, kind: feed, url: 'http://93.184.216.34/feed.xml'}\n")
	args = append(args, "--now", "public")
	args[4] = writeConfig(t, b.String())
	said, _, _ := v.p.run(t, 1, args...)
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	control := 0
	for _, a := range proxy.asked {
		if a != "CONNECT 93.184.216.34:80" {
			t.Errorf("reached the proxy: %s", a)
			continue
		}
		control++
	}
	if control == 0 {
		t.Errorf("the public source did not reach the proxy: the attack proves nothing\n%s", said)
	}
	if n := strings.Count(said, "forbidden address"); n < 2*len(targets)-2 { // a spelling may be refused as a name
		t.Errorf("%d of %d sources were refused for their address\n%s", n, 2*len(targets), said)
	}
	return fmt.Sprintf("%d of %d reached it, by address and by redirect", len(proxy.asked)-control, 2*len(targets))
}

// attackWebhook names a server as a webhook that the configuration lets only the crawler ask.
func attackWebhook(t *testing.T, v *victim) string {
	var mu sync.Mutex
	var got []string
	inside := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Method+" "+string(body[:min(len(body), 80)]))
	}))
	defer inside.Close()
	own := newVictim(t, v.p, fmt.Sprintf("fetch: {allow_private: [%q]}\nalerts: {schedule: '@every 2s', settle: 1s, notify: {interval: 1s}}", strings.TrimPrefix(inside.URL, "http://")))
	status, answer := try(t, own.base+"/api/v1/subscriptions", own.key(t, "Invented University", "university"), fmt.Sprintf(`{"skills":["vllm"],"webhook_url":%q}`, inside.URL+"/hook"))
	now := "refused at the subscription"
	if status == http.StatusCreated {
		v.p.run(t, 0, "import", "--data", own.dir, "--source", "invented", shortageDump(t))
		own.up.until(t, "the record of a refused webhook", func() bool {
			return query(t, own.dir, "SELECT count() FROM notifications FINAL WHERE channel = 'webhook' AND status = 'failed' AND reason = 'address_refused'")[0][0] != "0"
		})
		now = "recorded as address_refused"
	} else if status != http.StatusUnprocessableEntity {
		t.Errorf("subscription: %d %s", status, answer)
	}
	own.up.stop(t)
	mu.Lock()
	defer mu.Unlock()
	if len(got) > 0 {
		t.Errorf("posted: %q", got)
	}
	return now + ", 0 posts"
}

// try posts JSON and returns what came of it, whatever it is.
func try(t *testing.T, url, key, body string) (status int, answer string) {
	t.Helper()
	a := apitest.At(t, "").Call(http.MethodPost, url, key, body)
	return a.Status, string(a.Body)
}

// attackForged asks for 9,999 heads: at the API, where it is held; and past the hold, dated back into a week that is
// judged, by one organisation and by two, where it counts and moves no warning. Nine that bear each other out do.
func attackForged(t *testing.T, v *victim) string {
	own := newVictim(t, v.p, "alerts: {schedule: '@every 2s', settle: 1s}")
	key := own.key(t, "Forged Ltd", "enterprise")
	made := call(t, "POST", own.base+"/api/v1/requests", key, map[string]any{"skill": "python", "heads": 9999}, 201)
	id, _ := made["id"].(string)
	if made["state"] != "held" {
		t.Errorf("9,999 heads are answered %v", made)
	}
	if out, _, _ := v.p.run(t, 0, "request", "list", "--held", "--data", own.dir); !strings.Contains(out, id) || !strings.Contains(out, "9999") {
		t.Errorf("request list --held: %s", out)
	}
	v.p.run(t, 0, "import", "--data", own.dir, "--source", "invented", shortageDump(t))
	last := talent.Week.LastComplete(time.Now().UTC()).Add(36 * time.Hour)
	ask := func(name string, orgs, each, heads int) {
		client := bus(t, own.dir)
		for o := range orgs {
			for i := range each {
				r := talent.Request{ID: talent.NewID(name, fmt.Sprint(o), fmt.Sprint(i)), Org: fmt.Sprint(name, o), Skill: "python", Heads: heads, CreatedAt: last, Version: uint64(time.Now().UnixNano())}
				m, err := kafka.JSON(r.ID, r)
				if err != nil {
					t.Fatal(err)
				}
				if err := client.Write(t.Context(), talent.TopicRequests, m); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	rolled := func(requested string) {
		own.up.until(t, requested+" heads in the series", func() bool {
			rows := query(t, own.dir, `SELECT toString(max(requested)) FROM gap_series FINAL WHERE grain = 'week' AND skill = 'python' AND region = '' AND industry = '' AND tier = ''
				AND (grain, period, version) IN (SELECT grain, period, max(version) FROM period_rollups GROUP BY grain, period)`)
			return slices.Equal(rows[0], []string{requested})
		})
	}
	warnings := func() int {
		v.p.run(t, 0, "alert", "--once", "--data", own.dir)
		return len(query(t, own.dir, "SELECT id FROM alerts FINAL WHERE skill = 'python'"))
	}
	ask("one", 1, 1, 9999)
	rolled("9999")
	if n := warnings(); n != 0 {
		t.Errorf("one request makes %d warnings", n)
	}
	ask("hundred", 1, 100, 99)
	rolled("19899")
	if n := warnings(); n != 0 {
		t.Errorf("two organisations with 19,899 heads make %d warnings", n)
	}
	// The operator may take back what counts, and decide twice.
	forged := talent.NewID("one", "0", "0")
	v.p.run(t, 0, "request", "refuse", "--data", own.dir, "--by", "lin", forged)
	rolled("9900")
	if out, _, _ := v.p.run(t, 0, "request", "refuse", "--data", own.dir, "--by", "wu", forged); !strings.Contains(out, "already refused") || !strings.Contains(out, "lin") {
		t.Errorf("refusing twice: %s", out)
	}
	ask("honest", 9, 1, 20)
	rolled("10080")
	if warnings() == 0 {
		t.Error("nine organisations that ask for twenty each make no warning: the attack proves nothing")
	}
	own.up.stop(t)
	return "held at the API; past it 0 warnings by one or two organisations with 19,899 heads; 9 × 20 heads warn"
}
