package crawl

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// failingPages is a store that loses pages as a process does that is killed after Kafka acknowledged.
type failingPages struct {
	PageStore
	fail bool
}

var errKilled = errors.New("killed")

func (f *failingPages) PutPages(ctx context.Context, pages []talent.Page) error {
	if f.fail {
		return errKilled
	}
	return f.PageStore.PutPages(ctx, pages)
}

func TestKilledBetweenKafkaAndMemory(t *testing.T) {
	b := newBoard(t)
	b.jobs(20)
	store, bus := testenv.Store(t), testenv.Kafka(t)
	pages := &failingPages{PageStore: store, fail: true}
	r := newRigOn(t, fastConfig(), b, store, bus, pages, site(b))
	task := r.task("board")
	if _, err := r.RunTask(t.Context(), task); !errors.Is(err, errKilled) {
		t.Fatalf("run: %v", err)
	}
	if n := len(r.postings()); n != 20 {
		t.Fatalf("%d postings were acknowledged, want 20", n)
	}
	if runs, err := store.Runs(t.Context(), "board", 1); err != nil || len(runs) != 0 {
		t.Fatalf("an interrupted run was recorded: %+v, %v", runs, err)
	}
	pages.fail = false
	run, err := r.RunTask(t.Context(), task)
	if err != nil || run.Outcome != talent.RunComplete || run.Postings != 20 {
		t.Fatalf("second attempt: %+v, %v", run, err)
	}
	if all := r.postings(); len(all) != 40 || distinct(all) != 20 {
		t.Errorf("%d postings, %d distinct; want the same 20 twice", len(all), distinct(all))
	}
	// The same task again: the run has ended.
	b.requests()
	if _, err := r.RunTask(t.Context(), task); err != nil || len(b.requests()) != 0 {
		t.Errorf("an ended run was run again: %v", err)
	}
}

func TestInterruptedRunGoesOn(t *testing.T) {
	b := newBoard(t)
	b.jobs(8)
	store, bus := testenv.Store(t), testenv.Kafka(t)
	r := newRigOn(t, fastConfig(), b, store, bus, nil, site(b))
	task := r.task("board")
	// Five of the pages were read and remembered before the process ended.
	var seen []talent.Page
	for i := range 5 {
		seen = append(seen, talent.Page{Source: "board", URL: fmt.Sprintf("%s/jobs/%d.html", b.URL, i), ContentHash: "x:1", FirstSeen: task.Due, LastSeen: task.Due.Add(time.Second), Status: 200})
	}
	if err := store.PutPages(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	run, err := r.RunTask(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	r.want(run, talent.RunComplete, "5 pages had been read")
	if run.Postings != 3 || len(b.requests()) != 2+3 {
		t.Errorf("run %+v", run)
	}
}
