package request

import (
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
)

// Whatever an enterprise states, a request that is taken is sound.
func FuzzCheck(f *testing.F) {
	f.Add("pytorch", 5, "骨干", "杭州", "I", "2027-03-01", "note")
	f.Add("PyTorch ", 0, "lead人才", "330100", "信息传输、软件和信息技术服务业", "46447", "")
	f.Add("", -1, "x", "CN", "", "2027年3月1日", "\x00")
	skills := terms.NewSkillTable([]talent.Skill{{ID: "pytorch", NameEN: "PyTorch", NameZH: "PyTorch"}})
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, skill string, heads int, tier, region, industry, by, note string) {
		r, wrong := check(requestInput{skill, heads, tier, region, industry, by, note}, skills, now, "body.")
		if len(wrong) > 0 {
			return
		}
		if r.Skill != "pytorch" || r.Heads < 1 || r.Heads > maxHeads || len([]rune(r.Note)) > maxNote || !r.NeededBy.IsZero() && outOfReach(r.NeededBy, now) != "" {
			t.Errorf("%+v", r)
		}
	})
}
