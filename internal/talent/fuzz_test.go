package talent_test

import (
	"encoding/json"
	"testing"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// FuzzMessages: whatever stands in a topic, decoding ends, and what passes the check of a posting is the same
// posting after a round trip.
func FuzzMessages(f *testing.F) {
	for _, s := range []string{`{"source":"s","key":"k","first_seen":"2026-04-02T00:00:00Z"}`, `{"openings":1e99}`, `{"text":"\ud800"}`, `[]`, `{"at":"2026-13-01T00:00:00Z"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		var (
			p talent.Posting
			r talent.Request
			g talent.Programme
			k talent.FetchTask
			d talent.DeadLetter
		)
		for _, v := range []any{&p, &r, &g, &k, &d} {
			if err := json.Unmarshal(value, v); err != nil {
				continue
			}
			if _, err := json.Marshal(v); err != nil {
				t.Errorf("%T was decoded from %q and cannot be encoded: %v", v, value, err)
			}
		}
		p.ID = talent.PostingID(p.Source, p.Key)
		if p.Check() != nil {
			return
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again talent.Posting
		if err := json.Unmarshal(b, &again); err != nil || again.ID != p.ID || again.Text != p.Text || again.Check() != nil {
			t.Errorf("%+v became %+v, %v", p, again, err)
		}
	})
}
