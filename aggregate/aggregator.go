package aggregate

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/aggregate/skills"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/mask"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Group is the consumer group of the aggregators: as many processes as there are partitions may share it.
const Group = "aggregate"

// Store keeps facts and rolls them up; clickhouse.Store is one.
type Store interface {
	PutPostings(ctx context.Context, token string, facts []talent.PostingFact) error
	PutRequests(ctx context.Context, token string, requests []talent.Request) error
	PutProgrammes(ctx context.Context, token string, programmes []talent.Programme, taxonomyVersion string) error
	KnownPostings(ctx context.Context, ids []string) (map[string]talent.KnownPosting, error)
	PutBatches(ctx context.Context, batches ...talent.Batch) error
	MarkPeriods(ctx context.Context, marks ...talent.PeriodMark) error
	MarkAll(ctx context.Context, from time.Time) error
	DirtyPeriods(ctx context.Context) ([]talent.DirtyPeriod, error)
	RollUp(ctx context.Context, grain talent.Grain, dirty []talent.DirtyPeriod) error
	Intact(ctx context.Context) error // talent.ErrLost while stored data is lost
}

// Aggregator turns messages into facts and facts into series.
type Aggregator struct {
	cfg       Config
	store     Store
	kafka     *kafka.Client
	extractor *skills.Extractor
	logger    *slog.Logger
	metrics   metrics
}

// New makes an aggregator.
func New(cfg Config, store Store, client *kafka.Client, extractor *skills.Extractor, logger *slog.Logger, reg prometheus.Registerer) (*Aggregator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Aggregator{cfg, store, client, extractor, logger, newMetrics(reg)}, nil
}

// Run consumes until ctx ends. One of all running aggregators also does the roll-up.
func (a *Aggregator) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return a.kafka.Consume(ctx, kafka.GroupConfig{
			Group: Group, Topics: []string{talent.TopicPostings, talent.TopicRequests, talent.TopicProgrammes},
			MaxRecords: a.cfg.BatchRecords, MaxBytes: a.cfg.BatchBytes, MaxWait: a.cfg.BatchWait,
		}, a.Flush)
	})
	group.Go(func() error { return a.kafka.Lead(ctx, "rollup", talent.TopicPostings, a.rollUpLoop) })
	return group.Wait()
}

// Flush makes one batch of one partition durable: facts first, then the record of what was stored, then the marks of
// their periods, then, by returning nil, the commit. After a failure anywhere the batch is read again, and ids, versions and the
// deduplication token make the second time change nothing.
func (a *Aggregator) Flush(ctx context.Context, batch []kafka.Record) error {
	return a.flush(ctx, batch, "1")
}

// Replay makes a batch durable that was read, and committed, before, and whose facts were lost: the store would take
// its usual token for a repetition.
func (a *Aggregator) Replay(ctx context.Context, batch []kafka.Record) error {
	return a.flush(ctx, batch, fmt.Sprintf("replay/%d", time.Now().UnixNano()))
}

func (a *Aggregator) flush(ctx context.Context, batch []kafka.Record, series string) error {
	started := time.Now()
	first, last := batch[0], batch[len(batch)-1]
	token := fmt.Sprintf("%s/%s/%d/%d-%d", series, first.Topic, first.Partition, first.Offset, last.Offset)
	var err error
	switch first.Topic {
	case talent.TopicPostings:
		err = a.flushPostings(ctx, token, batch)
	case talent.TopicRequests:
		err = a.flushRequests(ctx, token, batch)
	case talent.TopicProgrammes:
		err = a.flushProgrammes(ctx, token, batch)
	default:
		err = fmt.Errorf("no aggregation for topic %s", first.Topic)
	}
	if err != nil {
		a.metrics.flushes.WithLabelValues(first.Topic, "failed").Inc()
		return err
	}
	a.metrics.flushes.WithLabelValues(first.Topic, "done").Inc()
	a.metrics.records.WithLabelValues(first.Topic).Add(float64(len(batch)))
	a.metrics.flushSeconds.WithLabelValues(first.Topic).Observe(time.Since(started).Seconds())
	a.logger.Debug("batch flushed", "topic", first.Topic, "partition", first.Partition, "first", first.Offset, "last", last.Offset, "took", time.Since(started))
	return nil
}

// fromJSON reads a message that has no reader of its own.
func fromJSON[T any](message []byte) (v T, err error) {
	err = json.Unmarshal(message, &v)
	return v, err
}

// decode reads the records of a batch as T; records that cannot be read as T go to the dead letters.
func decode[T any](batch []kafka.Record, read func(message []byte) (T, error), check func(*T) error) (good []T, at []kafka.Record, bad []talent.DeadLetter) {
	good, at = make([]T, 0, len(batch)), make([]kafka.Record, 0, len(batch))
	for _, r := range batch {
		v, err := read(r.Value)
		if err == nil {
			err = check(&v)
		}
		if err != nil {
			// What other producers write may hold personal data; a dead letter keeps all else, to be replayed.
			d := talent.DeadLetter{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset,
				Key: r.Key, Value: r.Value, Reason: mask.Message(err.Error()), At: r.Time}
			if r.Topic == talent.TopicPostings {
				d.Key, d.Value = []byte(mask.Text(string(r.Key))), mask.JSON(r.Value)
			}
			bad = append(bad, d)
			continue
		}
		good, at = append(good, v), append(at, r)
	}
	return good, at, bad
}

// bury writes dead letters before their batch is committed, so that a bad message is never lost.
func (a *Aggregator) bury(ctx context.Context, bad []talent.DeadLetter) error {
	var msgs []kafka.Message
	for _, d := range bad {
		m, err := kafka.JSON(fmt.Sprintf("%s/%d/%d", d.Topic, d.Partition, d.Offset), d)
		if err != nil {
			return err
		}
		msgs = append(msgs, m)
		a.logger.Warn("message set aside as a dead letter", "topic", d.Topic, "partition", d.Partition, "offset", d.Offset, "reason", d.Reason)
	}
	if len(msgs) == 0 {
		return nil
	}
	a.metrics.deadLetters.WithLabelValues(bad[0].Topic).Add(float64(len(bad)))
	return a.kafka.Write(ctx, talent.TopicDeadLetter, msgs...)
}
