package crawl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// A posting whose text takes more than a message may have is cut and counted. It stops neither the postings beside it
// nor the other source of its host, and its run ends and is not begun again.
func TestPostingTooLargeForAMessage(t *testing.T) {
	b := newBoard(t)
	b.status("/robots.txt", 404)
	job := func(id int, content string) string {
		j, err := json.Marshal(map[string]any{"id": id, "title": "Engineer", "absolute_url": fmt.Sprintf("https://boards.example/jobs/%d", id), "content": content})
		if err != nil {
			t.Fatal(err)
		}
		return string(j)
	}
	serve := func(board string, jobs ...string) Source {
		b.text("/"+board, "application/json", `{"jobs":[`+strings.Join(jobs, ",")+`]}`)
		return Source{Name: board, Kind: KindGreenhouse, URL: b.URL + "/" + board, Employer: "Acme Robotics", Rate: 1e6}
	}
	sources := []Source{
		serve("odd", job(1, "Train models"), job(2, strings.Repeat("&amp;", 200_000)), job(3, "Serve models")),
		serve("good", job(4, "Measure models")),
	}
	r := newRig(t, fastConfig(), b, sources...)
	sched, err := NewScheduler(sources, r.kafka, r.store, testLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- sched.Run(ctx) }()
	go func() { done <- r.Run(ctx) }()
	var last map[string]talent.CrawlRun
	eventually(t, func() bool {
		last, err = r.store.LastRuns(t.Context())
		return err == nil && last["odd"].Outcome != "" && last["good"].Outcome != ""
	})
	r.want(last["odd"], talent.RunComplete, "1 posting shortened to what a message carries")
	r.want(last["odd"], talent.RunComplete, "3 postings sent")
	r.want(last["good"], talent.RunComplete, "1 posting sent")
	// A visit after both runs shows that the stage still works, and that the document was read once.
	if run, err := r.Visit(t.Context(), "odd", time.Now()); err != nil || run.ID == "" {
		t.Errorf("visit: %+v, %v", run, err)
	}
	cancel()
	for range 2 {
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("stopped with %v", err)
		}
	}
	lengths := map[string]int{}
	for _, p := range r.postings() {
		lengths[p.Key] = len(p.Text)
		if p.Key == "2" && strings.Trim(p.Text, "&") != "" {
			t.Errorf("the text was changed: %.40q", p.Text)
		}
	}
	if len(lengths) != 4 || lengths["2"] < 100_000 || lengths["2"] >= 200_000 {
		t.Errorf("lengths of the texts by key: %v; want four, that of 2 cut from 200000", lengths)
	}
	if asked := b.count("/odd"); asked != 2 {
		t.Errorf("the board was asked %d times, want once by the run and once by the visit", asked)
	}
	if err := testutil.GatherAndCompare(r.reg, strings.NewReader(`
		# HELP gapwatch_outbox_cut_total Postings sent that were shortened to fit a message.
		# TYPE gapwatch_outbox_cut_total counter
		gapwatch_outbox_cut_total 1
	`), "gapwatch_outbox_cut_total"); err != nil {
		t.Error(err)
	}
}
