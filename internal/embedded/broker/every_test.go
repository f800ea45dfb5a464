package broker

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestEveryRequest sends each kind of request in each version that there is, about the private topic by name and by
// id, and about the group. Nothing of it comes out and nothing is changed; the owner's same requests show that they
// are the right questions.
func TestEveryRequest(t *testing.T) {
	b := openBroker(t, io.Discard)
	id := b.cluster.TopicInfo("requests.v1").TopicID
	before := b.state(t)
	told := func(answer []byte) bool {
		return bytes.Contains(answer, []byte(secret)) || bytes.Contains(answer, id[:])
	}
	var sent, answered, owners int
	for key := range int16(kmsg.MaxKey + 1) {
		req := kmsg.RequestForKey(key)
		if req == nil {
			continue
		}
		for v := range req.MaxVersion() + 1 {
			for partition := range int32(2) {
				req := kmsg.RequestForKey(key)
				req.SetVersion(v)
				ask(reflect.ValueOf(req).Elem(), asking{topic: "requests.v1", id: id, group: "aggregate", partition: partition})
				raw := kmsg.NewRequestFormatter(kmsg.FormatterClientID("x")).AppendRequest(nil, req, 7)
				sent++
				answer := exchange(t, b, raw, false)
				if len(answer) > 0 {
					answered++
				}
				if told(answer) {
					t.Errorf("%s v%d tells a stranger %q", kmsg.NameForKey(key), v, answer)
				}
				// what changes nothing, and does not wait for a group
				if key := kmsg.Key(key); (key == kmsg.Fetch || key == kmsg.Metadata) && told(exchange(t, b, raw, true)) {
					owners++
				}
			}
		}
	}
	if after := b.state(t); after != before {
		t.Errorf("a stranger changed\n%s to\n%s", before, after)
	}
	t.Logf("%d requests of strangers, %d answered; %d of the owner told the secret", sent, answered, owners)
	if owners < 8 { // Fetch versions 4 to 11
		t.Errorf("only %d requests of the owner told anything: the questions are wrong", owners)
	}
}

type asking struct {
	topic, group string
	id           [16]byte
	partition    int32
}

// ask fills a request with the names asked about.
func ask(v reflect.Value, a asking) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		if !f.CanSet() || name == "Version" || name == "UnknownTags" {
			continue
		}
		text := a.topic
		if strings.Contains(name, "Group") || strings.Contains(name, "CoordinatorKey") {
			text = a.group
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString(text)
		case reflect.Pointer:
			if f.Type().Elem().Kind() == reflect.String {
				f.Set(reflect.ValueOf(&text))
			}
		case reflect.Slice:
			one := reflect.New(f.Type().Elem()).Elem()
			switch {
			case one.Kind() == reflect.Struct:
				if d, ok := reflect.TypeAssert[interface{ Default() }](one.Addr()); ok {
					d.Default()
				}
				ask(one, a)
			case one.Kind() == reflect.String:
				one.SetString(text)
			case one.Type() == reflect.TypeFor[[16]byte]():
				one.Set(reflect.ValueOf(a.id))
			case one.Kind() == reflect.Int32:
				one.SetInt(int64(a.partition))
			}
			f.Set(reflect.Append(f, one))
		case reflect.Array:
			if f.Type() == reflect.TypeFor[[16]byte]() {
				f.Set(reflect.ValueOf(a.id))
			}
		case reflect.Struct:
			ask(f, a)
		case reflect.Int32, reflect.Int64, reflect.Int16, reflect.Int8:
			switch {
			case name == "Partition":
				f.SetInt(int64(a.partition))
			case strings.Contains(name, "MaxBytes"):
				f.SetInt(1 << 20)
			case strings.Contains(name, "WaitMillis"):
				f.SetInt(0)
			case name == "SessionEpoch" || name == "CurrentLeaderEpoch" || name == "ReplicaID":
				f.SetInt(-1)
			}
		}
	}
}
