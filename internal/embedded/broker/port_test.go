package broker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	saslplain "github.com/twmb/franz-go/pkg/sasl/plain"
)

const (
	testUser     = "stage"
	testPassword = "s3cret & long"
	secret       = "13800138000 of the applicant" // what the private topic holds
	shown        = "a warning for everyone"       // what the public topic holds
)

// openBroker starts a broker with a port, a public and a private topic with a message each, and a consumer group.
func openBroker(t testing.TB, log io.Writer) *Broker {
	t.Helper()
	b, err := Open(t.Context(), Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", User: testUser, Password: testPassword,
		Public: []string{"alerts.v1"}, RetentionBytes: 1 << 20, SegmentBytes: 128 << 10}, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	client, err := kgo.NewClient(kgo.SeedBrokers(Name), kgo.Dialer(b.Dial), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for topic, text := range map[string]string{"requests.v1": secret, "alerts.v1": shown} {
		if err := b.cluster.CreateTopic(topic, 2, nil); err != nil {
			t.Fatal(err)
		}
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: 0, Key: []byte("k"), Value: []byte(text)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	for _, topic := range []string{"requests.v1", "alerts.v1"} {
		for p := range int32(2) {
			if end := b.cluster.PartitionInfo(topic, p).HighWatermark; end > 0 {
				req := kmsg.NewPtrOffsetCommitRequest()
				req.Group, req.Generation = "aggregate", -1
				rt := kmsg.NewOffsetCommitRequestTopic()
				rt.Topic, rt.TopicID = topic, b.cluster.TopicInfo(topic).TopicID
				rp := kmsg.NewOffsetCommitRequestTopicPartition()
				rp.Partition, rp.Offset = p, end
				rt.Partitions = append(rt.Partitions, rp)
				req.Topics = append(req.Topics, rt)
				if _, err := req.RequestWith(t.Context(), b.client); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return b
}

// state is everything that a stranger must not change.
func (b *Broker) state(t testing.TB) string {
	t.Helper()
	var out strings.Builder
	topics, err := b.topics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(topics)
	groups, err := b.groups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range topics {
		fmt.Fprintln(&out, topic, b.cluster.TopicInfo(topic).Configs)
		for _, p := range b.cluster.PartitionInfos(topic) {
			fmt.Fprintln(&out, p.Partition, p.LogStartOffset, p.HighWatermark, p.NumBytes)
		}
	}
	for _, g := range groups {
		fmt.Fprintln(&out, g.Group, g.Commits, g.Members)
	}
	return out.String()
}

func goClient(t *testing.T, b *Broker, user, password string) *kafka.Client {
	t.Helper()
	transport := &kafka.Transport{}
	if user != "" {
		transport.SASL = plain.Mechanism{Username: user, Password: password}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &kafka.Client{Addr: kafka.TCP(b.PortAddr()), Transport: transport, Timeout: 10 * time.Second}
}

func TestPortWithKafkaGo(t *testing.T) {
	b := openBroker(t, io.Discard)
	before := b.state(t)
	ctx := t.Context()
	write := func(c *kafka.Client) error {
		resp, err := c.Produce(ctx, &kafka.ProduceRequest{Topic: "requests.v1", RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte(`{"heads":9999}`))})})
		if err != nil {
			return err
		}
		return resp.Error
	}
	stranger := goClient(t, b, "", "")
	all, err := stranger.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil || len(all.Topics) != 1 || all.Topics[0].Name != "alerts.v1" {
		t.Errorf("a stranger sees %+v %v", all, err)
	}
	if got := fmt.Sprintf("%s:%d", all.Brokers[0].Host, all.Brokers[0].Port); got != b.PortAddr() {
		t.Errorf("the broker advertises %s on %s", got, b.PortAddr())
	}
	for _, name := range []string{"requests.v1", "no-such-topic"} {
		meta, err := stranger.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{name}})
		if err != nil || meta.Topics[0].Error == nil || len(meta.Topics[0].Partitions) > 0 { // kafka-go knows what all topics are
			t.Errorf("metadata of %s: %+v %v", name, meta, err)
		}
	}
	read := func(topic string, dialer *kafka.Dialer) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		for p := range 2 { // the message is in either
			conn, err := dialer.DialLeader(ctx, "tcp", b.PortAddr(), topic, p)
			if err != nil {
				return "", err
			}
			_ = conn.SetDeadline(time.Now().Add(time.Second))
			m, err := conn.ReadMessage(1 << 20)
			_ = conn.Close()
			if err == nil {
				return string(m.Value), nil
			}
		}
		return "", errors.New("nothing")
	}
	if got, err := read("alerts.v1", &kafka.Dialer{}); got != shown {
		t.Errorf("a stranger reads of the public topic %q %v", got, err)
	}
	if got, err := read("requests.v1", &kafka.Dialer{}); err == nil {
		t.Errorf("a stranger reads %q", got)
	}
	if err := write(stranger); err == nil {
		t.Error("a stranger writes")
	}
	if _, err := stranger.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{"requests.v1"}}); err == nil {
		t.Error("a stranger deletes a topic")
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{ID: "aggregate", Brokers: []string{b.PortAddr()}, Topics: []string{"requests.v1"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := group.Next(ctx); !errors.Is(err, kafka.GroupAuthorizationFailed) {
		t.Errorf("a stranger joins a group: %v", err)
	}
	if err := group.Close(); err != nil {
		t.Error(err)
	}
	if after := b.state(t); after != before {
		t.Errorf("a stranger changed\n%s to\n%s", before, after)
	}
	if err := write(goClient(t, b, testUser, "wrong")); err == nil {
		t.Error("written with a wrong password")
	}
	if err := write(goClient(t, b, testUser, testPassword)); err != nil {
		t.Errorf("the owner writes: %v", err)
	}
	owner := &kafka.Dialer{SASLMechanism: plain.Mechanism{Username: testUser, Password: testPassword}, Timeout: 5 * time.Second}
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{b.PortAddr()}, GroupID: "tool", Topic: "requests.v1", StartOffset: kafka.FirstOffset, Dialer: owner, MaxWait: 100 * time.Millisecond})
	defer r.Close()
	wait, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for range 2 {
		m, err := r.FetchMessage(wait)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.CommitMessages(wait, m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPortWithFranzGo(t *testing.T) {
	b := openBroker(t, io.Discard)
	before := b.state(t)
	client := func(opts ...kgo.Opt) *kgo.Client {
		c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(b.PortAddr()), kgo.FetchMaxWait(time.Second), kgo.RequestRetries(1), kgo.UnknownTopicRetries(0))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	poll := func(c *kgo.Client) (texts []string, failed error) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		fetches := c.PollFetches(ctx)
		fetches.EachError(func(_ string, _ int32, err error) { failed = err })
		fetches.EachRecord(func(r *kgo.Record) { texts = append(texts, string(r.Value)) })
		return texts, failed
	}
	start := kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())
	if texts, err := poll(client(kgo.ConsumeTopics("alerts.v1"), start)); len(texts) != 1 || texts[0] != shown {
		t.Errorf("a stranger reads of the public topic %q %v", texts, err)
	}
	if texts, err := poll(client(kgo.ConsumeTopics("requests.v1"), start)); len(texts) > 0 || !errors.Is(err, kerr.TopicAuthorizationFailed) {
		t.Errorf("a stranger reads %q %v", texts, err)
	}
	if texts, err := poll(client(kgo.ConsumeTopics(".*"), kgo.ConsumeRegex(), start)); len(texts) != 1 || texts[0] != shown {
		t.Errorf("a stranger reads of all topics %q %v", texts, err)
	}
	if texts, err := poll(client(kgo.ConsumeTopics("alerts.v1"), kgo.ConsumerGroup("aggregate"), start)); len(texts) > 0 {
		t.Errorf("a stranger reads in a group %q %v", texts, err)
	}
	if err := client().ProduceSync(t.Context(), &kgo.Record{Topic: "requests.v1", Value: []byte(`{"heads":9999}`)}).FirstErr(); err == nil {
		t.Error("a stranger writes")
	}
	if after := b.state(t); after != before {
		t.Errorf("a stranger changed\n%s to\n%s", before, after)
	}
	auth := kgo.SASL(saslplain.Auth{User: testUser, Pass: testPassword}.AsMechanism())
	if err := client(auth).ProduceSync(t.Context(), &kgo.Record{Topic: "requests.v1", Value: []byte("more")}).FirstErr(); err != nil {
		t.Errorf("the owner writes: %v", err)
	}
	if texts, err := poll(client(auth, kgo.ConsumeTopics("requests.v1"), kgo.ConsumerGroup("tool"), start)); len(texts) == 0 {
		t.Errorf("the owner reads nothing: %v", err)
	}
}

// exchange sends a request on a connection of its own and returns the answer, empty when the connection was closed.
func exchange(t testing.TB, b *Broker, raw []byte, owner bool) []byte {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", b.PortAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if owner {
		hello := kmsg.NewPtrSASLHandshakeRequest()
		hello.Version, hello.Mechanism = 1, "PLAIN"
		auth := kmsg.NewPtrSASLAuthenticateRequest()
		auth.SASLAuthBytes = []byte("\x00" + testUser + "\x00" + testPassword)
		for _, req := range []kmsg.Request{hello, auth} {
			if _, err := conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, req, 1)); err != nil {
				t.Fatal(err)
			}
			if len(answerOf(conn)) == 0 {
				t.Fatal("the owner was not let in")
			}
		}
	}
	if _, err := conn.Write(raw); err != nil {
		t.Fatal(err)
	}
	return answerOf(conn)
}

func answerOf(conn io.Reader) []byte {
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil
	}
	answer := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(conn, answer); err != nil {
		return nil
	}
	return answer
}
