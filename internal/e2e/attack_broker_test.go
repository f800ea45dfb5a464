//go:build e2e

package e2e

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/gapwatch/gapwatch/internal/embedded"
	kafkabus "github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// brokerAttacks go through the Kafka port, the sockets of the data directory, and what lies in it.
func brokerAttacks() []attack {
	return []attack{
		{"broker: another user finds a port of the program's own", "two loopback ports, one without any authentication", attackOwnPorts},
		{"broker: a stranger reads private topics", "organisations, notes and contacts, with any client", attackPrivateTopics},
		{"broker: a stranger writes a request of 9,999 heads", "written and counted", attackForgedRequest},
		{"broker: a stranger joins, commits, deletes, reads by id", "by the program's own port all of it", attackEverythingElse},
		{"broker: 19 bytes that announce more", "35 s of a processor each, 64 MiB reserved", attackAnnounce},
		{"broker: idle and greedy connections", "the accept loop ended for ever", attackConnections},
		{"broker: strangers ask as fast as they can", "as much of the broker as they wanted, one answer at a time for all", attackFlood},
		{"broker: guessing the password", "as fast as the network, unnoticed", attackGuess},
		{"broker: another user connects to the sockets", "(ports and a password in run.json)", attackSockets},
		{"broker: a file with the password", "run.json, readable through the engine's port", attackPasswordFile},
		{"broker: store killed under its stages", "they retried the old ports and password for ever", attackRestart},
	}
}

const brokerSecret = "ask Li Lei, 13800138000"

// plant puts something private into requests.v1, as a request does, and something public into alerts.v1.
func plant(t *testing.T, v *victim) {
	t.Helper()
	client := bus(t, v.dir)
	for topic, text := range map[string]any{
		talent.TopicRequests: talent.Request{ID: "planted", Org: "org-secret", Skill: "pytorch", Heads: 1, Note: brokerSecret, CreatedAt: time.Now().UTC(), Version: 1},
		talent.TopicAlerts:   talent.AlertEvent{ID: "planted", AlertID: "planted", Skill: "pytorch"},
	} {
		m, err := kafkabus.JSON("planted", text)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Write(t.Context(), topic, m); err != nil {
			t.Fatal(err)
		}
	}
}

// readAll reads a topic with kgo until it has found text in a message or a second has brought nothing new.
func readAll(t *testing.T, text string, opts ...kgo.Opt) (found bool, failed error) {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(200*time.Millisecond), kgo.RequestRetries(0), kgo.UnknownTopicRetries(0))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	for ctx.Err() == nil && !found {
		fetches := client.PollFetches(ctx)
		fetches.EachError(func(_ string, _ int32, err error) { failed = err })
		fetches.EachRecord(func(r *kgo.Record) { found = found || strings.Contains(string(r.Value), text) })
		if failed != nil && !errors.Is(failed, context.DeadlineExceeded) {
			break
		}
	}
	return found, failed
}

// ownerDial is how an owner's kgo client reaches the broker of the victim.
func ownerDial(v *victim) []kgo.Opt {
	return []kgo.Opt{kgo.SeedBrokers(embedded.KafkaName), kgo.Dialer(embedded.At(v.dir).DialKafka)}
}

func attackPrivateTopics(t *testing.T, v *victim) string {
	plant(t, v)
	if found, err := readAll(t, brokerSecret, append(ownerDial(v), kgo.ConsumeTopics(talent.TopicRequests))...); !found {
		t.Fatalf("not even the owner finds the secret: %v", err)
	}
	if found, err := readAll(t, "planted", kgo.SeedBrokers(v.kafka), kgo.ConsumeTopics(talent.TopicAlerts)); !found {
		t.Errorf("alerts are public, and were not read: %v", err)
	}
	refused := 0
	for _, topic := range talent.Topics() {
		if topic == talent.TopicAlerts {
			continue
		}
		if found, err := readAll(t, "", kgo.SeedBrokers(v.kafka), kgo.ConsumeTopics(topic)); found {
			t.Errorf("kgo reads %s: %v", topic, err)
		}
		conn, err := kafka.DialLeader(t.Context(), "tcp", v.kafka, topic, 0)
		if err == nil {
			_ = conn.Close()
			t.Errorf("kafka-go finds the leader of %s", topic)
			continue
		}
		refused++
	}
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	meta, err := (&kafka.Client{Addr: kafka.TCP(v.kafka), Transport: transport}).Metadata(t.Context(), &kafka.MetadataRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(meta.Topics) != 1 || meta.Topics[0].Name != talent.TopicAlerts {
		t.Errorf("a stranger sees %+v", meta.Topics)
	}
	return fmt.Sprintf("%d topics refused to kafka-go and kgo; alerts.v1 is read", refused)
}

// ends are the ends of every partition of a topic, as the owner sees them.
func ends(t *testing.T, v *victim, topic string) string {
	t.Helper()
	transport := &kafka.Transport{Dial: embedded.At(v.dir).DialKafka}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(embedded.KafkaName), Transport: transport}
	var asks []kafka.OffsetRequest
	for p := range 4 {
		asks = append(asks, kafka.FirstOffsetOf(p), kafka.LastOffsetOf(p))
	}
	resp, err := client.ListOffsets(t.Context(), &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: asks}})
	if err != nil {
		t.Fatal(err)
	}
	bounds := map[int]string{}
	for _, p := range resp.Topics[topic] {
		bounds[p.Partition] = fmt.Sprint(p.FirstOffset, "-", p.LastOffset)
	}
	return fmt.Sprint(bounds)
}

func attackForgedRequest(t *testing.T, v *victim) string {
	before := ends(t, v, talent.TopicRequests)
	forged := []byte(`{"id":"forged","org":"o","skill":"pytorch","heads":9999,"created_at":"2026-01-01T00:00:00Z","version":1}`)
	client, err := kgo.NewClient(kgo.SeedBrokers(v.kafka), kgo.RequestRetries(1), kgo.UnknownTopicRetries(0), kgo.RecordRetries(1))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := client.ProduceSync(ctx, &kgo.Record{Topic: talent.TopicRequests, Value: forged}).FirstErr(); err == nil {
		t.Error("kgo wrote")
	}
	w := &kafka.Writer{Addr: kafka.TCP(v.kafka), Topic: talent.TopicRequests, RequiredAcks: kafka.RequireAll, MaxAttempts: 1, Transport: &kafka.Transport{}}
	if err := w.WriteMessages(ctx, kafka.Message{Value: forged}); err == nil {
		t.Error("kafka-go wrote")
	}
	_ = w.Close()
	// and without asking anybody where: with and without an acknowledgement
	for _, acks := range []int16{-1, 1, 0} {
		req := kmsg.NewPtrProduceRequest()
		req.Version, req.Acks, req.TimeoutMillis = 7, acks, 1000
		topic, part := kmsg.NewProduceRequestTopic(), kmsg.NewProduceRequestTopicPartition()
		topic.Topic, part.Records = talent.TopicRequests, recordBatch(forged)
		topic.Partitions = append(topic.Partitions, part)
		req.Topics = append(req.Topics, topic)
		rawRequest(t, v, req)
	}
	if after := ends(t, v, talent.TopicRequests); after != before {
		t.Errorf("requests.v1 was %s and is %s", before, after)
	}
	if n := query(t, v.dir, "SELECT count() FROM requests FINAL WHERE id = 'forged'")[0][0]; n != "0" {
		t.Errorf("%s forged requests counted", n)
	}
	return "refused, nothing written"
}

// recordBatch is an uncompressed batch of one record, as a producer writes it.
func recordBatch(value []byte) []byte {
	record := kmsg.Record{Value: value}
	record.Length = int32(len(record.AppendTo(nil)) - 1)
	batch := kmsg.RecordBatch{Magic: 2, NumRecords: 1, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, Records: record.AppendTo(nil)}
	raw := batch.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
	return raw
}

// rawRequest sends one request to the port and returns the answer, empty when the connection was closed.
func rawRequest(t *testing.T, v *victim, req kmsg.Request) []byte {
	t.Helper()
	return rawBytes(t, v, kmsg.NewRequestFormatter(kmsg.FormatterClientID("x")).AppendRequest(nil, req, 7))
}

func rawBytes(t *testing.T, v *victim, raw []byte) []byte {
	t.Helper()
	conn := dial(t, v.kafka)
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write(raw); err != nil {
		return nil
	}
	buf := make([]byte, 1<<20)
	n, _ := conn.Read(buf)
	return buf[:n]
}

func attackEverythingElse(t *testing.T, v *victim) string {
	plant(t, v)
	before := ends(t, v, talent.TopicRequests)
	client, err := kgo.NewClient(ownerDial(v)...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	meta := kmsg.NewPtrMetadataRequest()
	name := talent.TopicRequests
	meta.Topics = append(meta.Topics, kmsg.MetadataRequestTopic{Topic: &name})
	known, err := meta.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	id := known.Topics[0].TopicID

	tried := 0
	try := func(what string, req kmsg.Request, version int16) {
		t.Helper()
		tried++
		req.SetVersion(version)
		answer := rawRequest(t, v, req)
		for _, secret := range []string{brokerSecret, "org-secret", string(id[:])} {
			if strings.Contains(string(answer), secret) {
				t.Errorf("%s: answered %q", what, answer)
			}
		}
	}
	for p := range int32(4) {
		for _, version := range []int16{4, 11, 12, 13, 17} {
			fetch := kmsg.NewPtrFetchRequest()
			fetch.MaxBytes, fetch.MinBytes, fetch.SessionEpoch = 1<<20, 1, -1
			part := kmsg.NewFetchRequestTopicPartition()
			part.Partition, part.PartitionMaxBytes = p, 1<<20
			fetch.Topics = append(fetch.Topics, kmsg.FetchRequestTopic{Topic: name, TopicID: id, Partitions: []kmsg.FetchRequestTopicPartition{part}})
			try("fetch", fetch, version)
		}
	}
	byID := kmsg.NewPtrMetadataRequest()
	byID.Topics = append(byID.Topics, kmsg.MetadataRequestTopic{TopicID: id})
	try("metadata by id", byID, 12)
	describe := kmsg.NewPtrDescribeTopicPartitionsRequest()
	describe.Topics = append(describe.Topics, kmsg.DescribeTopicPartitionsRequestTopic{Topic: name})
	try("describe", describe, 0)
	remove := kmsg.NewPtrDeleteRecordsRequest()
	remove.Topics = append(remove.Topics, kmsg.DeleteRecordsRequestTopic{Topic: name, Partitions: []kmsg.DeleteRecordsRequestTopicPartition{{Partition: 0, Offset: -1}, {Partition: 1, Offset: -1}, {Partition: 2, Offset: -1}, {Partition: 3, Offset: -1}}})
	try("delete records", remove, 1)
	drop := kmsg.NewPtrDeleteTopicsRequest()
	drop.TopicNames = []string{name}
	try("delete topic", drop, 3)
	dropID := kmsg.NewPtrDeleteTopicsRequest()
	dropID.Topics = append(dropID.Topics, kmsg.DeleteTopicsRequestTopic{TopicID: id})
	try("delete topic by id", dropID, 6)
	for _, version := range []int16{5, 9} {
		join := kmsg.NewPtrJoinGroupRequest()
		join.Group, join.ProtocolType, join.SessionTimeoutMillis, join.RebalanceTimeoutMillis = "aggregate", "consumer", 10000, 10000
		join.Protocols = append(join.Protocols, kmsg.JoinGroupRequestProtocol{Name: "range"})
		try("join", join, version)
	}
	for _, version := range []int16{7, 8} {
		commit := kmsg.NewPtrOffsetCommitRequest()
		commit.Group, commit.Generation = "aggregate", -1
		commit.Topics = append(commit.Topics, kmsg.OffsetCommitRequestTopic{Topic: name, Partitions: []kmsg.OffsetCommitRequestTopicPartition{{Offset: 1 << 40}}})
		try("commit", commit, version)
	}
	for _, req := range []kmsg.Request{kmsg.NewPtrListGroupsRequest(), kmsg.NewPtrDescribeGroupsRequest(), kmsg.NewPtrOffsetFetchRequest(), kmsg.NewPtrDescribeConfigsRequest(),
		kmsg.NewPtrConsumerGroupHeartbeatRequest(), kmsg.NewPtrShareFetchRequest(), kmsg.NewPtrAlterConfigsRequest(), kmsg.NewPtrLeaveGroupRequest()} {
		try(fmt.Sprintf("%T", req), req, 0)
	}
	if after := ends(t, v, name); after != before {
		t.Errorf("requests.v1 was %s and is %s", before, after)
	}
	return fmt.Sprintf("%d raw requests, by name and by id: nothing told, nothing changed", tried)
}
