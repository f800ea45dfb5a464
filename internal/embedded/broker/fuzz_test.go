package broker

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// script is a connection whose client sends fixed bytes.
type script struct {
	io.Reader
	sent bytes.Buffer
}

func (s *script) Write(p []byte) (int, error)    { return s.sent.Write(p) }
func (*script) Close() error                     { return nil }
func (*script) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9092} }
func (*script) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (*script) SetDeadline(time.Time) error      { return nil }
func (*script) SetReadDeadline(time.Time) error  { return nil }
func (*script) SetWriteDeadline(time.Time) error { return nil }

// FuzzStranger sends bytes to the port. Whatever they are, the broker gets nothing but sound requests for public
// topics, and what the port answers by itself stays in proportion.
func FuzzStranger(f *testing.F) {
	for _, raw := range hostile() {
		if len(raw) < 1000 {
			f.Add(raw)
		}
	}
	format := kmsg.NewRequestFormatter(kmsg.FormatterClientID("c"))
	for key := range int16(kmsg.MaxKey + 1) {
		req := kmsg.RequestForKey(key)
		if req == nil {
			continue
		}
		if span, ok := testVersions()[key]; ok {
			req.SetVersion(span[1])
			f.Add(format.AppendRequest(nil, req, 1))
		}
	}
	for _, topic := range []string{"alerts.v1", "requests.v1"} {
		meta, fetch, list, epoch := kmsg.NewPtrMetadataRequest(), kmsg.NewPtrFetchRequest(), kmsg.NewPtrListOffsetsRequest(), kmsg.NewPtrOffsetForLeaderEpochRequest()
		meta.Version, fetch.Version, list.Version, epoch.Version = 8, 11, 5, 3
		meta.Topics = append(meta.Topics, kmsg.MetadataRequestTopic{Topic: &topic})
		fetch.Topics = append(fetch.Topics, kmsg.FetchRequestTopic{Topic: topic, Partitions: []kmsg.FetchRequestTopicPartition{{FetchOffset: 1, PartitionMaxBytes: 1 << 30}}})
		list.Topics = append(list.Topics, kmsg.ListOffsetsRequestTopic{Topic: topic, Partitions: []kmsg.ListOffsetsRequestTopicPartition{{Timestamp: -1}}})
		epoch.Topics = append(epoch.Topics, kmsg.OffsetForLeaderEpochRequestTopic{Topic: topic, Partitions: []kmsg.OffsetForLeaderEpochRequestTopicPartition{{LeaderEpoch: 1}}})
		var all []byte
		for _, req := range []kmsg.Request{meta, fetch, list, epoch} {
			one := format.AppendRequest(nil, req, 1)
			f.Add(one)
			all = append(all, one...)
		}
		f.Add(all)
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		client := &script{Reader: bytes.NewReader(sent)}
		server := testPort().check(client)
		for {
			raw := make([]byte, 4)
			if _, err := io.ReadFull(server, raw); err != nil {
				break
			}
			raw = append(raw, make([]byte, len(server.buffer))...)
			if _, err := io.ReadFull(server, raw[4:]); err != nil {
				t.Fatalf("half a request: %v", err)
			}
			checkForwarded(t, raw)
			server.settled() // as if the broker had answered
		}
		if room := 4096 + 64*len(sent); client.sent.Len() > room {
			t.Errorf("%d bytes were answered with %d", len(sent), client.sent.Len())
		}
	})
}

// checkForwarded reads a request as the broker does and makes sure that it is about public topics.
func checkForwarded(t *testing.T, raw []byte) {
	t.Helper()
	r := kbin.Reader{Src: raw}
	if size := r.Int32(); int(size) != len(raw)-4 {
		t.Fatalf("a request says %d bytes and has %d", size, len(raw)-4)
	}
	req := kmsg.RequestForKey(r.Int16())
	req.SetVersion(r.Int16())
	r.Int32()
	r.NullableString()
	if req.IsFlexible() {
		t.Fatalf("%T with tags", req)
	}
	if err := req.ReadFrom(r.Src); err != nil {
		t.Fatalf("%T cannot be read: %v", req, err)
	}
	if !slices.Equal(req.AppendTo(nil), r.Src) {
		t.Fatalf("%T has more to it than it says", req)
	}
	var topics []string
	partitions := 0
	switch req := req.(type) {
	case *kmsg.MetadataRequest:
		if req.Topics == nil || req.AllowAutoTopicCreation {
			t.Fatalf("%+v", req)
		}
		for _, topic := range req.Topics {
			topics = append(topics, *topic.Topic)
		}
	case *kmsg.FetchRequest:
		if req.SessionID != 0 || len(req.ForgottenTopics) > 0 || req.MaxBytes > maxStrangerFetch || req.MaxWaitMillis > maxStrangerWait || req.ReplicaID != -1 {
			t.Fatalf("%+v", req)
		}
		for _, topic := range req.Topics {
			topics, partitions = append(topics, topic.Topic), partitions+len(topic.Partitions)
		}
	case *kmsg.ListOffsetsRequest:
		for _, topic := range req.Topics {
			topics, partitions = append(topics, topic.Topic), partitions+len(topic.Partitions)
		}
	case *kmsg.OffsetForLeaderEpochRequest:
		for _, topic := range req.Topics {
			topics, partitions = append(topics, topic.Topic), partitions+len(topic.Partitions)
		}
	default:
		t.Fatalf("%T reached the broker", req)
	}
	for _, topic := range topics {
		if topic != "alerts.v1" {
			t.Fatalf("%T about %q reached the broker", req, topic)
		}
	}
	if partitions > len(raw) {
		t.Fatalf("%d partitions", partitions)
	}
}

// FuzzOwner sends bytes through a door of owners: the broker must not get what it would panic at, and a header costs
// no more than its bytes.
func FuzzOwner(f *testing.F) {
	for _, raw := range hostile() {
		if len(raw) < 1000 {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		server := (&guard{logger: slog.New(slog.DiscardHandler)}).owner(&script{Reader: bytes.NewReader(sent)})
		got, err := io.ReadAll(server)
		if err == nil && len(got) != len(sent) {
			t.Errorf("%d of %d bytes came through", len(got), len(sent))
		}
		for len(got) > 0 {
			r := kbin.Reader{Src: got}
			size := r.Int32()
			if kmsg.RequestForKey(r.Int16()) == nil {
				t.Fatal("a kind of request that does not exist reached the broker")
			}
			got = got[4+size:]
		}
	})
}

// FuzzFinish reads answers: those of the broker hold what clients have written.
func FuzzFinish(f *testing.F) {
	for key := range int16(kmsg.MaxKey + 1) {
		if resp := kmsg.ResponseForKey(key); resp != nil {
			if span, ok := testVersions()[key]; ok {
				resp.SetVersion(span[1])
				f.Add(key, span[1], resp.AppendTo(make([]byte, 8)))
			}
		}
	}
	f.Fuzz(func(_ *testing.T, key, version int16, raw []byte) {
		c := testPort().check(&script{})
		asked := frame{key: key, version: version}
		if !c.port.versions.speak(asked) || !slices.Contains(heard, kmsg.Key(key)) {
			return
		}
		c.asked, c.amend = asked, func(kmsg.Response) {}
		_, _ = c.finish(raw)
	})
}
