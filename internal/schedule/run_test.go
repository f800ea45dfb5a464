package schedule

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// TestRun: jobs are done at their moments, one that is slow is not done twice at a time, one that panics goes on, and
// Run returns when the last has.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		every := func(spec string) Schedule {
			s, err := Parse(spec)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		var ticks, slow, panics int
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			Run(ctx, []Job{
				{every("@every 1m"), func() { ticks++ }},
				{every("*/1 * * * *"), func() { slow++; time.Sleep(150 * time.Second) }},
				{every("@every 1m"), func() { panics++; panic("broken") }},
			}, slog.New(slog.DiscardHandler))
		}()
		time.Sleep(10*time.Minute + time.Second)
		stop()
		<-ended
		if ticks != 10 || slow < 3 || slow > 4 || panics != 10 {
			t.Errorf("%d ticks, %d slow ones, %d panics", ticks, slow, panics)
		}
	})
}
