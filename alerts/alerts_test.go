package alerts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/alerts/explain"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv/mailtest"
)

// TestMainJob goes the whole way: facts, bands, alert, Kafka, mail, webhook, explanation.
func TestMainJob(t *testing.T) {
	w := newWorld(t)
	box := &mailtest.Server{}
	box.Refuse(func(attempt int) error {
		if attempt == 1 {
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "come back later"}
		}
		return nil
	})
	hook := &receiver{secret: "s3cret", status: []int{503, 200}}
	server := httptest.NewServer(hook)
	defer server.Close()
	w.mail(t, box)
	w.cfg.Notify.Backoff = time.Minute
	w.subscribe(t,
		talent.Subscription{ID: "zh", Org: "uni", Language: "zh", Skills: []string{"pytorch"}, Regions: []string{"440000"}, Channel: "email", Address: "planner@uni.example"},
		talent.Subscription{ID: "hook", Org: "uni", Language: "en", Channel: "webhook", Address: server.URL + "/in", Secret: hook.secret},
		talent.Subscription{ID: "other", Org: "uni", Language: "en", Skills: []string{"sql"}, Channel: "email", Address: "other@uni.example"},
	)
	if err := w.store.PutProgrammes(t.Context(), "", []talent.Programme{{ID: "p", Org: "uni", School: "U", Region: "440000", Name: "智能科学", CohortSize: 30, GraduationMonth: 7, FirstYear: 2030, Version: 1,
		Courses: []talent.Course{{ID: "c", Title: "深度学习实践", Hours: 48, Required: true, Skills: []string{"pytorch"}}}}}, "t"); err != nil {
		t.Fatal(err)
	}

	a := w.start(t)
	first, err := a.RunOnce(t.Context(), w.asOf)
	if err != nil {
		t.Fatal(err)
	}
	byCell := map[string]talent.AlertEvent{}
	for _, e := range first.Events {
		if e.Skill != "pytorch" || e.Kind != talent.EventFired {
			t.Errorf("%s of %s in %q: only the planted shortage may fire", e.Kind, e.Skill, e.Region)
		}
		byCell[e.Region] = e
	}
	national, ok := byCell[""]
	if !ok {
		t.Fatalf("no alert of the whole market among %d series", first.Series)
	}
	w.counted(t, "gapwatch_alerts_events_total", float64(len(first.Events)))
	w.counted(t, "gapwatch_alerts_evaluations_total", float64(first.Series))
	w.counted(t, "gapwatch_alerts_firing", float64(len(first.Events)))

	// A second run, and one of a new process, change nothing.
	before := w.dump(t)
	if again, err := a.RunOnce(t.Context(), w.asOf); err != nil || len(again.Events) != 0 {
		t.Errorf("second run: %d events, %v", len(again.Events), err)
	}
	if again, err := w.start(t).RunOnce(t.Context(), w.asOf); err != nil || len(again.Events) != 0 {
		t.Errorf("run of a new process: %d events, %v", len(again.Events), err)
	}
	if d := cmp.Diff(before, w.dump(t)); d != "" {
		t.Errorf("running again changed the stored alerts:\n%s", d)
	}

	// A year of bands is there for the picture, and is drawn anew where facts changed.
	bands, err := w.store.Bands(t.Context(), national.SeriesKey())
	if err != nil || len(bands) != w.cfg.Judge.Backfill {
		t.Fatalf("%d bands, %v", len(bands), err)
	}
	for _, b := range bands {
		if b.Window != 4 || !b.Judged() || b.Upper <= b.Lower {
			t.Errorf("band %+v", b)
		}
	}

	// Each event is on alerts.v1 once.
	published := consume(t, w.kafka, len(first.Events))
	for _, e := range first.Events {
		if published[e.ID] != 1 {
			t.Errorf("event %s was published %d times", e.ID, published[e.ID])
		}
	}

	// First attempts fail, are not repeated at once, and succeed later under the same ids.
	now := time.Now()
	if _, err := a.NotifyOnce(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if n, err := a.NotifyOnce(t.Context(), now); err != nil || n != 0 {
		t.Errorf("%d attempts during the backoff, %v", n, err)
	}
	if _, err := w.start(t).NotifyOnce(t.Context(), now.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if n, err := w.start(t).NotifyOnce(t.Context(), now.Add(3*time.Minute)); err != nil || n != 0 {
		t.Errorf("%d attempts after all was delivered, %v", n, err)
	}
	mails := box.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails, want one: the whole market's, which covers the region's", len(mails))
	}
	hook.check(t, national)

	reasons := map[string]int{}
	for _, e := range first.Events {
		list, err := w.store.NotificationsOfAlert(t.Context(), e.AlertID)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			reasons[n.Channel+" "+n.Status+" "+n.Reason]++
		}
	}
	for _, want := range []string{"email retry smtp_4xx", "email sent delivered", "webhook retry http_5xx", "webhook sent delivered"} {
		if reasons[want] != 1 {
			t.Errorf("%d × %q among %v", reasons[want], want, reasons)
		}
	}

	// The explanation comes out the same, until a fact changes.
	x, err := explain.Alert(t.Context(), w.cfg.Judge, w.store, national.AlertID[:10])
	if err != nil {
		t.Fatal(err)
	}
	var text, js bytes.Buffer
	if err := errors.Join(x.WriteText(&text, "en"), x.WriteJSON(&js)); err != nil {
		t.Fatal(err)
	}
	if x.Err() != nil || len(x.Postings) == 0 || !strings.Contains(text.String(), "every number comes out") || !json.Valid(js.Bytes()) {
		t.Errorf("explanation: %v\n%s", x.Err(), text.String())
	}
	t.Logf("\n%s", text.String())
	w.put(t, talent.PostingFact{ID: "late", Source: "board", Key: "late", VacancyID: "late", Openings: 3, Skills: []string{"pytorch"}, Grain: talent.Week,
		Date: national.Evidence.Period, DateBasis: talent.DateStated, FirstSeen: w.asOf, Fetched: w.asOf, ExperienceYears: -1})
	if x, err = explain.Alert(t.Context(), w.cfg.Judge, w.store, national.AlertID); err != nil || !errors.Is(x.Err(), explain.ErrDiffers) || x.Steps[0].Changed == 0 {
		t.Errorf("after a late posting: %v, %v, %d periods changed", x.Err(), err, x.Steps[0].Changed)
	}
}

// A run that dies between its steps is completed by the next one, with the ids it would have had.
func TestInterruptedRun(t *testing.T) {
	w := newWorld(t)
	whole, err := w.start(t).RunOnce(t.Context(), w.asOf)
	if err != nil {
		t.Fatal(err)
	}
	want := w.dump(t)
	consume(t, w.kafka, len(whole.Events))

	broken := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := broken.start(t).RunOnce(ctx, broken.asOf); err == nil {
		t.Fatal("a run without a store succeeded")
	}
	if err := broken.store.PutAlertEvents(t.Context(), whole.Events[:1]); err != nil { // died after an event, before its alert
		t.Fatal(err)
	}
	if _, err := broken.start(t).RunOnce(t.Context(), broken.asOf); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, broken.dump(t)); d != "" {
		t.Errorf("after an interrupted run (-uninterrupted +completed):\n%s", d)
	}
	for id, n := range consume(t, broken.kafka, len(whole.Events)) {
		if n != 1 {
			t.Errorf("event %s was published %d times", id, n)
		}
	}
}

// A process that died while sending sends again under the same delivery id; refused for good is refused once.
func TestInterruptedAndRefused(t *testing.T) {
	w := newWorld(t)
	box := &mailtest.Server{}
	w.mail(t, box)
	w.cfg.Sample = true
	w.subscribe(t, talent.Subscription{ID: "en", Org: "uni", Language: "en", Skills: []string{"pytorch"}, Channel: "email", Address: "planner@uni.example"})
	a := w.start(t)
	sum, err := a.RunOnce(t.Context(), w.asOf)
	if err != nil {
		t.Fatal(err)
	}
	var national talent.AlertEvent
	for _, e := range sum.Events {
		if e.Region == "" {
			national = e
		}
	}
	id := talent.NewID("notification", national.ID, "en", "email")
	if err := w.store.PutNotifications(t.Context(), []talent.Notification{{ID: id, EventID: national.ID, AlertID: national.AlertID, Subscription: "en",
		Channel: "email", Status: "sending", Attempt: 1, At: time.Now()}}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.NotifyOnce(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	mails := box.Mails()
	if len(mails) != 1 || !strings.Contains(mails[0], id+"@") {
		t.Fatalf("%d mails, want one with the id of the interrupted attempt", len(mails))
	}

	box.Refuse(func(int) error {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	})
	w.subscribe(t, talent.Subscription{ID: "gone", Org: "uni", Language: "en", Skills: []string{"pytorch"}, Channel: "email", Address: "gone@uni.example"})
	for i := range 3 {
		if _, err := a.NotifyOnce(t.Context(), time.Now().Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := w.store.NotificationsOfAlert(t.Context(), national.AlertID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range list {
		if n.Subscription == "gone" {
			got = append(got, fmt.Sprint(n.Attempt, " ", n.Status, " ", n.Reason, " ", n.Target))
		}
	}
	if d := cmp.Diff([]string{"1 failed smtp_5xx g…@uni.example"}, got); d != "" {
		t.Errorf("a refused mail (-want +got):\n%s", d)
	}
}

// The live loop finds the alert by itself under the leadership of its group, and stops when told to.
func TestRun(t *testing.T) {
	w := newWorld(t)
	box := &mailtest.Server{}
	w.mail(t, box)
	w.cfg.Judge.Settle, w.cfg.Notify.Interval = 0, 50*time.Millisecond
	w.subscribe(t, talent.Subscription{ID: "en", Org: "uni", Language: "en", Channel: "email", Address: "planner@uni.example"})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- w.start(t).Run(ctx) }()
	if len(box.Wait(ctx, 1)) == 0 {
		t.Error("no mail within a minute")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
