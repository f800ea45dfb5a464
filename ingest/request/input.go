package request

import (
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/text"
)

// requestInput is what an enterprise states.
type requestInput struct {
	Skill    string `json:"skill" minLength:"1" maxLength:"200" doc:"Id of the taxonomy, or any name of it in Chinese or English: 大模型, LLM, also as pinyin (damoxing, dmx)." example:"large-language-models"`
	Heads    int    `json:"heads" minimum:"1" maximum:"10000" doc:"People wanted." example:"5"`
	Tier     string `json:"tier,omitempty" doc:"lead 领军, backbone 骨干 or reserve 后备; empty: any." example:"backbone"`
	Region   string `json:"region,omitempty" doc:"GB/T 2260 code of six digits, ISO 3166-1 alpha-2 outside China, or a name; empty: anywhere." example:"330100"`
	Industry string `json:"industry,omitempty" doc:"Section of GB/T 4754-2017 (A to T), or its name." example:"I"`
	NeededBy string `json:"needed_by,omitempty" doc:"Day by which they are wanted, at most three years from now." example:"2027-03-01"`
	Note     string `json:"note,omitempty" maxLength:"2000" doc:"For yourself; never published."`
}

// The bounds of a request.
const (
	maxHeads = 10_000
	maxNote  = 2000
	maxAhead = 3 // years
)

// check resolves in to a request without id, owner and times. now is the moment of the call. Every field that is wrong
// is noted in f, in the words of lang.
func check(in requestInput, skills *terms.Skills, lang string, now time.Time, f *intake.Fields) talent.Request {
	r := talent.Request{Heads: in.Heads, Note: f.String("note", in.Note, 0, maxNote)}
	var ok bool
	if s := strings.TrimSpace(in.Skill); s == "" {
		f.Bad("skill", in.Skill, "wrong.required")
	} else if r.Skill, ok = skills.Resolve(s); !ok {
		f.Say("skill", in.Skill, func() string { return skills.Unknown(lang, s) })
	}
	f.Within("heads", in.Heads, 1, maxHeads)
	if strings.TrimSpace(in.Tier) != "" {
		if r.Tier, ok = terms.Tier(in.Tier); !ok {
			f.Bad("tier", in.Tier, "wrong.tier")
		}
	}
	if strings.TrimSpace(in.Region) != "" {
		r.Region = f.Region("region", in.Region)
	}
	if strings.TrimSpace(in.Industry) != "" {
		if r.Industry, ok = terms.Industry(in.Industry); !ok {
			f.Bad("industry", in.Industry, "wrong.industry")
		}
	}
	if strings.TrimSpace(in.NeededBy) != "" {
		if r.NeededBy, ok = text.Day(in.NeededBy); !ok {
			f.Bad("needed_by", in.NeededBy, "wrong.day")
		} else if why := outOfReach(r.NeededBy, now); why != "" {
			f.Bad("needed_by", in.NeededBy, why)
		}
	}
	return r
}

// outOfReach says, by a key of the catalogue, why a day cannot be one by which people are wanted, or "". A day counts as past when it is
// over everywhere on earth.
func outOfReach(day, now time.Time) string {
	today := now.UTC().Truncate(24 * time.Hour)
	if day.Before(today.AddDate(0, 0, -1)) {
		return "wrong.past"
	}
	if day.After(today.AddDate(maxAhead, 0, 0)) {
		return "wrong.ahead"
	}
	return ""
}

// same reports whether a stored request says what r says.
func same(stored, r talent.Request) bool {
	return stored.Skill == r.Skill && stored.Heads == r.Heads && stored.Tier == r.Tier && stored.Region == r.Region &&
		stored.Industry == r.Industry && stored.NeededBy.Equal(r.NeededBy) && stored.Note == r.Note
}
