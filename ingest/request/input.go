package request

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/text"
)

// requestInput is what an enterprise states.
type requestInput struct {
	Skill    string `json:"skill" minLength:"1" maxLength:"200" doc:"Id of the taxonomy, or its Chinese or English name." example:"large-language-models"`
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

// check resolves in to a request without id, owner and times. now is the moment of the call. Every field that
// is wrong is named, at prefix + its name.
func check(in requestInput, skills *terms.SkillTable, now time.Time, prefix string) (talent.Request, []*huma.ErrorDetail) {
	r := talent.Request{Heads: in.Heads, Note: strings.TrimSpace(in.Note)}
	var wrong []*huma.ErrorDetail
	bad := func(field, message string, value any) {
		wrong = append(wrong, httpd.Field(prefix+field, message, value))
	}

	var ok bool
	if s := strings.TrimSpace(in.Skill); s == "" {
		bad("skill", "is required", in.Skill)
	} else if r.Skill, ok = skills.Resolve(s); !ok {
		bad("skill", skills.Unknown(s), in.Skill)
	}
	if in.Heads < 1 || in.Heads > maxHeads {
		bad("heads", "must be from 1 to 10000", in.Heads)
	}
	if strings.TrimSpace(in.Tier) != "" {
		if r.Tier, ok = terms.Tier(in.Tier); !ok {
			bad("tier", "must be lead, backbone or reserve (领军, 骨干, 后备), or empty for any", in.Tier)
		}
	}
	if strings.TrimSpace(in.Region) != "" {
		if r.Region, ok = terms.Region(in.Region); !ok {
			bad("region", "must be a GB/T 2260 code of six digits such as 330100, an ISO 3166-1 country code outside China, or the name of a province, city or country", in.Region)
		}
	}
	if strings.TrimSpace(in.Industry) != "" {
		if r.Industry, ok = terms.Industry(in.Industry); !ok {
			bad("industry", "must be a section of GB/T 4754-2017, A to T, or its name", in.Industry)
		}
	}
	if strings.TrimSpace(in.NeededBy) != "" {
		if r.NeededBy, ok = text.Day(in.NeededBy); !ok {
			bad("needed_by", "must be a day such as 2027-03-01", in.NeededBy)
		} else if why := outOfReach(r.NeededBy, now); why != "" {
			bad("needed_by", why, in.NeededBy)
		}
	}
	if n := utf8.RuneCountInString(r.Note); n > maxNote {
		bad("note", "must have at most 2000 characters", n)
	}
	return r, wrong
}

// outOfReach says why a day cannot be one by which people are wanted, or "". A day counts as past when it is
// over everywhere on earth.
func outOfReach(day, now time.Time) string {
	today := now.UTC().Truncate(24 * time.Hour)
	if day.Before(today.AddDate(0, 0, -1)) {
		return "lies in the past"
	}
	if day.After(today.AddDate(maxAhead, 0, 0)) {
		return "lies more than three years ahead"
	}
	return ""
}

// same reports whether a stored request says what r says.
func same(stored, r talent.Request) bool {
	return stored.Skill == r.Skill && stored.Heads == r.Heads && stored.Tier == r.Tier && stored.Region == r.Region &&
		stored.Industry == r.Industry && stored.NeededBy.Equal(r.NeededBy) && stored.Note == r.Note
}
