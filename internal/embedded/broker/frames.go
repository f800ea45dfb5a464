package broker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Kafka's numbers of the errors that the guard answers with.
const (
	errTopicAuthorization   = 29
	errGroupAuthorization   = 30
	errClusterAuthorization = 31
	errUnsupportedMechanism = 33
	errAuthenticationFailed = 58
)

// readKeys are the requests that change nothing. Joining a group is not among them: a reader that joins
// takes partitions away from the program's own consumers.
var readKeys = map[kmsg.Key]bool{
	kmsg.Fetch: true, kmsg.ListOffsets: true, kmsg.Metadata: true, kmsg.OffsetFetch: true, kmsg.FindCoordinator: true,
	kmsg.DescribeGroups: true, kmsg.ListGroups: true, kmsg.ApiVersions: true, kmsg.DescribeConfigs: true,
	kmsg.OffsetForLeaderEpoch: true, kmsg.DescribeCluster: true, kmsg.DescribeTopicPartitions: true,
}

// frame is a request without its length: what its header says, and the rest.
type frame struct {
	key, version int16
	correlation  int32
	body         []byte
}

func parseFrame(raw []byte) (frame, error) {
	r := kbin.Reader{Src: raw}
	f := frame{key: r.Int16(), version: r.Int16(), correlation: r.Int32()}
	req := kmsg.RequestForKey(f.key)
	if req == nil {
		return f, fmt.Errorf("request kind %d does not exist", f.key)
	}
	req.SetVersion(f.version)
	r.NullableString() // the client's id
	if req.IsFlexible() {
		kmsg.SkipTags(&r)
	}
	if !r.Ok() {
		return f, errors.New("malformed request header")
	}
	f.body = r.Src
	return f, nil
}

// request is an empty request of the frame's kind and version.
func (f frame) request() kmsg.Request {
	req := kmsg.RequestForKey(f.key)
	req.SetVersion(f.version)
	return req
}

// answered tells whether the broker will answer: it does not when a producer wants no acknowledgement.
func (f frame) answered() bool {
	if f.key != int16(kmsg.Produce) {
		return true
	}
	r := kbin.Reader{Src: f.body}
	if f.request().IsFlexible() {
		r.CompactNullableString()
	} else {
		r.NullableString()
	}
	return r.Int16() != 0
}

// denial is the answer that tells a client what it may not do; nil for the rarer requests.
func denial(f frame) kmsg.Response {
	req := f.request()
	if req.ReadFrom(f.body) != nil {
		return nil
	}
	switch req := req.(type) {
	case *kmsg.ProduceRequest:
		if req.Acks == 0 {
			return nil
		}
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, t := range req.Topics {
			topic := kmsg.NewProduceResponseTopic()
			topic.Topic, topic.TopicID = t.Topic, t.TopicID
			for _, p := range t.Partitions {
				partition := kmsg.NewProduceResponseTopicPartition()
				partition.Partition, partition.ErrorCode = p.Partition, errTopicAuthorization
				topic.Partitions = append(topic.Partitions, partition)
			}
			resp.Topics = append(resp.Topics, topic)
		}
		return resp
	case *kmsg.CreateTopicsRequest:
		resp := req.ResponseKind().(*kmsg.CreateTopicsResponse)
		for _, t := range req.Topics {
			topic := kmsg.NewCreateTopicsResponseTopic()
			topic.Topic, topic.ErrorCode = t.Topic, errTopicAuthorization
			resp.Topics = append(resp.Topics, topic)
		}
		return resp
	case *kmsg.OffsetCommitRequest:
		resp := req.ResponseKind().(*kmsg.OffsetCommitResponse)
		for _, t := range req.Topics {
			topic := kmsg.NewOffsetCommitResponseTopic()
			topic.Topic, topic.TopicID = t.Topic, t.TopicID
			for _, p := range t.Partitions {
				partition := kmsg.NewOffsetCommitResponseTopicPartition()
				partition.Partition, partition.ErrorCode = p.Partition, errGroupAuthorization
				topic.Partitions = append(topic.Partitions, partition)
			}
			resp.Topics = append(resp.Topics, topic)
		}
		return resp
	case *kmsg.JoinGroupRequest:
		resp := req.ResponseKind().(*kmsg.JoinGroupResponse)
		resp.ErrorCode = errGroupAuthorization
		return resp
	case *kmsg.ConsumerGroupHeartbeatRequest:
		resp := req.ResponseKind().(*kmsg.ConsumerGroupHeartbeatResponse)
		resp.ErrorCode = errGroupAuthorization
		return resp
	case *kmsg.InitProducerIDRequest:
		resp := req.ResponseKind().(*kmsg.InitProducerIDResponse)
		resp.ErrorCode = errClusterAuthorization
		return resp
	}
	return nil
}

// responseHeader is the length of a response's header with its length field: a flexible response has an
// empty list of tags in it, except that to ApiVersions.
func responseHeader(resp kmsg.Response) int {
	if resp.IsFlexible() && resp.Key() != int16(kmsg.ApiVersions) {
		return 9
	}
	return 8
}

func encodeResponse(f frame, resp kmsg.Response) []byte {
	out := resp.AppendTo(make([]byte, responseHeader(resp), 256))
	binary.BigEndian.PutUint32(out, uint32(len(out)-4))
	binary.BigEndian.PutUint32(out[4:], uint32(f.correlation))
	return out
}

// advertise replaces the broker's own address in an answer by the one that the client came to.
func advertise(f frame, raw []byte, own, here net.Addr) ([]byte, error) {
	switch kmsg.Key(f.key) {
	case kmsg.Metadata, kmsg.FindCoordinator, kmsg.DescribeCluster:
	case kmsg.ApiVersions:
		return advertiseSASL(f, raw), nil
	default:
		return raw, nil
	}
	resp := kmsg.ResponseForKey(f.key)
	resp.SetVersion(f.version)
	ownHost, ownPort, err := splitAddr(own)
	if err != nil {
		return nil, err
	}
	host, port, err := splitAddr(here)
	if err != nil {
		return nil, err
	}
	replace := func(h *string, p *int32) {
		if *h == ownHost && *p == ownPort {
			*h, *p = host, port
		}
	}
	head := responseHeader(resp)
	if len(raw) < head {
		return nil, errors.New("answer of the broker is too short")
	}
	if err := resp.ReadFrom(raw[head:]); err != nil {
		return nil, fmt.Errorf("read the broker's answer: %w", err)
	}
	switch resp := resp.(type) {
	case *kmsg.MetadataResponse:
		for i := range resp.Brokers {
			replace(&resp.Brokers[i].Host, &resp.Brokers[i].Port)
		}
	case *kmsg.FindCoordinatorResponse:
		replace(&resp.Host, &resp.Port)
		for i := range resp.Coordinators {
			replace(&resp.Coordinators[i].Host, &resp.Coordinators[i].Port)
		}
	case *kmsg.DescribeClusterResponse:
		for i := range resp.Brokers {
			replace(&resp.Brokers[i].Host, &resp.Brokers[i].Port)
		}
	}
	return encodeResponse(f, resp), nil
}

// advertiseSASL widens the versions of the SASL handshake in the list of what the broker speaks:
// librdkafka, and with it kcat, takes a broker without version 0 for one without SASL.
func advertiseSASL(f frame, raw []byte) []byte {
	resp := kmsg.NewPtrApiVersionsResponse()
	resp.SetVersion(f.version)
	head := responseHeader(resp)
	// An answer to a version that the broker does not know is in version 0, and the client asks again.
	if len(raw) < head+2 || binary.BigEndian.Uint16(raw[head:]) != 0 || resp.ReadFrom(raw[head:]) != nil {
		return raw
	}
	for i := range resp.ApiKeys {
		if resp.ApiKeys[i].ApiKey == int16(kmsg.SASLHandshake) {
			resp.ApiKeys[i].MinVersion = 0
		}
	}
	return encodeResponse(f, resp)
}

func splitAddr(addr net.Addr) (string, int32, error) {
	host, text, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "", 0, fmt.Errorf("read the address %s: %w", addr, err)
	}
	port, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return "", 0, fmt.Errorf("read the address %s: %w", addr, err)
	}
	return host, int32(port), nil
}
