// Package broker runs a Kafka broker in this process: kfake with its log on disk. This process reaches it without
// the network, other processes of the same user through a socket, and everyone through a port, where a client that
// has not authenticated reads public topics and nothing else.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/gapwatch/gapwatch/internal/durable"
)

const (
	// defaultPartitions is the count for topics created with -1 partitions.
	defaultPartitions = 4
	// maxMessageBytes bounds a batch of messages; a page of postings must fit.
	maxMessageBytes = 8 << 20
	// offsetsMinutes keeps committed offsets for ten years. Kafka's week would make a consumer that was
	// off for longer begin at the first message again.
	offsetsMinutes = 10 * 366 * 24 * 60
)

// Config says where the broker keeps its log, how much of it, and who may write from outside.
type Config struct {
	Dir            string
	Listen         string   // loopback host:port for everyone; empty: none
	User, Password string   // for SASL PLAIN on that port, which then allows everything; empty: authentication always fails
	Public         []string // topics that can be read there without them
	RetentionBytes int64    // per partition
	SegmentBytes   int64
	NoSync         bool // acknowledge what is in the system's memory only
}

// Broker is a running Kafka broker with a single node.
type Broker struct {
	cfg     Config
	logger  *slog.Logger
	cluster *kfake.Cluster
	guard   *guard
	tree    *durable.Tree // nil: nothing is synced
	port    net.Addr      // of cfg.Listen; nil when there is none
	client  *kgo.Client   // asks what the cluster's own methods do not tell: the names of topics and groups

	// mu keeps calls to the cluster's methods away from Close: they would wait for ever after it.
	mu     sync.RWMutex
	closed bool
}

// Open starts the broker on cfg.Dir, replaying what is there, and checks that no consumer group is ahead
// of the log. The caller has to make sure that no other process opens the same directory.
func Open(ctx context.Context, cfg Config, logger *slog.Logger) (*Broker, error) {
	g := newGuard(logger)
	b := &Broker{cfg: cfg, logger: logger, guard: g}
	listen, sync, err := b.durability()
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	b.cluster, err = kfake.NewCluster(append(sync,
		kfake.NumBrokers(1),
		kfake.ClusterID("gapwatch"),
		kfake.ListenFn(listen),
		kfake.DataDir(cfg.Dir),
		// Topics are made by request only: one that kfake makes on the way is not written down before the
		// broker is closed, and after a crash it is gone with its messages.
		kfake.DefaultNumPartitions(defaultPartitions),
		kfake.WithLogger(kfakeLogger{logger}),
		kfake.BrokerConfigs(map[string]string{
			"default.replication.factor": "1",
			"log.segment.bytes":          strconv.FormatInt(cfg.SegmentBytes, 10),
			"message.max.bytes":          strconv.Itoa(maxMessageBytes),
			"offsets.retention.minutes":  strconv.Itoa(offsetsMinutes),
			// kfake's own retention knows neither consumers nor the last message, see ApplyRetention.
			"log.retention.ms":    "-1",
			"log.retention.bytes": "-1",
		}),
	)...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the broker's log in %s: %w", cfg.Dir, err), g.Close(), b.settle())
	}
	if b.client, err = kgo.NewClient(kgo.SeedBrokers(Name), kgo.Dialer(b.Dial)); err == nil {
		err = b.checkCommits(ctx)
	}
	if err == nil && cfg.Listen != "" {
		err = b.openPort(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close(ctx))
	}
	return b, nil
}

func (b *Broker) openPort(ctx context.Context) error {
	speaks, err := portVersions(ctx, b.client)
	if err != nil {
		return err
	}
	b.port, err = openPort(ctx, b.guard, b.cfg, speaks)
	return err
}

// Dial connects to the broker inside this process; the address is ignored.
func (b *Broker) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return b.guard.memory.Dial(ctx)
}

// Admit takes connections from ln too, whose clients may do everything, until the broker is closed. It owns ln.
func (b *Broker) Admit(ln net.Listener) { b.guard.admit(ln, b.guard.owner) }

// PortAddr is the address of the port, "" when there is none.
func (b *Broker) PortAddr() string {
	if b.port == nil {
		return ""
	}
	return b.port.String()
}

// Close writes the broker's state and stops it. Consumers and producers should be closed before.
func (b *Broker) Close(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	if b.client != nil {
		b.client.Close()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.cluster.Close()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		return fmt.Errorf("close the broker: %w", ctx.Err())
	}
	return errors.Join(b.guard.Close(), b.settle())
}

// topics are the names of all topics.
func (b *Broker) topics(ctx context.Context) ([]string, error) {
	req := kmsg.NewPtrMetadataRequest() // no list stands for all topics
	resp, err := req.RequestWith(ctx, b.client)
	if err != nil {
		return nil, fmt.Errorf("list the broker's topics: %w", err)
	}
	var names []string
	for _, topic := range resp.Topics {
		if topic.Topic != nil {
			names = append(names, *topic.Topic)
		}
	}
	return names, nil
}

// groups are the consumer groups with their members and commits.
func (b *Broker) groups(ctx context.Context) ([]*kfake.GroupInfo, error) {
	resp, err := kmsg.NewPtrListGroupsRequest().RequestWith(ctx, b.client)
	if err != nil {
		return nil, fmt.Errorf("list the broker's consumer groups: %w", err)
	}
	var infos []*kfake.GroupInfo
	for _, group := range resp.Groups {
		if info := b.cluster.GroupInfo(group.Group); info != nil {
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// ErrLogBehind says that a consumer group has committed messages that the log does not have.
var ErrLogBehind = errors.New("the broker's log is behind its consumers")

// checkCommits compares every commit with the end of its partition. A group ahead of the log would skip
// the next messages without a word, so it is better not to start.
func (b *Broker) checkCommits(ctx context.Context) error {
	groups, err := b.groups(ctx)
	if err != nil {
		return err
	}
	var wrong []string
	for _, group := range groups {
		for topic, partitions := range group.Commits {
			for partition, commit := range partitions {
				var end int64
				if info := b.cluster.PartitionInfo(topic, partition); info != nil {
					end = info.HighWatermark
				}
				if commit.Offset > end {
					wrong = append(wrong, fmt.Sprintf("group %s has committed %s/%d up to %d, the log ends at %d", group.Group, topic, partition, commit.Offset, end))
				}
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%w (%s): messages were lost, and the next ones would be skipped; restore %s from a backup, or move it away to begin with an empty log",
		ErrLogBehind, strings.Join(wrong, "; "), b.cfg.Dir)
}

// kfakeLogger passes on what an operator should know; kfake's "info" is about single requests.
type kfakeLogger struct{ logger *slog.Logger }

// Logf implements kfake.Logger.
func (l kfakeLogger) Logf(level kfake.LogLevel, format string, args ...any) {
	slogLevel := slog.LevelDebug
	switch level {
	case kfake.LogLevelError:
		slogLevel = slog.LevelError
	case kfake.LogLevelWarn:
		slogLevel = slog.LevelWarn
	case kfake.LogLevelNone, kfake.LogLevelDebug:
		return
	}
	if l.logger.Enabled(context.Background(), slogLevel) {
		l.logger.Log(context.Background(), slogLevel, "broker", "message", fmt.Sprintf(format, args...))
	}
}
