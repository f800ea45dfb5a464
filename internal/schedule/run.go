package schedule

import (
	"context"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"
)

// Job is work with its schedule.
type Job struct {
	Schedule Schedule
	Do       func()
}

// Run does jobs whenever they are due, until ctx ends and the last of them has returned. A job that still runs when it is
// due again is left out that time; one that panics is logged and goes on with its schedule.
func Run(ctx context.Context, jobs []Job, logger *slog.Logger) {
	log := cronLog{logger}
	c := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(log), cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	for _, j := range jobs {
		c.Schedule(j.Schedule, cron.FuncJob(j.Do))
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
}

// cronLog gives cron's messages to slog.
type cronLog struct{ logger *slog.Logger }

func (l cronLog) Info(msg string, kv ...any) { l.logger.Debug("cron", append(kv, "message", msg)...) }
func (l cronLog) Error(err error, msg string, kv ...any) {
	l.logger.Error("cron", append(kv, "message", msg, "error", err)...)
}
