package httpd

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestAuth(t *testing.T) {
	k := someKeys()
	s, auth := api(t, k)
	for _, c := range []struct {
		path, key string
		status    int
		says      string
	}{
		{"enterprise", "", 401, "key_missing"},
		{"enterprise", "gw_e1_s2", 401, "key_wrong"},
		{"enterprise", "gw_nobody_s1", 401, "key_wrong"},
		{"enterprise", "gw_e1_", 401, "key_wrong"},
		{"enterprise", "e1_s1", 401, "key_wrong"},
		{"enterprise", "gw_x1_s3", 401, "key_revoked"},
		{"enterprise", "gw_x1_s1", 401, "key_wrong"}, // without the secret nothing is revealed
		{"enterprise", "gw_u1_s2", 403, "role_not_allowed"},
		{"enterprise", "gw_e1_s1", 200, `"o1"`},
		{"open", "", 200, `""`},
		{"open", "gw_u1_s2", 200, `"o2"`},
		{"open", "gw_u1_s1", 401, "key_wrong"},
		{"fails", "", 500, "internal"},
		{"nothing", "", 404, "no_such_path"},
	} {
		var headers []string
		if c.key != "" {
			headers = []string{"Authorization", "bearer " + c.key}
		}
		res, body := get(t, s.url+"/api/v1/"+c.path, headers...)
		if res.StatusCode != c.status || !strings.Contains(body, c.says) || strings.Contains(body, "password") {
			t.Errorf("%s with %q: %d %s", c.path, c.key, res.StatusCode, body)
		}
	}
	res, body := do(t, "POST", s.url+"/api/v1/open", nil)
	if res.StatusCode != 405 || res.Header.Get("Allow") != "GET" || !strings.Contains(body, "method_not_allowed") {
		t.Errorf("another method: %d %v %s", res.StatusCode, res.Header, body)
	}
	asked := k.asked
	for range 10 {
		get(t, s.url+"/api/v1/enterprise", "X-API-Key", "gw_e1_s1")
	}
	if k.asked != asked {
		t.Errorf("%d look-ups of a key just seen", k.asked-asked)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer gw_e1_s1")
	if p, err := auth.Authenticate(r); err != nil || p != (Principal{"o1", talent.RoleEnterprise, "e1"}) {
		t.Errorf("%+v, %v", p, err)
	}
}

// Made-up key ids must not fill the memory.
func TestKeyCacheIsBounded(t *testing.T) {
	a := NewAuth(someKeys())
	for i := range 3 * keyCount {
		_, _ = a.check(t.Context(), FormatKey("id"+string(rune('a'+i%26))+time.Duration(i).String(), "s"))
	}
	if n := a.seen.EstimatedSize(); n > keyCount+keyCount/100 {
		t.Errorf("%d look-ups kept", n)
	}
}
