package broker

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Limits of a stranger's request. The broker answers one request at a time, so a large answer makes others wait.
const (
	maxStrangerFrame = 64 << 10  // bytes of a request
	maxStrangerFetch = 256 << 10 // bytes of messages in an answer
	maxStrangerWait  = 10_000    // milliseconds that a request may wait for messages
)

// verdict is what becomes of a stranger's request.
type verdict struct {
	forward kmsg.Request        // a request of our own to put to the broker; nil: none
	amend   func(kmsg.Response) // adds to the broker's answer what was refused
	answer  kmsg.Response       // the whole answer, when nothing is forwarded
}

// strangers are clients that have not said who they are. They read topics that are public. Their requests never
// reach the broker: it gets new ones, made of those parts that were understood and are allowed.
type strangers struct{ public []string }

// judge decides about a request. An error ends the connection.
func (s strangers) judge(f frame) (verdict, error) {
	if !slices.Contains(heard, kmsg.Key(f.key)) {
		return verdict{}, refusal(kmsg.NameForKey(f.key) + " needs the user and password")
	}
	req, err := f.request()
	if err != nil {
		return verdict{}, err
	}
	switch req := req.(type) {
	case *kmsg.MetadataRequest:
		return s.metadata(req), nil
	case *kmsg.FetchRequest:
		return s.fetch(req)
	case *kmsg.ListOffsetsRequest:
		return s.listOffsets(req)
	case *kmsg.OffsetForLeaderEpochRequest:
		return s.offsetForLeaderEpoch(req)
	}
	if answer := denial(req); answer != nil {
		return verdict{answer: answer}, nil
	}
	return verdict{}, refusal(kmsg.NameForKey(f.key) + " needs the user and password")
}

// heard are the requests of strangers that are read at all: to be answered, or to be refused so that the client can
// tell its user why.
var heard = []kmsg.Key{
	kmsg.Metadata, kmsg.Fetch, kmsg.ListOffsets, kmsg.OffsetForLeaderEpoch,
	kmsg.Produce, kmsg.CreateTopics, kmsg.FindCoordinator, kmsg.JoinGroup, kmsg.OffsetCommit, kmsg.InitProducerID,
}

// metadata shows public topics. Any other name is answered alike, whether there is such a topic or not.
func (s strangers) metadata(req *kmsg.MetadataRequest) verdict {
	names := s.public
	if req.Topics != nil {
		names = nil
		for _, t := range req.Topics {
			if t.Topic != nil {
				names = append(names, *t.Topic)
			}
		}
		slices.Sort(names)
		names = slices.Compact(names)
	}
	out := kmsg.NewPtrMetadataRequest()
	out.Version, out.Topics, out.AllowAutoTopicCreation = req.Version, []kmsg.MetadataRequestTopic{}, false
	var refused []kmsg.MetadataResponseTopic
	for _, name := range names {
		if slices.Contains(s.public, name) {
			ask := kmsg.NewMetadataRequestTopic()
			ask.Topic = &name
			out.Topics = append(out.Topics, ask)
			continue
		}
		no := kmsg.NewMetadataResponseTopic()
		no.Topic, no.ErrorCode = &name, errTopicAuthorization
		refused = append(refused, no)
	}
	return verdict{forward: out, amend: func(resp kmsg.Response) {
		meta := resp.(*kmsg.MetadataResponse)
		meta.Topics = append(meta.Topics, refused...)
	}}
}

// fetch reads outside of any session: a session would remember what was asked before.
func (s strangers) fetch(req *kmsg.FetchRequest) (verdict, error) {
	out, denied := kmsg.NewPtrFetchRequest(), req.ResponseKind().(*kmsg.FetchResponse)
	out.Version, out.SessionEpoch = req.Version, -1
	out.MaxWaitMillis = min(max(req.MaxWaitMillis, 0), maxStrangerWait)
	out.MinBytes = min(max(req.MinBytes, 0), maxStrangerFetch)
	out.MaxBytes = min(max(req.MaxBytes, 0), maxStrangerFetch)
	out.IsolationLevel = min(max(req.IsolationLevel, 0), 1)
	seen := asked{}
	for _, t := range req.Topics {
		ask, no := kmsg.NewFetchRequestTopic(), kmsg.NewFetchResponseTopic()
		ask.Topic, no.Topic = t.Topic, t.Topic
		for _, p := range t.Partitions {
			if err := seen.once(t.Topic, p.Partition); err != nil {
				return verdict{}, err
			}
			a := kmsg.NewFetchRequestTopicPartition()
			a.Partition, a.FetchOffset, a.CurrentLeaderEpoch = p.Partition, p.FetchOffset, p.CurrentLeaderEpoch
			a.PartitionMaxBytes = min(max(p.PartitionMaxBytes, 0), maxStrangerFetch)
			ask.Partitions = append(ask.Partitions, a)
			n := kmsg.NewFetchResponseTopicPartition()
			n.Partition, n.ErrorCode, n.HighWatermark, n.RecordBatches = p.Partition, errTopicAuthorization, -1, []byte{}
			no.Partitions = append(no.Partitions, n)
		}
		place(s, t.Topic, &out.Topics, ask, &denied.Topics, no)
	}
	return settle(out, len(out.Topics), denied, func(resp kmsg.Response) {
		fetched := resp.(*kmsg.FetchResponse)
		fetched.Topics = append(fetched.Topics, denied.Topics...)
	}), nil
}

func (s strangers) listOffsets(req *kmsg.ListOffsetsRequest) (verdict, error) {
	out, denied := kmsg.NewPtrListOffsetsRequest(), req.ResponseKind().(*kmsg.ListOffsetsResponse)
	out.Version, out.ReplicaID, out.IsolationLevel = req.Version, -1, min(max(req.IsolationLevel, 0), 1)
	seen := asked{}
	for _, t := range req.Topics {
		ask, no := kmsg.NewListOffsetsRequestTopic(), kmsg.NewListOffsetsResponseTopic()
		ask.Topic, no.Topic = t.Topic, t.Topic
		for _, p := range t.Partitions {
			if err := seen.once(t.Topic, p.Partition); err != nil {
				return verdict{}, err
			}
			a := kmsg.NewListOffsetsRequestTopicPartition()
			a.Partition, a.CurrentLeaderEpoch, a.Timestamp, a.MaxNumOffsets = p.Partition, p.CurrentLeaderEpoch, p.Timestamp, 1
			ask.Partitions = append(ask.Partitions, a)
			n := kmsg.NewListOffsetsResponseTopicPartition()
			n.Partition, n.ErrorCode = p.Partition, errTopicAuthorization
			no.Partitions = append(no.Partitions, n)
		}
		place(s, t.Topic, &out.Topics, ask, &denied.Topics, no)
	}
	return settle(out, len(out.Topics), denied, func(resp kmsg.Response) {
		listed := resp.(*kmsg.ListOffsetsResponse)
		listed.Topics = append(listed.Topics, denied.Topics...)
	}), nil
}

func (s strangers) offsetForLeaderEpoch(req *kmsg.OffsetForLeaderEpochRequest) (verdict, error) {
	out, denied := kmsg.NewPtrOffsetForLeaderEpochRequest(), req.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
	out.Version, out.ReplicaID = req.Version, -1
	seen := asked{}
	for _, t := range req.Topics {
		ask, no := kmsg.NewOffsetForLeaderEpochRequestTopic(), kmsg.NewOffsetForLeaderEpochResponseTopic()
		ask.Topic, no.Topic = t.Topic, t.Topic
		for _, p := range t.Partitions {
			if err := seen.once(t.Topic, p.Partition); err != nil {
				return verdict{}, err
			}
			a := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
			a.Partition, a.CurrentLeaderEpoch, a.LeaderEpoch = p.Partition, p.CurrentLeaderEpoch, p.LeaderEpoch
			ask.Partitions = append(ask.Partitions, a)
			n := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
			n.Partition, n.ErrorCode = p.Partition, errTopicAuthorization
			no.Partitions = append(no.Partitions, n)
		}
		place(s, t.Topic, &out.Topics, ask, &denied.Topics, no)
	}
	return settle(out, len(out.Topics), denied, func(resp kmsg.Response) {
		found := resp.(*kmsg.OffsetForLeaderEpochResponse)
		found.Topics = append(found.Topics, denied.Topics...)
	}), nil
}

// place puts a topic among those that are asked for when it is public, else among those that are refused.
func place[A, N any](s strangers, topic string, asks *[]A, ask A, refused *[]N, no N) {
	if slices.Contains(s.public, topic) {
		*asks = append(*asks, ask)
	} else {
		*refused = append(*refused, no)
	}
}

// settle makes the verdict of a request of which topics may be asked for and the others are in denied.
func settle(ask kmsg.Request, topics int, denied kmsg.Response, amend func(kmsg.Response)) verdict {
	if topics == 0 {
		return verdict{answer: denied}
	}
	return verdict{forward: ask, amend: amend}
}

// asked are the partitions that a request has named.
type asked map[string]map[int32]bool

// once refuses a partition that was named before: no client does that, and each naming is work for the broker.
func (a asked) once(topic string, partition int32) error {
	if a[topic] == nil {
		a[topic] = map[int32]bool{}
	}
	if a[topic][partition] {
		return refusal(fmt.Sprintf("a request names partition %d of a topic twice", partition))
	}
	a[topic][partition] = true
	return nil
}
