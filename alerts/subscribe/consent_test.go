package subscribe

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// link makes the token of a mail to an address, as the sender of mails does.
func (d *desk) link(id string, confirms bool, created time.Time) (token string) {
	d.t.Helper()
	rows, err := d.store.Subscription(d.t.Context(), id)
	if err != nil || len(rows) != 1 {
		d.t.Fatalf("subscription %s: %v, %v", id, rows, err)
	}
	sub := rows[0]
	ledger, err := Read(d.t.Context(), d.cfg, d.channels, d.store, rows)
	if err != nil {
		d.t.Fatal(err)
	}
	token = NewToken()
	if err := d.store.PutMailLink(d.t.Context(), ledger.NewLink(sub, "delivery"+token, token, confirms, created)); err != nil {
		d.t.Fatal(err)
	}
	return token
}

// press posts a form as a browser does and returns the page.
func (d *desk) press(path, token, fields string) apitest.Answer {
	d.t.Helper()
	return d.Call("POST", path+"?t="+token, "", fields, "Content-Type", "application/x-www-form-urlencoded")
}

func (d *desk) create(key, address string) (SubscriptionView, apitest.Answer) {
	d.t.Helper()
	a := d.Call("POST", path, key, `{"email":"`+address+`","language":"en"}`)
	var made SubscriptionView
	if a.Status == http.StatusCreated {
		a.Into(d.t, &made)
	}
	return made, a
}

func (d *desk) refused(key, address, code string) {
	d.t.Helper()
	_, a := d.create(key, address)
	if got, _ := a.Problem(d.t); a.Status != http.StatusConflict || got != code {
		d.t.Errorf("subscribing %s: %d %s, want %s", address, a.Status, a.Body, code)
	}
}

func (d *desk) state(key, id, want string) {
	d.t.Helper()
	var page httpd.Page[SubscriptionView]
	d.Call("GET", path, key, "").Into(d.t, &page)
	for _, v := range page.Items {
		if v.ID == id {
			if got := strings.TrimSpace(v.State + " " + v.Reason); got != want {
				d.t.Errorf("subscription is %q, want %q", got, want)
			}
			return
		}
	}
	d.t.Errorf("subscription %s is not listed", id)
}

// Nothing but the reader's own press of a button makes a subscription active, and one press ends it.
func TestTheReaderDecides(t *testing.T) {
	d := start(t)
	key, other := d.key("Lakeside <b>University</b>", talent.RoleUniversity), d.key("Hill College", talent.RoleUniversity)
	made, a := d.create(key, "Planner@lakeside.example")
	if a.Status != http.StatusCreated || made.State != "pending" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	token := d.link(made.ID, true, time.Now())
	for range 2 { // a scanner opens it, and asks the other page as well
		a := d.Call("GET", ConfirmPath+"?t="+token, "", "")
		if body := string(a.Body); a.Status != 200 || !strings.Contains(body, "Lakeside &lt;b&gt;") || !strings.Contains(body, `value="confirm"`) || strings.Contains(body, "<b>University") {
			t.Errorf("%d %s", a.Status, body)
		}
		if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("headers %v", a.Header)
		}
		if a := d.Call("GET", LeavePath+"?t="+token+"&do=never&List-Unsubscribe=One-Click", "", ""); a.Status != 200 {
			t.Errorf("%d", a.Status)
		}
	}
	d.state(key, made.ID, "pending "+ReasonNotAsked)
	if a := d.press(ConfirmPath, "NOTOKEN", "do=confirm"); a.Status != 404 {
		t.Errorf("a made-up token: %d", a.Status)
	}
	if a := d.press(LeavePath, token, "do=return"); a.Status != 200 { // takes back nothing, so it does nothing
		t.Errorf("%d", a.Status)
	}
	d.state(key, made.ID, "pending "+ReasonNotAsked)
	if a := d.press(ConfirmPath, token, "do=confirm"); a.Status != 200 || !strings.Contains(string(a.Body), "Confirmed") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	d.state(key, made.ID, "active")
	if again, _ := d.create(key, "planner@LAKESIDE.example"); again.State != "active" {
		t.Errorf("a second subscription of an address that has agreed: %+v", again)
	}
	if theirs, _ := d.create(other, "planner@lakeside.example"); theirs.State != "pending" {
		t.Errorf("consent to one organisation is none to another: %+v", theirs)
	}

	warning := d.link(made.ID, false, time.Now().Add(-100*24*time.Hour)) // works long after
	if a := d.press(LeavePath, warning, "List-Unsubscribe=One-Click"); a.Status != 200 {
		t.Errorf("one click: %d %s", a.Status, a.Body)
	}
	d.state(key, made.ID, "ended "+ReasonLeft)
	d.refused(key, "planner@lakeside.example", "address_unsubscribed")
	if a := d.Call("POST", path+"/"+made.ID+"/resume", key, ""); a.Status != http.StatusConflict {
		t.Errorf("resumed against the reader's will: %d %s", a.Status, a.Body)
	}
	d.press(LeavePath, warning, "do=return")
	d.state(key, made.ID, "active")
	d.press(LeavePath, warning, "do=never")
	d.refused(key, "planner@lakeside.example", "address_refuses_all_mail")
	d.refused(other, "planner+again@lakeside.example", "address_refuses_all_mail")
	if a := d.Call("GET", LeavePath+"?t="+warning+"&lang=zh", "", ""); !strings.Contains(string(a.Body), "不会再给您写信") {
		t.Errorf("%s", a.Body)
	}
	d.press(LeavePath, warning, "do=return")
	d.state(key, made.ID, "active")
}

// What is asked too late or too often is refused.
func TestConfirmationsEnd(t *testing.T) {
	d := start(t)
	key := d.key("Lakeside University", talent.RoleUniversity)
	made, _ := d.create(key, "one@lakeside.example")
	old := d.link(made.ID, true, time.Now().Add(-d.cfg.ConfirmWithin-time.Minute))
	for _, method := range []string{"GET", "POST"} {
		a := d.Call(method, ConfirmPath+"?t="+old, "", map[string]string{"GET": "", "POST": "do=confirm"}[method], "Content-Type", "application/x-www-form-urlencoded")
		if a.Status != http.StatusGone {
			t.Errorf("%s of an expired link: %d", method, a.Status)
		}
	}
	d.state(key, made.ID, "pending "+ReasonNotAsked)
	for i := range d.cfg.Unconfirmed - 1 {
		if _, a := d.create(key, fmt.Sprintf("stranger%d@elsewhere.example", i)); a.Status != http.StatusCreated {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	d.refused(key, "onemore@elsewhere.example", "too_many_unconfirmed")
	if _, a := d.create(key, "one@lakeside.example"); a.Status != http.StatusCreated { // asks nobody new
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// A webhook that the guard would refuse at every call is refused at once.
func TestRefusedWebhook(t *testing.T) {
	d := start(t)
	a := d.Call("POST", path, d.key("Lakeside University", talent.RoleUniversity), `{"webhook_url":"http://10.0.0.1/hook"}`)
	if code, places := a.Problem(t); a.Status != 422 || code != "invalid" || cmp.Diff([]string{"body.webhook_url"}, places) != "" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if subs, err := d.store.Subscriptions(t.Context()); err != nil || len(subs) != 0 {
		t.Errorf("stored %v, %v", subs, err)
	}
}

// A subscription ends with the key that made it; another key of the organisation takes it over. One without a key of
// its own lives as long as the organisation has any.
func TestEndsWithItsKey(t *testing.T) {
	d := start(t)
	first, second := d.key("Lakeside University", talent.RoleUniversity), d.key("Lakeside University", talent.RoleUniversity)
	a := d.Call("POST", path, first, `{"webhook_url":"https://lakeside.example/hook"}`)
	var made SubscriptionView
	a.Into(t, &made)
	before := talent.Subscription{ID: "old", Org: org.ID("Lakeside University"), Channel: "webhook", Address: "https://lakeside.example/old", Active: true}
	if err := d.store.PutSubscription(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if err := org.RevokeKey(t.Context(), d.store, first); err != nil {
		t.Fatal(err)
	}
	d.state(second, made.ID, "ended "+ReasonKeyRevoked)
	d.state(second, "old", "active")
	if a := d.Call("POST", path+"/"+made.ID+"/resume", second, ""); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	d.state(second, made.ID, "active")
	if err := org.RevokeKey(t.Context(), d.store, second); err != nil {
		t.Fatal(err)
	}
	ledger, err := Read(t.Context(), d.cfg, d.channels, d.store, []talent.Subscription{before})
	if err != nil {
		t.Fatal(err)
	}
	if s := ledger.Standing(before, time.Now()); s.State != Ended || s.Reason != ReasonNoKey {
		t.Errorf("an old subscription of an organisation without a key: %+v", s)
	}
}

// A receiver is paused when it has failed for long and often, tried once a day, and resumed by its owner, but not
// against the operator.
func TestPause(t *testing.T) {
	d := start(t)
	key := d.key("Lakeside University", talent.RoleUniversity)
	var made SubscriptionView
	d.Call("POST", path, key, `{"webhook_url":"https://lakeside.example/hook"}`).Into(t, &made)
	rows, err := d.store.Subscription(t.Context(), made.ID)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	sub := rows[0]
	standing := func(now time.Time) Standing {
		t.Helper()
		ledger, err := Read(t.Context(), d.cfg, d.channels, d.store, []talent.Subscription{sub})
		if err != nil {
			t.Fatal(err)
		}
		return ledger.Standing(sub, now)
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	for _, c := range []struct {
		failures    int
		since, last time.Duration
		want        Standing
	}{
		{d.cfg.PauseFailures - 1, 48 * time.Hour, time.Hour, Standing{State: Active}},
		{d.cfg.PauseFailures, 23 * time.Hour, time.Hour, Standing{State: Active}},
		{d.cfg.PauseFailures, 25 * time.Hour, time.Hour, Standing{State: Paused, Reason: ReasonFailing, Detail: "timeout", Since: now.Add(-25 * time.Hour)}},
		{d.cfg.PauseFailures, 80 * time.Hour, 25 * time.Hour, Standing{State: Paused, Reason: ReasonFailing, Detail: "timeout", Since: now.Add(-80 * time.Hour), Probe: true}},
		{0, 80 * time.Hour, time.Hour, Standing{State: Active}},
	} {
		// written in the past of each other: the latest row counts by its time
		sub.ID = fmt.Sprintf("%s-%d-%s", made.ID, c.failures, c.since)
		if err := d.store.PutChannelHealth(t.Context(), talent.ChannelHealth{Subscription: sub.ID, Channel: "webhook", Failures: c.failures, FailingSince: now.Add(-c.since), Reason: "timeout", At: now.Add(-c.last)}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, standing(now), cmpopts.EquateApproxTime(time.Second)); diff != "" {
			t.Errorf("%d failures since %s (-want +got):\n%s", c.failures, c.since, diff)
		}
	}
	if err := d.store.PutChannelHealth(t.Context(), talent.ChannelHealth{Subscription: made.ID, Channel: "webhook", Failures: 9, FailingSince: now.Add(-48 * time.Hour), Reason: "http_5xx", At: now.Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	d.state(key, made.ID, "paused "+ReasonFailing)
	if a := d.Call("POST", path+"/"+made.ID+"/resume", key, ""); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	d.state(key, made.ID, "active")
	if err := d.store.PutSubscriptionMarks(t.Context(), talent.SubscriptionMark{Subscription: made.ID, Kind: talent.MarkOperator, Value: talent.MarkStopped, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	a := d.Call("POST", path+"/"+made.ID+"/resume", key, "")
	if code, _ := a.Problem(t); code != "stopped_by_operator" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	d.state(key, made.ID, "paused "+ReasonStopped)
}
