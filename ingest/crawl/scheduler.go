package crawl

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/schedule"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// SchedulerGroup elects the one process that writes tasks.
const SchedulerGroup = "crawl-scheduler"

// TaskBus is the part of Kafka that a scheduler needs.
type TaskBus interface {
	Write(ctx context.Context, topic string, msgs ...kafka.Message) error
	Lead(ctx context.Context, group, topic string, run func(ctx context.Context) error) error
}

// SourceStore records sources and tells when each was visited last.
type SourceStore interface {
	PutSources(ctx context.Context, sources ...talent.SourceInfo) error
	LastRuns(ctx context.Context) (map[string]talent.CrawlRun, error)
}

// Scheduler writes a task to crawl.v1 whenever a source is due.
type Scheduler struct {
	sources []*source
	bus     TaskBus
	store   SourceStore
	logger  *slog.Logger
}

// NewScheduler makes a scheduler of sources.
func NewScheduler(sources []Source, bus TaskBus, store SourceStore, logger *slog.Logger) (*Scheduler, error) {
	known, err := prepareAll(sources)
	if err != nil {
		return nil, err
	}
	return &Scheduler{sources: known, bus: bus, store: store, logger: logger}, nil
}

// Run schedules while this process is the one that does so, until ctx ends.
func (s *Scheduler) Run(ctx context.Context) error {
	return s.bus.Lead(ctx, SchedulerGroup, talent.TopicCrawl, s.lead)
}

// lead records the sources, makes due what was missed, and then follows the schedules.
func (s *Scheduler) lead(ctx context.Context) error {
	infos := make([]talent.SourceInfo, len(s.sources))
	for i, src := range s.sources {
		infos[i] = src.info()
	}
	if err := s.store.PutSources(ctx, infos...); err != nil {
		return err
	}
	last, err := s.store.LastRuns(ctx)
	if err != nil {
		return err
	}
	var jobs []schedule.Job
	for _, src := range s.sources {
		if !src.Active() {
			continue
		}
		started := last[src.Name].Started
		if due := src.schedule.LastDue(started, time.Now()); due.After(started) {
			if _, err := s.enqueue(ctx, src, due); err != nil {
				return err
			}
		}
		jobs = append(jobs, schedule.Job{Schedule: src.schedule, Do: func() {
			due := src.schedule.LastDue(time.Time{}, time.Now())
			if _, err := s.enqueue(ctx, src, due); err != nil && ctx.Err() == nil {
				s.logger.Error("source is due but no task could be written", "source", src.Name, "error", err)
			}
		}})
	}
	schedule.Run(ctx, jobs, s.logger)
	return nil
}

// newTask is the task of a source that is due.
func newTask(source string, due time.Time) talent.FetchTask {
	due = due.UTC()
	return talent.FetchTask{RunID: talent.NewID("run", source, due.Format(time.RFC3339Nano)), Source: source, Due: due}
}

// enqueue writes the task of a source. Its run's id follows from source and time, so that two schedulers
// which overlap for a moment ask for the same run.
func (s *Scheduler) enqueue(ctx context.Context, src *source, due time.Time) (talent.FetchTask, error) {
	task := newTask(src.Name, due)
	m, err := kafka.JSON(hostKey(src.served(src.url)), task)
	if err != nil {
		return task, err
	}
	if err := s.bus.Write(ctx, talent.TopicCrawl, m); err != nil {
		return task, fmt.Errorf("ask for a crawl of %s: %w", src.Name, err)
	}
	s.logger.Info("source is due", "source", src.Name, "run", task.RunID)
	return task, nil
}
