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
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
)

const good = `{"skill":"机器学习","heads":5,"tier":"骨干","region":"杭州","industry":"i65","note":"两人可远程"}`

func TestLifeOfARequest(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	other := m.key("Harbour Bank", talent.RoleEnterprise)

	a := m.call("POST", path, key, good)
	if a.status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	var made RequestView
	a.into(t, &made)
	if a.header.Get("Location") != path+"/"+made.ID {
		t.Errorf("location %q of %s", a.header.Get("Location"), made.ID)
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

	var got RequestView
	m.call("GET", path+"/"+made.ID, key, "").into(t, &got)
	if d := cmp.Diff(made, got); d != "" {
		t.Errorf("read back (-posted +read):\n%s", d)
	}
	// Another organisation sees nothing of it, and changes nothing.
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		body := ""
		if method == "PUT" {
			body = good
		}
		if a := m.call(method, path+"/"+made.ID, other, body); a.status != http.StatusNotFound {
			t.Errorf("%s by another organisation: %d %s", method, a.status, a.body)
		}
	}
	var page httpd.Page[RequestView]
	a = m.call("GET", path, other, "")
	if a.into(t, &page); len(page.Items) != 0 || !strings.Contains(string(a.body), `"items":[]`) {
		t.Errorf("list of another organisation: %s", a.body)
	}

	if a := m.call("PUT", path+"/"+made.ID, key, `{"skill":"pytorch","heads":7}`); a.status != http.StatusOK {
		t.Fatalf("change: %d %s", a.status, a.body)
	}
	changed := m.messages(2)[1]
	if changed.ID != made.ID || changed.Skill != "pytorch" || changed.Heads != 7 || changed.Version <= sent.Version || !changed.CreatedAt.Equal(sent.CreatedAt) {
		t.Errorf("changed message %+v", changed)
	}
	if a := m.call("DELETE", path+"/"+made.ID, key, ""); a.status != http.StatusOK || !strings.Contains(string(a.body), `"withdrawn":true`) {
		t.Fatalf("withdraw: %d %s", a.status, a.body)
	}
	if gone := m.messages(3)[2]; !gone.Withdrawn || gone.Version <= changed.Version {
		t.Errorf("withdrawn message %+v", gone)
	}
	if a := m.call("DELETE", path+"/"+made.ID, key, ""); a.status != http.StatusOK { // a repeated call
		t.Errorf("withdraw again: %d %s", a.status, a.body)
	}
	if a := m.call("PUT", path+"/"+made.ID, key, good); a.status != http.StatusConflict {
		t.Errorf("change of a withdrawn one: %d %s", a.status, a.body)
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
		{"wrong secret", key[:len(key)-1] + "9", 401, "key_wrong"}, // 9 is no letter of the secrets
		{"cut off", key[:20], 401, "key_wrong"},
		{"revoked", revoked, 401, "key_revoked"},
		{"university", m.key("Lakeside University", talent.RoleUniversity), 403, "role_not_allowed"},
		{"analyst", m.key("Bureau", talent.RoleAnalyst), 403, "role_not_allowed"},
		{"enterprise", key, 201, ""},
		{"admin", m.key("Operator", talent.RoleAdmin), 201, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := m.call("POST", path, c.key, good)
			if a.status != c.status {
				t.Fatalf("status %d, want %d: %s", a.status, c.status, a.body)
			}
			if c.code == "" {
				return
			}
			if code, _ := a.problem(t); code != c.code {
				t.Errorf("problem %q, want %q", code, c.code)
			}
			if (a.header.Get("WWW-Authenticate") != "") != (c.status == 401) {
				t.Errorf("WWW-Authenticate = %q at %d", a.header.Get("WWW-Authenticate"), c.status)
			}
		})
	}
	if a := m.call("POST", path, "", good, "X-API-Key", key); a.status != 201 {
		t.Errorf("key in X-API-Key: %d", a.status)
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
			a := m.call("POST", path, key, c.body)
			if a.status != c.status {
				t.Fatalf("status %d, want %d: %s", a.status, c.status, a.body)
			}
			_, places := a.problem(t)
			slices.Sort(places)
			if d := cmp.Diff(c.places, places); d != "" {
				t.Errorf("places (-want +got):\n%s\n%s", d, a.body)
			}
		})
	}
	if a := m.call("POST", path, key, "skill=pytorch", "Content-Type", "application/x-www-form-urlencoded"); a.status != http.StatusUnsupportedMediaType {
		t.Errorf("a form: %d %s", a.status, a.body)
	}
	if a := m.call("POST", path, key, `{"note":"`+strings.Repeat("x", 70<<10)+`"}`); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %d %s", a.status, a.body)
	}
	if a := m.call("GET", path+"?limit=0&cursor=no", key, ""); a.status != 422 {
		t.Errorf("wrong paging: %d %s", a.status, a.body)
	}
	if a := m.call("GET", path+"?cursor=no", key, ""); a.status != 422 {
		t.Errorf("wrong cursor: %d %s", a.status, a.body)
	}
}

func TestIdempotency(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	first := m.call("POST", path, key, good, "Idempotency-Key", "k1")
	if first.status != 201 || first.header.Get("Idempotent-Replay") != "" {
		t.Fatalf("first: %d %v %s", first.status, first.header, first.body)
	}
	spaced := strings.Replace(good, ":", " : ", 1)
	again := m.call("POST", path, key, spaced, "Idempotency-Key", "k1")
	if again.status != 201 || again.header.Get("Idempotent-Replay") != "true" || string(again.body) != string(first.body) {
		t.Errorf("replay: %d %v\n%s\n%s", again.status, again.header, first.body, again.body)
	}
	a := m.call("POST", path, key, strings.Replace(good, "5", "6", 1), "Idempotency-Key", "k1")
	if code, _ := a.problem(t); a.status != 422 || code != "idempotency_key_reused" {
		t.Errorf("other body: %d %s", a.status, a.body)
	}
	// A key belongs to its organisation.
	if a := m.call("POST", path, m.key("Harbour Bank", talent.RoleEnterprise), good, "Idempotency-Key", "k1"); a.status != 201 || string(a.body) == string(first.body) {
		t.Errorf("another organisation's key: %d %s", a.status, a.body)
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
	answers := make([]answer, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			body := good
			if i%2 == 1 {
				body = strings.Replace(good, "5", "6", 1)
			}
			answers[i] = m.call("POST", path, key, body, "Idempotency-Key", "race")
		})
	}
	wg.Wait()
	bodies := make(map[string]int)
	refused := 0
	for _, a := range answers {
		switch a.status {
		case 201:
			bodies[string(a.body)]++
		case 422:
			refused++
		default:
			t.Errorf("status %d: %s", a.status, a.body)
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
	a := m.call("POST", path, key, good, "Idempotency-Key", "k1")
	if code, _ := a.problem(t); a.status != 503 || code != "queue_unavailable" || a.header.Get("Retry-After") == "" {
		t.Fatalf("broker down: %d %s", a.status, a.body)
	}
	m.writer.down = false
	if a := m.call("POST", path, key, good, "Idempotency-Key", "k1"); a.status != 201 {
		t.Fatalf("retry: %d %s", a.status, a.body)
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
		var p httpd.Page[RequestView]
		m.call("GET", path+"?limit=3&cursor="+cursor, key, "").into(t, &p)
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
	a := m.call("POST", path, key, good)
	var page httpd.Page[RequestView]
	m.call("GET", path, key, "").into(t, &page)
	if a.status != 201 || len(page.Items) != 1 {
		t.Errorf("status %d, %d requests in the list", a.status, len(page.Items))
	}
	<-stored
	// Who asks for it does not wait; with the aggregator gone the answer would take 20 s.
	m.writer.after = nil
	begin := time.Now()
	if a := m.call("POST", path, key, good, "Prefer", "respond-async"); a.status != 201 || time.Since(begin) > 10*time.Second {
		t.Errorf("status %d after %s", a.status, time.Since(begin))
	}
}
