package talent_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// anyText holds what sources write, and what JSON writes in another way.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("a招<>&\"\\/\n\r\t\b\f\x00\x1f\x7f\u2028\u2029\ufffd😀")), 0, 30, -1),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

func anyTime() *rapid.Generator[time.Time] {
	return rapid.OneOf(rapid.Just(time.Time{}), rapid.Map(rapid.Int64Range(-1e11, 4e11), func(n int64) time.Time {
		return time.Unix(n, n%1e9).In(time.FixedZone("", int(n%900)*60))
	}))
}

func anyPosting() *rapid.Generator[talent.Posting] {
	return rapid.Custom(func(t *rapid.T) talent.Posting {
		var p talent.Posting
		v := reflect.ValueOf(&p).Elem()
		for _, f := range v.Fields() {
			switch f.Interface().(type) {
			case time.Time:
				f.Set(reflect.ValueOf(anyTime().Draw(t, "time")))
			case int:
				f.SetInt(int64(rapid.Int32().Draw(t, "openings")))
			default:
				f.SetString(anyText().Draw(t, "text"))
			}
		}
		return p
	})
}

// The message is that of encoding/json to the byte, errors included, and is read back as encoding/json reads it.
func TestPostingMessageIsThatOfEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPosting().Draw(t, "posting")
		want, wantErr := json.Marshal(p)
		got, err := talent.EncodePosting(&p)
		if (err == nil) != (wantErr == nil) || !bytes.Equal(got, want) {
			t.Fatalf("%s, %v, want %s, %v", got, err, want, wantErr)
		}
		sameReading(t, got)
	})
}

func sameReading(t interface{ Fatalf(string, ...any) }, message []byte) {
	var want talent.Posting
	wantErr := json.Unmarshal(message, &want)
	got, err := talent.DecodePosting(message)
	if !reflect.DeepEqual(err, wantErr) || !reflect.DeepEqual(got, want) {
		t.Fatalf("%q is read as %+v, %v, want %+v, %v", message, got, err, want, wantErr)
	}
}

// FuzzDecodePosting: whatever another producer writes is read, or refused, as by encoding/json.
func FuzzDecodePosting(f *testing.F) {
	for _, s := range []string{`{"id":"a"}`, `{"ID":"a","id":null,"x":[{}]}`, `{"id":"\u003c\ud83d\ude00\n","openings":12,"fetched":"2026-01-02T03:04:05.678+08:00"}`,
		`{"openings":007}`, `{"openings":-1}`, `{"fetched":"2026-1-2"}`, `{"text":"\ud800"}`, `{"text":"\u00g0","text":"b"}`, `{"text":"\u+123"}`, "{\"text\":\"\xff\"}", `{"id":"a",}`, `{}`, `{"fetched":""}`,
		`{"id":"a"}x`, ` {"id":"a"}`, `{"id":"\`, `{"id":"\u00`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) { sameReading(t, message) })
}

func BenchmarkPostingMessage(b *testing.B) {
	p := talent.Posting{ID: "0123456789abcdef", Source: "hn", Key: "123456", Title: "Engineer", Employer: "Invented Ltd",
		Text: strings.Repeat("Requirements: PyTorch & Kafka, \"R&D\".\n", 35), FirstSeen: time.Now(), Fetched: time.Now(), Grain: talent.Month}
	message, err := talent.EncodePosting(&p)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, err := talent.EncodePosting(&p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := talent.DecodePosting(message); err != nil {
				b.Fatal(err)
			}
		}
	})
}
