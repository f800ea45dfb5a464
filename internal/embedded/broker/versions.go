package broker

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// versions are the kinds of request that the port speaks, each with its first and last version.
type versions map[int16][2]int16

// maxApiVersions is the last version of ApiVersions on the port. Its tagged fields are never read.
const maxApiVersions = 3

// portVersions are what the broker speaks, less every version that has tagged fields or topic ids: those fields can be
// made to cost far more than their bytes, and a topic has one name only. All that clients of Kafka 2.1 and later
// need is left; they take the newest version that both sides know.
func portVersions(ctx context.Context, client *kgo.Client) (versions, error) {
	resp, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("ask the broker what it speaks: %w", err)
	}
	out := versions{}
	for _, k := range resp.ApiKeys {
		req := kmsg.RequestForKey(k.ApiKey)
		if req == nil {
			continue
		}
		last := k.MinVersion - 1
		for v := k.MinVersion; v <= k.MaxVersion; v++ {
			if req.SetVersion(v); req.IsFlexible() {
				break
			}
			last = v
		}
		if last >= k.MinVersion {
			out[k.ApiKey] = [2]int16{k.MinVersion, last}
		}
	}
	out[int16(kmsg.ApiVersions)] = [2]int16{0, maxApiVersions}
	// librdkafka, and with it kcat, takes a broker without version 0 for one without SASL.
	out[int16(kmsg.SASLHandshake)] = [2]int16{0, 1}
	out[int16(kmsg.SASLAuthenticate)] = [2]int16{0, 1}
	// In version 0 no list of topics stands for all of them.
	out[int16(kmsg.Metadata)] = [2]int16{1, out[int16(kmsg.Metadata)][1]}
	return out, nil
}

// speak tells whether a request is of a kind and version of the port.
func (v versions) speak(f frame) bool {
	span, ok := v[f.key]
	return ok && f.version >= span[0] && f.version <= span[1]
}

// answer is what ApiVersions tells. A version that the port does not know is answered in version 0 with an error, and
// the client asks again.
func (v versions) answer(f frame) kmsg.Response {
	resp := kmsg.NewPtrApiVersionsResponse()
	resp.SetVersion(f.version)
	only := int16(-1)
	if !v.speak(f) {
		resp.SetVersion(0)
		resp.ErrorCode, only = errUnsupportedVersion, int16(kmsg.ApiVersions)
	}
	for key := range int16(kmsg.MaxKey + 1) {
		if span, ok := v[key]; ok && (only < 0 || key == only) {
			k := kmsg.NewApiVersionsResponseApiKey()
			k.ApiKey, k.MinVersion, k.MaxVersion = key, span[0], span[1]
			resp.ApiKeys = append(resp.ApiKeys, k)
		}
	}
	return resp
}
