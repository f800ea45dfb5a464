package alerts_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/alerts"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/testenv/mailtest"
)

// newOffice is a world without facts: its events are put there by fire.
func newOffice(t *testing.T) (*world, *mailtest.Server) {
	t.Helper()
	w := &world{store: testenv.Store(t), kafka: testenv.Kafka(t), cfg: alerts.DefaultConfig(), registry: prometheus.NewRegistry(), asOf: time.Now().UTC()}
	box := &mailtest.Server{}
	w.mail(t, box)
	w.cfg.Judge.Settle, w.cfg.Notify.Interval = 0, 50*time.Millisecond
	return w, box
}

// fire stores events of the present that reach every subscription, each of a skill of its own.
func (w *world) fire(t *testing.T, skills ...string) {
	t.Helper()
	var events []talent.AlertEvent
	for _, skill := range skills {
		period := talent.Week.LastComplete(w.asOf)
		events = append(events, talent.AlertEvent{ID: "event-" + skill, AlertID: "alert-" + skill, Kind: talent.EventFired, At: time.Now(), Grain: talent.Week, Skill: skill,
			Severity: talent.Orange, Opened: period, Evidence: talent.Evidence{Period: period, Window: 4, Observed: 40, Expected: 10}})
	}
	if err := w.store.PutAlertEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

// reasons counts what was recorded of an alert by channel, status and reason.
func (w *world) reasons(t *testing.T, alert string) map[string]int {
	t.Helper()
	list, err := w.store.NotificationsOfAlert(t.Context(), alert)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, n := range list {
		out[n.Channel+" "+n.Status+" "+n.Reason]++
	}
	return out
}

func (w *world) want(t *testing.T, alert, what string, n int) {
	t.Helper()
	if got := w.reasons(t, alert); got[what] != n {
		t.Errorf("%d × %q, want %d, among %v", got[what], what, n, got)
	}
}

func notifyOnce(t *testing.T, a *alerts.Alerts) int {
	t.Helper()
	n, err := a.NotifyOnce(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Forty subscriptions to one address that never agreed send it one mail, which asks; once it has agreed, its own
// limit holds.
func TestOneMailAsksThenTheLimitHolds(t *testing.T) {
	w, box := newOffice(t)
	w.cfg.Subscribe.MailsToAddress = 10
	w.subscribe(t, talent.Subscription{ID: "other", Org: "uni", Channel: "webhook", Address: "http://127.0.0.1:1/", MinSeverity: talent.Red}) // gives uni its key
	if err := w.store.PutOrganisation(t.Context(), talent.Organisation{ID: "uni", Name: "Buy at http://evil.example\r\nBcc: x@y.example"}); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		w.subscribeOnly(t, talent.Subscription{ID: fmt.Sprintf("s%02d", i), Org: "uni", Language: "en", Channel: "email", Address: "victim@elsewhere.example"})
	}
	w.fire(t, "rag")
	for range 3 {
		notifyOnce(t, w.start(t))
	}
	mails := box.Mails()
	if len(mails) != 1 || !strings.Contains(mails[0], "/mail/confirm?t=3D") && !strings.Contains(mails[0], "/mail/confirm?t=") {
		t.Fatalf("%d mails to an address that has not agreed, want the one that asks", len(mails))
	}
	if strings.Contains(mails[0], "evil.example") || strings.Contains(mails[0], "\r\nBcc:") || !strings.Contains(mails[0], "List-Unsubscribe-Post: List-Unsubscribe=One-Click") {
		t.Errorf("the mail that asks:\n%s", mails[0])
	}
	w.want(t, "alert-rag", "email waiting confirmation_not_sent_yet", 40)

	w.consent(t, talent.AddressHash("victim@elsewhere.example"), "uni", talent.ConsentConfirmed)
	for range 3 {
		notifyOnce(t, w.start(t))
	}
	if mails = box.Mails(); len(mails) != 11 {
		t.Errorf("%d mails, want the one that asked and 10 of the limit", len(mails))
	}
	last := 0
	for _, m := range mails {
		if strings.Contains(strings.ReplaceAll(m, "=\r\n", ""), "the last warning to this address for today") {
			last++
		}
	}
	if last != 1 {
		t.Errorf("%d mails say that they are the last of today", last)
	}
	w.want(t, "alert-rag", "email sent delivered", 10)
	w.want(t, "alert-rag", "email suppressed daily_limit_of_address", 30)
}

// However many organisations ask, a mailbox gets three mails that ask a day; the others wait with a named reason. A
// process that died while asking asks again under the same id.
func TestAskingIsLimited(t *testing.T) {
	w, box := newOffice(t)
	for i := range 5 {
		org := fmt.Sprint("org", i)
		w.subscribe(t, talent.Subscription{ID: org + "-key", Org: org, Channel: "webhook", Address: "http://127.0.0.1:1/"})
		w.subscribeOnly(t, talent.Subscription{ID: org, Org: org, Language: "zh", Channel: "email", Address: fmt.Sprintf("victim+%d@elsewhere.example", i)})
	}
	for range 3 {
		notifyOnce(t, w.start(t))
	}
	if n := len(box.Mails()); n != 3 {
		t.Errorf("%d mails that ask reached one mailbox, want 3", n)
	}
	w.want(t, "", "email sent delivered", 3)
	w.want(t, "", "email waiting confirmation_limit_reached", 2)

	// Interrupted while it asked: asked again, under the same id.
	list, err := w.store.NotificationsOfAlert(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		if n.Status == talent.NotificationSent {
			n.Status, n.At = talent.NotificationSending, time.Now()
			if err := w.store.PutNotifications(t.Context(), []talent.Notification{n}); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	notifyOnce(t, w.start(t))
	id := regexp.MustCompile(`(?m)^Message-ID: (\S+)`)
	seen := map[string]int{}
	for _, m := range box.Mails() {
		if found := id.FindStringSubmatch(m); found != nil {
			seen[found[1]]++
		}
	}
	if len(seen) != 3 || len(box.Mails()) != 4 {
		t.Errorf("%d mails of the ids %v", len(box.Mails()), seen)
	}
}

// Nothing is sent once the key is revoked, the reader has left, or the operator has stopped it, not even what waits in
// a queue; each is recorded with its reason.
func TestEndsAtOnce(t *testing.T) {
	w, box := newOffice(t)
	var calls atomic.Int64
	revoke := func() {}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if calls.Add(1) == 1 {
			revoke()
		}
	}))
	defer server.Close()
	w.cfg.Notify.PerReceiver = 1 // the second message waits in the queue while the first is sent
	w.subscribe(t, talent.Subscription{ID: "left", Org: "uni", Channel: "email", Address: "left@uni.example"}, talent.Subscription{ID: "stopped", Org: "uni", Channel: "email", Address: "stopped@uni.example"},
		talent.Subscription{ID: "hook", Org: "leaky", Channel: "webhook", Address: server.URL})
	w.consent(t, talent.AddressHash("left@uni.example"), "uni", talent.ConsentLeft)
	for _, m := range []talent.SubscriptionMark{{Subscription: "stopped", Kind: talent.MarkOperator, Value: talent.MarkStopped}, {Subscription: "hook", Kind: talent.MarkKey, Value: "key-leaky"}} {
		m.At = time.Now()
		if err := w.store.PutSubscriptionMarks(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	revoke = func() {
		if err := w.store.PutAPIKey(context.WithoutCancel(t.Context()), talent.APIKey{ID: "key-leaky", Org: "leaky", Revoked: true}); err != nil {
			t.Error(err)
		}
	}
	w.fire(t, "rag", "sql")
	for range 2 {
		notifyOnce(t, w.start(t))
	}
	if calls.Load() != 1 || len(box.Mails()) != 0 {
		t.Errorf("%d calls, want the one before the key was revoked; %d mails", calls.Load(), len(box.Mails()))
	}
	sent, ended := 0, 0
	for _, alert := range []string{"alert-rag", "alert-sql"} {
		got := w.reasons(t, alert)
		sent, ended = sent+got["webhook sent delivered"], ended+got["webhook suppressed key_revoked"]
		w.want(t, alert, "email suppressed reader_unsubscribed", 1)
		w.want(t, alert, "email waiting stopped_by_operator", 1)
	}
	if sent != 1 || ended != 1 {
		t.Errorf("%d sent, %d recorded as ended with their key", sent, ended)
	}
}

// A receiver that names a time is left alone until then, with everything that waits for it.
func TestRetryAfter(t *testing.T) {
	w, _ := newOffice(t)
	w.cfg.Notify.Backoff = time.Millisecond
	var calls atomic.Int64
	busy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		rw.Header().Set("Retry-After", "600")
		rw.WriteHeader(http.StatusTooManyRequests)
	}))
	defer busy.Close()
	w.cfg.Notify.PerReceiver = 1
	w.subscribe(t, talent.Subscription{ID: "hook", Org: "uni", Channel: "webhook", Address: busy.URL})
	w.fire(t, "rag", "sql", "cuda")
	a := w.start(t)
	notifyOnce(t, a)
	notifyOnce(t, a)
	if calls.Load() != 1 {
		t.Errorf("%d calls of a receiver that asked for ten minutes", calls.Load())
	}
	found := 0
	for _, alert := range []string{"alert-rag", "alert-sql", "alert-cuda"} {
		list, err := w.store.NotificationsOfAlert(t.Context(), alert)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			found++
			if wait := n.NextAttempt.Sub(n.At); n.Status != talent.NotificationRetry || wait != 10*time.Minute {
				t.Errorf("%+v waits %s", n, wait)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d rows", found)
	}
}

// A receiver that fails for long is paused, its organisation is told once, and its warnings wait until it is resumed.
func TestPausedReceiver(t *testing.T) {
	w, box := newOffice(t)
	w.cfg.Notify.Backoff, w.cfg.Subscribe.PauseAfter, w.cfg.Subscribe.PauseFailures = time.Millisecond, time.Millisecond, 3
	var broken atomic.Bool
	broken.Store(true)
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		if broken.Load() {
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	w.subscribe(t, talent.Subscription{ID: "hook", Org: "uni", Channel: "webhook", Address: server.URL + "/secret", MinSeverity: talent.Blue},
		talent.Subscription{ID: "mail", Org: "uni", Language: "en", Channel: "email", Address: "owner@uni.example", MinSeverity: talent.Red},
		talent.Subscription{ID: "stranger", Org: "else", Language: "en", Channel: "email", Address: "other@else.example", MinSeverity: talent.Red})
	w.fire(t, "rag", "sql")
	a := w.start(t)
	for range 6 {
		notifyOnce(t, a)
		time.Sleep(2 * time.Millisecond) // the doubled backoff passes; nothing is measured
	}
	before := calls.Load()
	if before < 3 || before > 6 {
		t.Errorf("%d calls before the pause", before)
	}
	for range 3 {
		notifyOnce(t, w.start(t))
	}
	if calls.Load() != before {
		t.Errorf("%d calls of a paused receiver", calls.Load()-before)
	}
	mails := box.Mails()
	if len(mails) != 1 || !strings.Contains(mails[0], "owner@uni.example") || !strings.Contains(mails[0], "http_5xx") || strings.Contains(mails[0], "/secret") {
		t.Fatalf("%d mails about the pause: %v", len(mails), mails)
	}
	broken.Store(false)
	if err := w.store.PutSubscriptionMarks(t.Context(), talent.SubscriptionMark{Subscription: "hook", Kind: talent.MarkOwner, Value: talent.MarkResumed, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	notifyOnce(t, w.start(t))
	for _, alert := range []string{"alert-rag", "alert-sql"} {
		w.want(t, alert, "webhook sent delivered", 1)
	}
	if len(box.Mails()) != 1 {
		t.Errorf("%d mails after it was resumed", len(box.Mails()))
	}
}
