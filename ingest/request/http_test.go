package request

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
)

const good = `{"skill":"机器学习","heads":5,"tier":"骨干","region":"杭州","industry":"i65","note":"两人可远程"}`

func TestLifeOfARequest(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	other := m.key("Harbour Bank", talent.RoleEnterprise)

	a := m.Call("POST", path, key, good)
	if a.Status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	var made requestView
	a.Into(t, &made)
	if a.Header.Get("Location") != path+"/"+made.ID {
		t.Errorf("location %q of %s", a.Header.Get("Location"), made.ID)
	}
	sent := m.messages(1)[0]
	want := talent.Request{ID: made.ID, Org: org.ID("Nebula Robotics"), Skill: "machine-learning", Heads: 5, Tier: talent.TierBackbone,
		Region: "330100", Industry: "I", Note: "两人可远程", CreatedAt: sent.CreatedAt, Version: sent.Version}
	if d := cmp.Diff(want, sent); d != "" {
		t.Errorf("message (-want +got):\n%s", d)
	}
	if since := time.Since(sent.CreatedAt); since < 0 || since > time.Minute || sent.Version == 0 {
		t.Errorf("created %s, version %d", sent.CreatedAt, sent.Version)
	}

	var got requestView
	m.Call("GET", path+"/"+made.ID, key, "").Into(t, &got)
	if d := cmp.Diff(made, got); d != "" {
		t.Errorf("read back (-posted +read):\n%s", d)
	}
	// Another organisation sees nothing of it, and changes nothing.
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		body := ""
		if method == "PUT" {
			body = good
		}
		if a := m.Call(method, path+"/"+made.ID, other, body); a.Status != http.StatusNotFound {
			t.Errorf("%s by another organisation: %d %s", method, a.Status, a.Body)
		}
	}
	var page httpd.Page[requestView]
	a = m.Call("GET", path, other, "")
	if a.Into(t, &page); len(page.Items) != 0 || !strings.Contains(string(a.Body), `"items":[]`) {
		t.Errorf("list of another organisation: %s", a.Body)
	}

	if a := m.Call("PUT", path+"/"+made.ID, key, `{"skill":"pytorch","heads":7}`); a.Status != http.StatusOK {
		t.Fatalf("change: %d %s", a.Status, a.Body)
	}
	changed := m.messages(2)[1]
	if changed.ID != made.ID || changed.Skill != "pytorch" || changed.Heads != 7 || changed.Version <= sent.Version || !changed.CreatedAt.Equal(sent.CreatedAt) {
		t.Errorf("changed message %+v", changed)
	}
	if a := m.Call("DELETE", path+"/"+made.ID, key, ""); a.Status != http.StatusOK || !strings.Contains(string(a.Body), `"withdrawn":true`) {
		t.Fatalf("withdraw: %d %s", a.Status, a.Body)
	}
	if gone := m.messages(3)[2]; !gone.Withdrawn || gone.Version <= changed.Version {
		t.Errorf("withdrawn message %+v", gone)
	}
	if a := m.Call("DELETE", path+"/"+made.ID, key, ""); a.Status != http.StatusOK { // a repeated call
		t.Errorf("withdraw again: %d %s", a.Status, a.Body)
	}
	if a := m.Call("PUT", path+"/"+made.ID, key, good); a.Status != http.StatusConflict {
		t.Errorf("change of a withdrawn one: %d %s", a.Status, a.Body)
	}
}

func TestKeysAndRoles(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	revoked := m.key("Nebula Robotics", talent.RoleEnterprise)
	if err := org.RevokeKey(t.Context(), m.store, revoked); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, key string
		status    int
		code      string
	}{
		{"missing", "", 401, "key_missing"},
		{"other scheme", "abc", 401, "key_wrong"},
		{"unknown id", "gw_0011223344556677_abc", 401, "key_wrong"},
		{"wrong secret", key[:len(key)-1] + "9", 401, "key_wrong"}, // secrets never contain a 9
		{"cut off", key[:20], 401, "key_wrong"},
		{"revoked", revoked, 401, "key_revoked"},
		{"university", m.key("Lakeside University", talent.RoleUniversity), 403, "role_not_allowed"},
		{"analyst", m.key("Bureau", talent.RoleAnalyst), 403, "role_not_allowed"},
		{"enterprise", key, 201, ""},
		{"admin", m.key("Operator", talent.RoleAdmin), 201, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := m.Call("POST", path, c.key, good)
			if a.Status != c.status {
				t.Fatalf("status %d, want %d: %s", a.Status, c.status, a.Body)
			}
			if c.code == "" {
				return
			}
			if code, _ := a.Problem(t); code != c.code {
				t.Errorf("problem %q, want %q", code, c.code)
			}
			if (a.Header.Get("WWW-Authenticate") != "") != (c.status == 401) {
				t.Errorf("WWW-Authenticate = %q at %d", a.Header.Get("WWW-Authenticate"), c.status)
			}
		})
	}
	if a := m.Call("POST", path, "", good, "X-API-Key", key); a.Status != 201 {
		t.Errorf("key in X-API-Key: %d", a.Status)
	}
}

func TestInvalidRequestNamesEveryField(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	for _, c := range []struct {
		name, body string
		status     int
		places     []string
	}{
		{"empty object", `{}`, 422, []string{"body.heads", "body.skill"}},
		{"all wrong", `{"skill":"alchemy","heads":0,"tier":"boss","region":"999999","industry":"Z","needed_by":"2001-01-01","note":"` + strings.Repeat("字", 2001) + `"}`, 422,
			[]string{"body.heads", "body.industry", "body.needed_by", "body.note", "body.region", "body.skill", "body.tier"}},
		{"wrong types", `{"skill":"alchemy","heads":"five","region":"nowhere"}`, 422, []string{"body.heads", "body.region", "body.skill"}},
		{"unknown member", `{"skill":"pytorch","heads":1,"head":2}`, 422, []string{"body.head"}},
		{"far ahead", `{"skill":"pytorch","heads":1,"needed_by":"2099-01-01"}`, 422, []string{"body.needed_by"}},
		{"too many heads", `{"skill":"pytorch","heads":10001}`, 422, []string{"body.heads"}},
		{"half a head", `{"skill":"pytorch","heads":1.5}`, 422, []string{"body.heads"}},
		{"not an object", `[1]`, 422, []string{"body"}},
		{"not JSON", `{"skill":`, 400, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := m.Call("POST", path, key, c.body)
			if a.Status != c.status {
				t.Fatalf("status %d, want %d: %s", a.Status, c.status, a.Body)
			}
			_, places := a.Problem(t)
			slices.Sort(places)
			if d := cmp.Diff(c.places, places); d != "" {
				t.Errorf("places (-want +got):\n%s\n%s", d, a.Body)
			}
		})
	}
	if a := m.Call("POST", path, key, "skill=pytorch", "Content-Type", "application/x-www-form-urlencoded"); a.Status != http.StatusUnsupportedMediaType {
		t.Errorf("a form: %d %s", a.Status, a.Body)
	}
	if a := m.Call("POST", path, key, `{"note":"`+strings.Repeat("x", 70<<10)+`"}`); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %d %s", a.Status, a.Body)
	}
	if a := m.Call("GET", path+"?limit=0&cursor=no", key, ""); a.Status != 422 {
		t.Errorf("wrong paging: %d %s", a.Status, a.Body)
	}
	if a := m.Call("GET", path+"?cursor=no", key, ""); a.Status != 422 {
		t.Errorf("wrong cursor: %d %s", a.Status, a.Body)
	}
}

func TestIdempotency(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	first := m.Call("POST", path, key, good, "Idempotency-Key", "k1")
	if first.Status != 201 || first.Header.Get("Idempotent-Replay") != "" {
		t.Fatalf("first: %d %v %s", first.Status, first.Header, first.Body)
	}
	spaced := strings.Replace(good, ":", " : ", 1)
	again := m.Call("POST", path, key, spaced, "Idempotency-Key", "k1")
	if again.Status != 201 || again.Header.Get("Idempotent-Replay") != "true" || string(again.Body) != string(first.Body) {
		t.Errorf("replay: %d %v\n%s\n%s", again.Status, again.Header, first.Body, again.Body)
	}
	a := m.Call("POST", path, key, strings.Replace(good, "5", "6", 1), "Idempotency-Key", "k1")
	if code, _ := a.Problem(t); a.Status != 422 || code != "idempotency_key_reused" {
		t.Errorf("other body: %d %s", a.Status, a.Body)
	}
	// A key belongs to its organisation.
	if a := m.Call("POST", path, m.key("Harbour Bank", talent.RoleEnterprise), good, "Idempotency-Key", "k1"); a.Status != 201 || string(a.Body) == string(first.Body) {
		t.Errorf("another organisation's key: %d %s", a.Status, a.Body)
	}
	if n := len(m.messages(2)); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

// Callers that race with one key make one request, whatever they say: those with the winning body get it, the
// others are refused.
func TestIdempotencyUnderRace(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	const callers = 12
	answers := make([]apitest.Answer, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			body := good
			if i%2 == 1 {
				body = strings.Replace(good, "5", "6", 1)
			}
			answers[i] = m.Call("POST", path, key, body, "Idempotency-Key", "race")
		})
	}
	wg.Wait()
	bodies := make(map[string]int)
	refused := 0
	for _, a := range answers {
		switch a.Status {
		case 201:
			bodies[string(a.Body)]++
		case 422:
			refused++
		default:
			t.Errorf("status %d: %s", a.Status, a.Body)
		}
	}
	if len(bodies) != 1 || refused != callers/2 {
		t.Errorf("%d different answers, %d refused", len(bodies), refused)
	}
	// Several callers may have written it; then it is the same message, byte for byte.
	values := make(map[string]bool)
	if _, err := m.kafka.Scan(t.Context(), "", talent.TopicRequests, func(r kafka.Record) error {
		values[string(r.Value)] = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(values) != 1 {
		t.Errorf("%d different messages: %v", len(values), values)
	}
}

func TestBrokerDownThenRetry(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	m.writer.down = true
	a := m.Call("POST", path, key, good, "Idempotency-Key", "k1")
	if code, _ := a.Problem(t); a.Status != 503 || code != "queue_unavailable" || a.Header.Get("Retry-After") == "" {
		t.Fatalf("broker down: %d %s", a.Status, a.Body)
	}
	m.writer.down = false
	if a := m.Call("POST", path, key, good, "Idempotency-Key", "k1"); a.Status != 201 {
		t.Fatalf("retry: %d %s", a.Status, a.Body)
	}
	if n := len(m.messages(1)); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

func TestListPages(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	id := org.ID("Nebula Robotics")
	at := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	var stored []talent.Request
	for i := range 7 {
		stored = append(stored, talent.Request{ID: talent.NewID("r", string(rune('a'+i))), Org: id, Skill: "pytorch", Heads: i + 1,
			CreatedAt: at.Add(time.Duration(i/3) * time.Hour), Version: 1, NeededBy: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)})
	}
	if err := m.store.PutRequests(t.Context(), "t1", stored); err != nil {
		t.Fatal(err)
	}
	heads := make(map[int]bool)
	cursor, pages := "", 0
	for {
		var p httpd.Page[requestView]
		m.Call("GET", path+"?limit=3&cursor="+cursor, key, "").Into(t, &p)
		for _, r := range p.Items {
			if heads[r.Heads] {
				t.Errorf("%d came twice", r.Heads)
			}
			if r.NeededBy != "2027-03-01" {
				t.Errorf("needed by %q", r.NeededBy)
			}
			heads[r.Heads] = true
		}
		pages++
		if cursor = p.NextCursor; cursor == "" {
			break
		}
	}
	if len(heads) != 7 || pages != 3 {
		t.Errorf("%d requests on %d pages", len(heads), pages)
	}
}

// The answer comes when the list shows the request, though the aggregator is a moment behind the brokers.
func TestPostedRequestIsVisible(t *testing.T) {
	m := start(t, 20*time.Second)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	stored := make(chan struct{})
	m.writer.after = func() {
		defer close(stored)
		time.Sleep(200 * time.Millisecond)
		m.messages(1)
	}
	a := m.Call("POST", path, key, good)
	var page httpd.Page[requestView]
	m.Call("GET", path, key, "").Into(t, &page)
	if a.Status != 201 || len(page.Items) != 1 {
		t.Errorf("status %d, %d requests in the list", a.Status, len(page.Items))
	}
	<-stored
	// Who asks for it does not wait; with the aggregator gone the answer would take 20 s.
	m.writer.after = nil
	begin := time.Now()
	if a := m.Call("POST", path, key, good, "Prefer", "respond-async"); a.Status != 201 || time.Since(begin) > 10*time.Second {
		t.Errorf("status %d after %s", a.Status, time.Since(begin))
	}
}
