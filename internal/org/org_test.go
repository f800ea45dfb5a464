package org_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestLifeOfAKey(t *testing.T) {
	s := testenv.Store(t)
	ctx := t.Context()
	o, key, err := org.CreateKey(ctx, s, "  Lakeside   University ", talent.RoleUniversity, "330100")
	if err != nil {
		t.Fatal(err)
	}
	if o.Name != "Lakeside University" || o.Region != "330100" || o.Role != talent.RoleUniversity {
		t.Errorf("%+v", o)
	}
	again, second, err := org.CreateKey(ctx, s, "Lakeside University", talent.RoleAnalyst, "")
	if err != nil || again != o || second == key {
		t.Errorf("second key: %+v %v", again, err)
	}
	list, err := org.ListKeys(ctx, s)
	if err != nil || len(list) != 2 || list[0].OrgName != "Lakeside University" {
		t.Fatalf("%+v %v", list, err)
	}
	for _, k := range list {
		if strings.Contains(key+second, k.Hash) || len(k.Hash) != 64 {
			t.Errorf("the store has more than the hash: %+v", k)
		}
	}

	principal := func(key string) (httpd.Principal, error) {
		r, err := http.NewRequestWithContext(ctx, "GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-API-Key", key)
		return httpd.NewAuth(s).Authenticate(r)
	}
	if p, err := principal(key); err != nil || p.Org != o.ID || p.Role != talent.RoleUniversity {
		t.Errorf("%+v %v", p, err)
	}
	if p, err := principal(second); err != nil || p.Role != talent.RoleAnalyst {
		t.Errorf("%+v %v", p, err)
	}
	for range 2 { // twice changes nothing; by the whole key
		if err := org.RevokeKey(ctx, s, key); err != nil {
			t.Error(err)
		}
	}
	if _, err := principal(key); err == nil || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("revoked key: %v", err)
	}
	if _, err := principal(second); err != nil {
		t.Error(err)
	}
	if err := org.RevokeKey(ctx, s, "0011"); !errors.Is(err, org.ErrNoKey) {
		t.Errorf("unknown key: %v", err)
	}
	for _, c := range []struct{ name, role, region string }{{" ", "admin", ""}, {"x", "boss", ""}, {"x", "admin", "999999"}} {
		if _, _, err := org.CreateKey(ctx, s, c.name, talent.Role(c.role), c.region); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}
