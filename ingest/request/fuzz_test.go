package request

import (
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// Whatever an enterprise states, a request that is taken is sound.
func FuzzCheck(f *testing.F) {
	f.Add("pytorch", 5, "骨干", "杭州", "I", "2027-03-01", "note")
	f.Add("PyTorch ", 0, "lead人才", "330100", "信息传输、软件和信息技术服务业", "46447", "")
	f.Add("", -1, "x", "CN", "", "2027年3月1日", "\x00")
	text, skills := testenv.Words(f)
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, skill string, heads int, tier, region, industry, by, note string) {
		fields := &intake.Fields{Text: text["zh"]}
		r := check(requestInput{skill, heads, tier, region, industry, by, note}, skills, "zh", now, fields)
		if len(fields.Wrong) > 0 {
			return
		}
		if id, ok := skills.Resolve(r.Skill); !ok || id != r.Skill || r.Heads < 1 || r.Heads > maxHeads || len([]rune(r.Note)) > maxNote || !r.NeededBy.IsZero() && outOfReach(r.NeededBy, now) != "" {
			t.Errorf("%+v", r)
		}
	})
}
