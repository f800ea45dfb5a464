package embedded

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

// topic makes a topic of the test's own through kafka-go, as the program does.
func topic(t testing.TB, e *Embedded, partitions int) string {
	t.Helper()
	name := fmt.Sprintf("test-%d", time.Now().UnixNano())
	if err := createTopic(context.Background(), e, name, partitions); err != nil {
		t.Fatal(err)
	}
	return name
}

// dialer is what readers and groups of this process connect with.
func dialer(e *Embedded) *kafka.Dialer {
	return &kafka.Dialer{DialFunc: e.DialKafka, Timeout: 5 * time.Second}
}

func createTopic(ctx context.Context, e *Embedded, name string, partitions int) error {
	client := &kafka.Client{Addr: kafka.TCP(KafkaName), Transport: &kafka.Transport{Dial: e.DialKafka}, Timeout: 10 * time.Second}
	resp, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: name, NumPartitions: partitions, ReplicationFactor: 1}}})
	if err != nil {
		return err
	}
	return resp.Errors[name]
}

func produce(t testing.TB, e *Embedded, topic string, from, to int) {
	t.Helper()
	w := &kafka.Writer{Addr: kafka.TCP(KafkaName), Transport: &kafka.Transport{Dial: e.DialKafka}, Topic: topic, Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll, BatchTimeout: 5 * time.Millisecond}
	defer w.Close()
	var messages []kafka.Message
	for i := from; i < to; i++ {
		messages = append(messages, kafka.Message{Key: fmt.Appendf(nil, "employer-%d", i), Value: fmt.Appendf(nil, "posting %d", i)})
	}
	if err := w.WriteMessages(context.Background(), messages...); err != nil {
		t.Fatal(err)
	}
}

func TestProduceAndConsume(t *testing.T) {
	e := start(t)
	name := topic(t, e, 4)
	produce(t, e, name, 0, 500)

	conn, err := dialer(e).DialContext(t.Context(), "tcp", KafkaName)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	partitions, err := conn.ReadPartitions(name)
	if err != nil || len(partitions) != 4 {
		t.Fatal(partitions, err)
	}
	client := &kafka.Client{Addr: kafka.TCP(KafkaName), Transport: &kafka.Transport{Dial: e.DialKafka}}
	offsets, err := client.ListOffsets(context.Background(), &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{name: {kafka.LastOffsetOf(0), kafka.LastOffsetOf(1), kafka.LastOffsetOf(2), kafka.LastOffsetOf(3)}}})
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, p := range offsets.Topics[name] {
		total += p.LastOffset
	}
	if total != 500 {
		t.Errorf("the ends of the partitions add up to %d", total)
	}

	// Two members of one group share the partitions; what one commits the other does not see again.
	seen := consumeGroup(t, e, name, "group-"+name, 2, 500)
	if len(seen) != 500 {
		t.Errorf("%d different messages", len(seen))
	}
	produce(t, e, name, 500, 510)
	if again := consumeGroup(t, e, name, "group-"+name, 1, 10); len(again) != 10 || again["posting 0"] > 0 {
		t.Errorf("after the commit: %v", again)
	}
	resp, err := client.OffsetFetch(context.Background(), &kafka.OffsetFetchRequest{GroupID: "group-" + name, Topics: map[string][]int{name: {0, 1, 2, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	total = 0
	for _, p := range resp.Topics[name] {
		total += p.CommittedOffset
	}
	if total != 510 {
		t.Errorf("commits add up to %d", total)
	}
}

func consumeGroup(t *testing.T, e *Embedded, topic, group string, members, want int) map[string]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	var mu sync.Mutex
	seen := map[string]int{}
	var wg sync.WaitGroup
	for range members {
		r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{KafkaName}, Dialer: dialer(e), GroupID: group, Topic: topic, StartOffset: kafka.FirstOffset, MaxWait: 100 * time.Millisecond})
		wg.Go(func() {
			defer r.Close()
			for {
				m, err := r.FetchMessage(ctx)
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					return
				}
				if err := r.CommitMessages(ctx, m); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				mu.Lock()
				seen[string(m.Value)]++
				enough := len(seen) >= want
				mu.Unlock()
				if enough {
					cancel()
					return
				}
			}
		})
	}
	wg.Wait()
	return seen
}

func TestConsumerGroupGenerations(t *testing.T) {
	e := start(t)
	name := topic(t, e, 4)
	produce(t, e, name, 0, 100)
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{ID: "gen-" + name, Brokers: []string{KafkaName}, Dialer: dialer(e), Topics: []string{name}, StartOffset: kafka.FirstOffset})
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	gen, err := group.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(gen.Assignments[name]); n != 4 {
		t.Fatalf("%d partitions assigned", n)
	}
	if err := gen.CommitOffsets(map[string]map[int]int64{name: {0: 3}}); err != nil {
		t.Fatal(err)
	}
}
