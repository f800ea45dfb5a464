package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
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

func createTopic(ctx context.Context, e *Embedded, name string, partitions int) error {
	client := &kafka.Client{Addr: kafka.TCP(e.Brokers()...), Timeout: 10 * time.Second}
	resp, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: name, NumPartitions: partitions, ReplicationFactor: 1}}})
	if err != nil {
		return err
	}
	return resp.Errors[name]
}

func produce(t testing.TB, e *Embedded, topic string, from, to int) {
	t.Helper()
	w := &kafka.Writer{Addr: kafka.TCP(e.Brokers()...), Topic: topic, Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll, BatchTimeout: 5 * time.Millisecond}
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

	conn, err := kafka.Dial("tcp", e.Brokers()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	partitions, err := conn.ReadPartitions(name)
	if err != nil || len(partitions) != 4 {
		t.Fatal(partitions, err)
	}
	client := &kafka.Client{Addr: kafka.TCP(e.Brokers()...)}
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
		r := kafka.NewReader(kafka.ReaderConfig{Brokers: e.Brokers(), GroupID: group, Topic: topic, StartOffset: kafka.FirstOffset, MaxWait: 100 * time.Millisecond})
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
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{ID: "gen-" + name, Brokers: e.Brokers(), Topics: []string{name}, StartOffset: kafka.FirstOffset})
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

// outside is what a client of another process uses.
func outside(t testing.TB, e *Embedded, user, password string) *kafka.Client {
	t.Helper()
	transport := &kafka.Transport{}
	if user != "" {
		transport.SASL = plain.Mechanism{Username: user, Password: password}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &kafka.Client{Addr: kafka.TCP(e.KafkaAddr()), Transport: transport, Timeout: 10 * time.Second}
}

func TestOpenKafkaListener(t *testing.T) {
	e := start(t)
	name := topic(t, e, 2)
	produce(t, e, name, 0, 50)
	ctx := context.Background()
	write := func(c *kafka.Client) error {
		resp, err := c.Produce(ctx, &kafka.ProduceRequest{Topic: name, Partition: 0, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte("x"))})})
		if err != nil {
			return err
		}
		return resp.Error
	}

	anonymous := outside(t, e, "", "")
	meta, err := anonymous.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{name}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%s:%d", meta.Brokers[0].Host, meta.Brokers[0].Port); got != e.KafkaAddr() {
		t.Errorf("the broker advertises %s on %s", got, e.KafkaAddr())
	}
	fetched, err := anonymous.Fetch(ctx, &kafka.FetchRequest{Topic: name, Partition: 0, Offset: 0, MinBytes: 1, MaxBytes: 1 << 20, MaxWait: time.Second})
	if err != nil || fetched.Error != nil || fetched.HighWatermark == 0 {
		t.Errorf("anonymous fetch: %+v %v", fetched, err)
	}
	if err := write(anonymous); !errors.Is(err, kafka.TopicAuthorizationFailed) {
		t.Errorf("anonymous produce: %v", err)
	}
	created, err := anonymous.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: "intruder", NumPartitions: 1, ReplicationFactor: 1}}})
	if err == nil && !errors.Is(created.Errors["intruder"], kafka.TopicAuthorizationFailed) {
		t.Errorf("anonymous create: %v", created.Errors)
	}
	if _, err := anonymous.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{name}}); err == nil {
		t.Error("anonymous delete was answered")
	}

	if err := write(outside(t, e, testUser, "wrong")); err == nil {
		t.Error("produce with a wrong password")
	}
	stage := outside(t, e, testUser, testPassword)
	if err := write(stage); err != nil {
		t.Errorf("produce with the password: %v", err)
	}
	dialer := &kafka.Dialer{SASLMechanism: plain.Mechanism{Username: testUser, Password: testPassword}, Timeout: 5 * time.Second}
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{e.KafkaAddr()}, GroupID: "outside-" + name, Topic: name, StartOffset: kafka.FirstOffset, Dialer: dialer, MaxWait: 100 * time.Millisecond})
	defer r.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for range 51 {
		m, err := r.FetchMessage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.CommitMessages(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStrayClientsDoNotHurt(t *testing.T) {
	e := start(t)
	for _, addr := range []string{e.Brokers()[0], e.KafkaAddr()} {
		for _, bytes := range []string{"GET / HTTP/1.1\r\n\r\n", "\x00\x00\x00\x0a\x7f\xff\x00\x00\x00\x00\x00\x01\xff\xff", "\x00\x00\x00\x00", "\x00\x00\x00\x09\x00\x24\x00\x00\x00\x00\x00\x01\x7f"} {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = conn.Write([]byte(bytes))
			_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
			_, _ = conn.Read(make([]byte, 16))
			_ = conn.Close()
		}
	}
	produce(t, e, topic(t, e, 1), 0, 1)
}
