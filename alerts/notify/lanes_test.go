package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// Whatever is offered, no cap is exceeded, each accepted task runs once, and what was refused can be offered again.
func TestLanes(t *testing.T) {
	const total, perLane, perOrg, room = 8, 2, 3, 4
	l := newLanes(total, perLane, perOrg, room, func() {})
	var mu sync.Mutex
	all, byLane, byOrg, ran := 0, map[string]int{}, map[string]int{}, map[string]int{}
	draw := rand.New(rand.NewPCG(1, 1))
	left := map[string]task{}
	for i := range 500 {
		lane, org := fmt.Sprint("host", draw.IntN(12)), fmt.Sprint("org", draw.IntN(4))
		left[fmt.Sprint(i)] = task{id: fmt.Sprint(i), lane: lane, org: org, run: func(context.Context) (time.Duration, error) {
			mu.Lock()
			all, byLane[lane], byOrg[org] = all+1, byLane[lane]+1, byOrg[org]+1
			if ran[fmt.Sprint(i)]++; all > total || byLane[lane] > perLane || byOrg[org] > perOrg {
				t.Errorf("%d in all, %d of the lane, %d of the organisation at a time", all, byLane[lane], byOrg[org])
			}
			mu.Unlock()
			time.Sleep(time.Millisecond / 4)
			mu.Lock()
			all, byLane[lane], byOrg[org] = all-1, byLane[lane]-1, byOrg[org]-1
			mu.Unlock()
			if i == 7 {
				return 0, errors.New("seven")
			}
			return 0, nil
		}}
	}
	var failed error
	for rounds := 0; len(left) > 0; rounds++ {
		if rounds > 500 {
			t.Fatalf("%d tasks never found room", len(left))
		}
		for id, task := range left {
			if l.offer(t.Context(), task) {
				delete(left, id)
				if l.offer(t.Context(), task) {
					if mu.Lock(); ran[id] == 0 {
						t.Errorf("task %s was taken twice", id)
					}
					ran[id]--
					mu.Unlock()
				}
			}
		}
		failed = errors.Join(failed, l.wait())
	}
	for i := range 500 {
		if ran[fmt.Sprint(i)] != 1 {
			t.Errorf("task %d ran %d times", i, ran[fmt.Sprint(i)])
		}
	}
	if failed == nil || failed.Error() != "seven" {
		t.Errorf("errors: %v", failed)
	}
	if len(l.lane)+len(l.turn)+len(l.orgs)+len(l.known)+l.running != 0 {
		t.Errorf("left behind: %d lanes, %d turns, %d organisations, %d tasks, %d running", len(l.lane), len(l.turn), len(l.orgs), len(l.known), l.running)
	}
}

// A receiver that asks to be left alone is, and what waited for it can be offered later.
func TestLaneLeavesAlone(t *testing.T) {
	l := newLanes(4, 1, 4, 4, func() {})
	begin := make(chan struct{})
	ran := 0
	busy := func(context.Context) (time.Duration, error) { <-begin; ran++; return time.Hour, nil }
	for i := range 3 {
		if !l.offer(t.Context(), task{id: fmt.Sprint(i), lane: "a", org: "o", run: busy}) {
			t.Fatal("no room")
		}
	}
	close(begin)
	if err := l.wait(); err != nil || ran != 1 {
		t.Errorf("%d calls of a receiver that asked to be left alone after the first, %v", ran, err)
	}
	if l.offer(t.Context(), task{id: "1", lane: "a", org: "o", run: busy}) {
		t.Error("offered within the hour")
	}
	if !l.offer(t.Context(), task{id: "1", lane: "b", org: "o", run: func(context.Context) (time.Duration, error) { return 0, nil }}) {
		t.Error("another receiver has to wait as well")
	}
	_ = l.wait()
}

// When the process is told to stop, what waits is dropped and waiting ends.
func TestLanesStop(t *testing.T) {
	l := newLanes(2, 1, 2, 10, func() {})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan struct{}, 10)
	for i := range 10 {
		l.offer(ctx, task{id: fmt.Sprint(i), lane: fmt.Sprint("l", i%3), org: "o", run: func(ctx context.Context) (time.Duration, error) { ran <- struct{}{}; <-ctx.Done(); return 0, ctx.Err() }})
	}
	cancel()
	if err := l.wait(); err != nil || len(ran) > 2 {
		t.Errorf("%d tasks ran, %v", len(ran), err)
	}
	if l.offer(ctx, task{id: "x", lane: "x", org: "o"}) {
		t.Error("offered after the end")
	}
}
