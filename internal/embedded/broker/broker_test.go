package broker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func testBroker(t *testing.T, dir string, log io.Writer) (*Broker, error) {
	t.Helper()
	cfg := Config{Dir: dir, RetentionBytes: 1 << 20, SegmentBytes: 128 << 10}
	return Open(t.Context(), cfg, slog.New(slog.NewTextHandler(log, nil)))
}

func closeBroker(t *testing.T, b *Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := b.Close(ctx); err != nil {
		t.Error(err)
	}
}

func fill(t *testing.T, b *Broker, topic string, n int) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(Name), kgo.Dialer(b.Dial), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	noise := make([]byte, 10<<10)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for range n {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Value: noise}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t *testing.T, b *Broker, group, topic string, offset int64) {
	t.Helper()
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation = group, -1
	rt := kmsg.NewOffsetCommitRequestTopic()
	rt.Topic, rt.TopicID = topic, b.cluster.TopicInfo(topic).TopicID
	rp := kmsg.NewOffsetCommitRequestTopicPartition()
	rp.Offset = offset
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(t.Context(), b.client)
	if err != nil || resp.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatal(resp, err)
	}
}

func TestRetentionKeepsUnreadMessages(t *testing.T) {
	var log bytes.Buffer
	b, err := testBroker(t, t.TempDir(), &log)
	if err != nil {
		t.Fatal(err)
	}
	defer closeBroker(t, b)
	if err := b.cluster.CreateTopic("t", 1, nil); err != nil {
		t.Fatal(err)
	}
	info := func() *kfake.PartitionInfo { return b.cluster.PartitionInfo("t", 0) }
	apply := func() {
		t.Helper()
		if err := b.ApplyRetention(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, b, "t", 300) // 3 MB
	apply()
	if got := info(); got.LogStartOffset != 0 {
		t.Errorf("nobody reads yet: the log begins at %d", got.LogStartOffset)
	}
	commit(t, b, "g", "t", 50)
	apply()
	if got := info(); got.LogStartOffset != 50 {
		t.Errorf("50 messages read: the log begins at %d", got.LogStartOffset)
	}
	if !strings.Contains(log.String(), "consumer group is behind") {
		t.Error("no warning of a group that holds the log back")
	}
	commit(t, b, "g", "t", 300)
	apply()
	if got := info(); got.LogStartOffset < 150 || got.LogStartOffset > 250 || got.NumBytes > 5<<18 {
		t.Errorf("all read: %+v", got)
	}
	fill(t, b, "t", 700)
	apply()
	if got := info(); got.LogStartOffset != 300 {
		t.Errorf("not beyond the commit: the log begins at %d", got.LogStartOffset)
	}
	if err := b.cluster.CreateTopic("free", 1, nil); err != nil {
		t.Fatal(err)
	}
	fill(t, b, "free", 600) // 6 MB, more than four times the limit
	apply()
	if got := b.cluster.PartitionInfo("free", 0); got.NumBytes > 9<<19 || got.LogStartOffset == 0 {
		t.Errorf("a topic without readers: %+v", got)
	}
}

func TestCut(t *testing.T) {
	for name, test := range map[string]struct {
		p     kfake.PartitionInfo
		read  int64
		known bool
		want  int64
	}{
		"small":            {kfake.PartitionInfo{HighWatermark: 10, NumBytes: 100}, 10, true, 0},
		"one huge message": {kfake.PartitionInfo{HighWatermark: 1, NumBytes: 1 << 30}, 1, true, 0},
		"two huge":         {kfake.PartitionInfo{HighWatermark: 2, NumBytes: 1 << 30}, 2, true, 1},
		"half":             {kfake.PartitionInfo{LogStartOffset: 100, HighWatermark: 200, NumBytes: 2000}, 200, true, 150},
		"behind":           {kfake.PartitionInfo{LogStartOffset: 100, HighWatermark: 200, NumBytes: 2000}, 120, true, 120},
		"commit before":    {kfake.PartitionInfo{LogStartOffset: 100, HighWatermark: 200, NumBytes: 2000}, 20, true, 100},
		"no reader":        {kfake.PartitionInfo{LogStartOffset: 100, HighWatermark: 200, NumBytes: 2000}, 0, false, 100},
	} {
		if got, _ := cut(test.p, 1000, test.read, test.known); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestConsumed(t *testing.T) {
	now := time.Now()
	group := func(offset int64, age time.Duration, members int) *kfake.GroupInfo {
		g := &kfake.GroupInfo{Commits: map[string]map[int32]kfake.GroupCommit{"t": {0: {Offset: offset, At: now.Add(-age)}}}}
		for range members {
			g.Members = append(g.Members, kfake.GroupMember{SubscribedTopics: []string{"t"}})
		}
		return g
	}
	fresh := &kfake.GroupInfo{Members: []kfake.GroupMember{{SubscribedTopics: []string{"t"}}}}
	for name, test := range map[string]struct {
		groups []*kfake.GroupInfo
		read   int64
		known  bool
	}{
		"none":           {nil, 0, false},
		"slowest":        {[]*kfake.GroupInfo{group(9, 0, 1), group(4, 0, 1)}, 4, true},
		"stopped":        {[]*kfake.GroupInfo{group(9, 0, 1), group(4, time.Hour, 0)}, 4, true},
		"abandoned":      {[]*kfake.GroupInfo{group(9, 0, 1), group(4, 30*24*time.Hour, 0)}, 9, true},
		"idle but alive": {[]*kfake.GroupInfo{group(9, 0, 1), group(4, 30*24*time.Hour, 1)}, 4, true},
		"just joined":    {[]*kfake.GroupInfo{group(9, 0, 1), fresh}, 2, true},
		"of another":     {[]*kfake.GroupInfo{{Commits: map[string]map[int32]kfake.GroupCommit{"u": {0: {Offset: 1}}}}}, 0, false},
	} {
		if read, known := consumed(test.groups, "t", 0, 2, now); read != test.read || known != test.known {
			t.Errorf("%s: %d %t", name, read, known)
		}
	}
}

func TestOpenRefusesLogBehindItsConsumers(t *testing.T) {
	dir := t.TempDir()
	b, err := testBroker(t, dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.cluster.CreateTopic("t", 1, nil); err != nil {
		t.Fatal(err)
	}
	fill(t, b, "t", 5)
	commit(t, b, "good", "t", 5)
	closeBroker(t, b)
	if b, err = testBroker(t, dir, io.Discard); err != nil {
		t.Fatal(err)
	}
	commit(t, b, "ahead", "t", 9)
	closeBroker(t, b)
	_, err = testBroker(t, dir, io.Discard)
	if !errors.Is(err, ErrLogBehind) || !strings.Contains(err.Error(), "group ahead has committed t/0 up to 9, the log ends at 5") || strings.Contains(err.Error(), "good") {
		t.Errorf("opened with a log behind: %v", err)
	}
}
