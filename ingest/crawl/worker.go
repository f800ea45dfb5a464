package crawl

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/mask"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Group is the consumer group that shares crawl.v1.
const Group = "crawl"

// Bus is the part of Kafka that a worker needs.
type Bus interface {
	Write(ctx context.Context, topic string, msgs ...kafka.Message) error
	Consume(ctx context.Context, cfg kafka.GroupConfig, flush kafka.Flush) error
}

// PageStore remembers pages between runs.
type PageStore interface {
	Pages(ctx context.Context, source string) (map[string]talent.Page, error)
	PutPages(ctx context.Context, pages []talent.Page) error
}

// RunStore records runs, and the periods that they may change.
type RunStore interface {
	Runs(ctx context.Context, source string, limit int) ([]talent.CrawlRun, error)
	PutCrawlRuns(ctx context.Context, runs ...talent.CrawlRun) error
	MarkPeriods(ctx context.Context, marks ...talent.PeriodMark) error
}

// Worker visits the sources that crawl.v1 says are due.
type Worker struct {
	cfg     Config
	sources map[string]*source
	hosts   *hosts
	bus     Bus
	out     *outbox.Outbox
	pages   PageStore
	runs    RunStore
	english words.Messages
	logger  *slog.Logger
	metrics *metrics
}

// NewWorker makes a worker; a *clickhouse.Store is both stores.
func NewWorker(cfg Config, sources []Source, client *fetch.Client, bus Bus, pages PageStore, runs RunStore, logger *slog.Logger, reg prometheus.Registerer) (*Worker, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	known, err := prepareAll(sources)
	if err != nil {
		return nil, err
	}
	english, err := words.Load(words.English)
	if err != nil {
		return nil, err
	}
	w := &Worker{cfg: cfg, english: english, sources: make(map[string]*source, len(known)), hosts: newHosts(cfg, client), bus: bus, out: outbox.New(bus, logger, reg), pages: pages, runs: runs, logger: logger, metrics: newMetrics(reg)}
	for _, s := range known {
		w.sources[s.Name] = s
		// From the first request on, a host is asked at the pace of its slowest source.
		if s.Active() {
			w.hosts.of(s.served(s.url), s.Rate)
		}
	}
	return w, nil
}

// prepareAll checks sources and that their names differ.
func prepareAll(sources []Source) ([]*source, error) {
	seen := map[string]bool{}
	out := make([]*source, 0, len(sources))
	for _, s := range sources {
		p, err := prepare(s)
		if err != nil {
			return nil, err
		}
		if seen[s.Name] {
			return nil, fmt.Errorf("source %s: the name is taken by another source", s.Name)
		}
		seen[s.Name] = true
		out = append(out, p)
	}
	return out, nil
}

// Run takes tasks until ctx ends.
func (w *Worker) Run(ctx context.Context) error {
	return w.bus.Consume(ctx, kafka.GroupConfig{Group: Group, Topics: []string{talent.TopicCrawl}, MaxRecords: 64, MaxBytes: 1 << 20, MaxWait: 50 * time.Millisecond}, w.flush)
}

// flush runs a batch of tasks: those of one host one after the other, hosts side by side. Of several tasks for
// one source the latest asks for all that the others do.
func (w *Worker) flush(ctx context.Context, batch []kafka.Record) error {
	latest := map[string]talent.FetchTask{}
	var order []string
	for _, r := range batch {
		var t talent.FetchTask
		if err := json.Unmarshal(r.Value, &t); err != nil || t.RunID == "" || t.Source == "" {
			if err := w.bury(ctx, r, err); err != nil {
				return err
			}
			continue
		}
		had, ok := latest[t.Source]
		if !ok {
			order = append(order, t.Source)
		}
		if !ok || t.Due.After(had.Due) {
			latest[t.Source] = t
		}
	}
	byHost := map[string][]talent.FetchTask{}
	for _, name := range order {
		s := w.sources[name]
		if s == nil {
			w.logger.Warn("task of an unknown source skipped; the processes may have different configurations", "source", name)
			continue
		}
		key := hostKey(s.served(s.url))
		byHost[key] = append(byHost[key], latest[name])
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(w.cfg.Parallel)
	for _, tasks := range byHost {
		g.Go(func() error {
			for _, t := range tasks {
				if _, err := w.RunTask(gctx, t); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// bury moves a message that is not a task to where an operator can find it.
func (w *Worker) bury(ctx context.Context, r kafka.Record, cause error) error {
	reason := "fetch task without run or source"
	if cause != nil {
		reason = "not a fetch task: " + cause.Error()
	}
	m, err := kafka.JSON(r.Topic, talent.DeadLetter{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value, Reason: reason, At: time.Now().UTC()})
	if err != nil {
		return err
	}
	return w.bus.Write(ctx, talent.TopicDeadLetter, m)
}

// Visit runs a source once, here and now, whether it is enabled or not: what an operator asks for by hand. It joins
// no group, so the runs of other processes go on undisturbed.
func (w *Worker) Visit(ctx context.Context, source string, now time.Time) (talent.CrawlRun, error) {
	return w.RunTask(ctx, newTask(source, now.Truncate(time.Millisecond)))
}

// RunTask visits the source of a task and records the run. A task whose run has ended, or whose source was
// visited since it was due, is not run again. The error is that of the broker, the store or the context, and
// means that the task has to be run again.
func (w *Worker) RunTask(ctx context.Context, task talent.FetchTask) (talent.CrawlRun, error) {
	s := w.sources[task.Source]
	if s == nil {
		return talent.CrawlRun{}, fmt.Errorf("unknown source %q", task.Source)
	}
	last, err := w.runs.Runs(ctx, s.Name, 1)
	if err != nil {
		return talent.CrawlRun{}, err
	}
	if len(last) > 0 && (last[0].ID == task.RunID || last[0].Started.After(task.Due)) {
		// The mark may have been lost when the process ended after recording the run.
		return last[0], w.mark(ctx, s, last[0])
	}
	memory, err := w.pages.Pages(ctx, s.Name)
	if err != nil {
		return talent.CrawlRun{}, err
	}
	w.logger.Info("crawl begins", "source", s.Name, "run", task.RunID)
	r := &run{hosts: w.hosts, src: s, due: task.Due, cfg: w.cfg, memory: memory, handled: map[string]bool{},
		took: func(d time.Duration) { w.metrics.page.Observe(d.Seconds()) }}
	r.sink = newSink(w.out, w.pages, func(became outbox.Report) {
		w.metrics.postings.WithLabelValues(s.Name).Add(float64(became.Sent))
		r.count(func(t *tally) { t.Add(became) })
	})
	record := talent.CrawlRun{ID: task.RunID, Source: s.Name, Started: time.Now().UTC()}
	disallowed, err := r.do(ctx)
	if err != nil {
		return talent.CrawlRun{}, fmt.Errorf("crawl %s: %w", s.Name, err)
	}
	t := r.tally
	record.Ended = time.Now().UTC()
	record.Outcome, record.Notes = conclude(t, disallowed)
	for i := range record.Notes { // errors quote addresses as the board wrote them
		record.Notes[i].Detail = text.Cut(mask.Message(record.Notes[i].Detail), maxReason)
	}
	record.Reason = text.Cut(w.english.RunReason(record), maxReason)
	record.Listed, record.Fetched, record.NotModified, record.Failed = t.listed, t.fetched, t.notModified, t.failed
	record.Disallowed, record.Postings, record.BytesReceived = t.disallowed, t.Sent, t.bytes
	if err := w.runs.PutCrawlRuns(ctx, record); err != nil {
		return record, err
	}
	if err := w.mark(ctx, s, record); err != nil {
		return record, err
	}
	w.metrics.runs.WithLabelValues(s.Name, string(record.Outcome)).Inc()
	w.metrics.last.WithLabelValues(s.Name).Set(float64(record.Ended.Unix()))
	level := slog.LevelInfo
	if record.Outcome != talent.RunComplete {
		level = slog.LevelWarn
	}
	w.logger.Log(ctx, level, "crawl ended", "source", s.Name, "outcome", record.Outcome, "reason", record.Reason,
		"listed", t.listed, "postings", t.Sent, "seconds", record.Ended.Sub(record.Started).Seconds())
	return record, nil
}

// mark says that the state of the period in which a run ended may have changed: whether a source was down is
// part of a series.
func (w *Worker) mark(ctx context.Context, s *source, r talent.CrawlRun) error {
	return w.runs.MarkPeriods(ctx, talent.PeriodMark{Grain: s.Grain, Period: s.Grain.Start(r.Ended)})
}
