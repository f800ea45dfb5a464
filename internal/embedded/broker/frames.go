package broker

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Kafka's numbers of the errors that the port answers with.
const (
	errTopicAuthorization   = 29
	errGroupAuthorization   = 30
	errClusterAuthorization = 31
	errUnsupportedMechanism = 33
	errUnsupportedVersion   = 35
	errAuthenticationFailed = 58
)

// frame is a request without its length: what its header says, and the rest.
type frame struct {
	key, version int16
	correlation  int32
	body         []byte
}

// parseFrame reads the header. It reads no more than there is: counts in it are not believed.
func parseFrame(raw []byte) (frame, error) {
	r := kbin.Reader{Src: raw}
	f := frame{key: r.Int16(), version: r.Int16(), correlation: r.Int32()}
	req := kmsg.RequestForKey(f.key)
	if req == nil {
		return f, refusal(fmt.Sprintf("request kind %d does not exist", f.key))
	}
	req.SetVersion(f.version)
	r.NullableString() // the client's id
	if req.IsFlexible() {
		for tags := r.Uvarint(); tags > 0 && r.Ok(); tags-- {
			r.Uvarint()
			r.Span(int(min(r.Uvarint(), math.MaxInt32)))
		}
	}
	if !r.Ok() {
		return f, refusal("malformed request header")
	}
	f.body = r.Src
	return f, nil
}

// request reads the body of a request of the port, whose versions have no tagged fields: the library checks their
// arrays against the bytes that are there, but believes counts of tags.
func (f frame) request() (kmsg.Request, error) {
	req := kmsg.RequestForKey(f.key)
	req.SetVersion(f.version)
	if req.IsFlexible() {
		return nil, refusal(fmt.Sprintf("%s in version %d has tagged fields", kmsg.NameForKey(f.key), f.version))
	}
	if err := req.ReadFrom(f.body); err != nil {
		return nil, refusal("malformed " + kmsg.NameForKey(f.key))
	}
	return req, nil
}

// answered tells whether the broker will answer: it does not when a producer wants no acknowledgement.
func (f frame) answered() bool {
	if f.key != int16(kmsg.Produce) {
		return true
	}
	r := kbin.Reader{Src: f.body}
	r.NullableString()
	return r.Int16() != 0
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

// decodeResponse reads an answer of the broker.
func decodeResponse(f frame, raw []byte) (kmsg.Response, error) {
	resp := kmsg.ResponseForKey(f.key)
	resp.SetVersion(f.version)
	head := responseHeader(resp)
	if len(raw) < head {
		return nil, fmt.Errorf("read the broker's answer to %s: it is too short", kmsg.NameForKey(f.key))
	}
	if err := resp.ReadFrom(raw[head:]); err != nil {
		return nil, fmt.Errorf("read the broker's answer to %s: %w", kmsg.NameForKey(f.key), err)
	}
	return resp, nil
}
