package request

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func post(t *testing.T, m *market, key string, heads int, headers ...string) requestView {
	t.Helper()
	a := m.Call("POST", path, key, fmt.Sprintf(`{"skill":"pytorch","heads":%d}`, heads), headers...)
	if a.Status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	var v requestView
	a.Into(t, &v)
	return v
}

// A forged size is stored, held, and counts nothing; its owner is told why and what happens next.
func TestForgedRequestIsHeld(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	v := post(t, m, key, 9999, "Idempotency-Key", "k")
	if v.State != "held" || v.Why != "unknown_organisation" || !strings.Contains(v.Next, "operator") {
		t.Errorf("answered %+v", v)
	}
	if again := post(t, m, key, 9999, "Idempotency-Key", "k"); !cmp.Equal(again, v) {
		t.Errorf("repeated: %+v", again)
	}
	sent := m.messages(1)[0]
	if sent.State != talent.RequestHeld || sent.Counts() {
		t.Errorf("message %+v", sent)
	}
	var got requestView
	m.Call("GET", path+"/"+v.ID, key, "").Into(t, &got)
	if !cmp.Equal(got, v) {
		t.Errorf("read back %+v", got)
	}
	months, err := m.store.RequestedByMonth(t.Context(), org.ID("Nebula Robotics"))
	if err != nil || len(months) != 0 {
		t.Errorf("heads by month %v %v", months, err)
	}
}

// In pieces, by changes and by tables the same heads are held from the same size on.
func TestPiecesAreHeld(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	counted := 0
	for range 100 {
		if v := post(t, m, key, 9); v.State == "counted" {
			counted += v.Heads
		}
	}
	if counted != 99 {
		t.Errorf("%d heads of 100 requests of 9 count, want 99", counted)
	}
	other := m.key("Harbour Bank", talent.RoleEnterprise)
	v := post(t, m, other, 1)
	sent := 100
	change := func(heads int) (out requestView) {
		sent++
		m.messages(sent)
		m.Call("PUT", path+"/"+v.ID, other, fmt.Sprintf(`{"skill":"pytorch","heads":%d}`, heads)).Into(t, &out)
		return out
	}
	if got := change(9999); got.State != "held" {
		t.Errorf("raised to 9999: %+v", got)
	}
	if got := change(30); got.State != "counted" {
		t.Errorf("lowered to 30: %+v", got)
	}
	third := m.key("Delta Motors", talent.RoleEnterprise)
	a := m.Call("POST", path+"/csv", third, "skill,heads\n"+strings.Repeat("pytorch,30\n", 20), "Content-Type", "text/csv")
	var up intake.Upload
	a.Into(t, &up)
	if up.Accepted != 20 || up.Held != 17 {
		t.Errorf("upload: %+v", up)
	}
}

// Who withdraws makes room again, and who was large before may be so again.
func TestRoom(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	first := post(t, m, key, 90)
	if v := post(t, m, key, 90); v.State != "held" {
		t.Errorf("180 heads: %+v", v)
	}
	m.messages(2)
	if a := m.Call("DELETE", path+"/"+first.ID, key, ""); a.Status != http.StatusOK {
		t.Fatal(a.Status)
	}
	if v := post(t, m, key, 90); v.State != "counted" {
		t.Errorf("after withdrawing: %+v", v)
	}
	old := talent.Request{ID: talent.NewID("old"), Org: org.ID("Harbour Bank"), Skill: "pytorch", Heads: 95, CreatedAt: time.Now().AddDate(0, -2, 0), Version: 1}
	if err := m.store.PutRequests(t.Context(), "", []talent.Request{old}); err != nil {
		t.Fatal(err)
	}
	bank := m.key("Harbour Bank", talent.RoleEnterprise)
	if v := post(t, m, bank, 280); v.State != "counted" {
		t.Errorf("three times the largest month: %+v", v)
	}
	if v := post(t, m, bank, 10); v.State != "held" || v.Why != "sudden_size" {
		t.Errorf("more than three times: %+v", v)
	}
}

// The operator decides once; who and when stand in the row, and the owner sees it.
func TestOperatorDecides(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	v := post(t, m, key, 500)
	m.messages(1)
	held, err := m.store.HeldRequests(t.Context())
	if err != nil || len(held) != 1 || held[0].ID != v.ID {
		t.Fatalf("held: %v %v", held, err)
	}
	decide := func(state talent.RequestState, by string) (talent.Request, bool, error) {
		return Decide(t.Context(), m.store, m.writer, v.ID, state, by, time.Now())
	}
	r, changed, err := decide(talent.RequestCounted, "lin")
	if err != nil || !changed || !r.Counts() {
		t.Fatalf("release: %+v %v %v", r, changed, err)
	}
	m.messages(2)
	if again, changed, err := decide(talent.RequestCounted, "wu"); err != nil || changed || again.DecidedBy != "lin" || again.DecidedAt.IsZero() {
		t.Errorf("released twice: %+v %v %v", again, changed, err)
	}
	var got requestView
	m.Call("GET", path+"/"+v.ID, key, "").Into(t, &got)
	if got.State != "counted" || got.Next != "" {
		t.Errorf("owner sees %+v", got)
	}
	// What was released at 500 may become less, and not more by itself.
	m.Call("PUT", path+"/"+v.ID, key, `{"skill":"pytorch","heads":400}`).Into(t, &got)
	if got.State != "counted" {
		t.Errorf("lowered: %+v", got)
	}
	m.messages(3)
	m.Call("PUT", path+"/"+v.ID, key, `{"skill":"pytorch","heads":600}`).Into(t, &got)
	if got.State != "held" {
		t.Errorf("raised: %+v", got)
	}
	m.messages(4)
	if _, changed, err := decide(talent.RequestRefused, "lin"); err != nil || !changed {
		t.Errorf("refuse: %v %v", changed, err)
	}
	m.messages(5)
	if a := m.Call("PUT", path+"/"+v.ID, key, `{"skill":"pytorch","heads":5}`); a.Status != http.StatusConflict {
		t.Errorf("changing a refused one: %d %s", a.Status, a.Body)
	}
	m.Call("GET", path+"/"+v.ID, key, "").Into(t, &got)
	if got.State != "refused" || got.Next == "" {
		t.Errorf("owner sees %+v", got)
	}
	if _, _, err := Decide(context.Background(), m.store, m.writer, "nothing", talent.RequestCounted, "lin", time.Now()); err == nil {
		t.Error("released what does not exist")
	}
}
