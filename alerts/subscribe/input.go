package subscribe

import (
	"fmt"
	"net/mail"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
)

// SubscriptionInput is what a subscriber wants. Empty lists mean all.
type SubscriptionInput struct {
	Skills      []string `json:"skills,omitempty" maxItems:"200" nullable:"false" doc:"Ids or names; empty: all."`
	Regions     []string `json:"regions,omitempty" maxItems:"200" nullable:"false" doc:"Codes or names; empty: all."`
	Industries  []string `json:"industries,omitempty" maxItems:"50" nullable:"false" doc:"Sections of GB/T 4754-2017; empty: all."`
	MinSeverity string   `json:"min_severity,omitempty" doc:"blue 蓝, yellow 黄, orange 橙 or red 红 shortage; empty: blue." example:"yellow"`
	Language    string   `json:"language,omitempty" doc:"zh or en; empty: zh." example:"zh"`
	Email       string   `json:"email,omitempty" maxLength:"254" example:"planner@university.example"`
	WebhookURL  string   `json:"webhook_url,omitempty" maxLength:"2000" doc:"http or https; calls are signed with HMAC-SHA256." example:"https://university.example/hooks/gapwatch"`
}

// checkSubscription resolves what was stated and names every wrong field.
func checkSubscription(in SubscriptionInput, skills *terms.Skills) (talent.Subscription, []*huma.ErrorDetail) {
	sub := talent.Subscription{Skills: []string{}, Regions: []string{}, Industries: []string{}, MinSeverity: talent.Blue, Language: "zh"}
	var wrong []*huma.ErrorDetail
	bad := func(field, message string, value any) {
		wrong = append(wrong, httpd.Field("body."+field, message, value))
	}
	each := func(field string, list []string, resolve func(string) (string, bool), message func(string) string) []string {
		out := []string{}
		seen := make(map[string]bool)
		for i, v := range list {
			code, ok := resolve(v)
			if !ok {
				bad(fmt.Sprintf("%s[%d]", field, i), message(v), v)
			} else if !seen[code] {
				seen[code] = true
				out = append(out, code)
			}
		}
		return out
	}
	sub.Skills = each("skills", in.Skills, skills.Resolve, func(v string) string { return skills.Unknown("en", v) })
	sub.Regions = each("regions", in.Regions, terms.Region, func(string) string {
		return "must be a GB/T 2260 code, an ISO 3166-1 country code outside China, or a name"
	})
	sub.Industries = each("industries", in.Industries, terms.Industry, func(string) string { return "must be a section of GB/T 4754-2017, A to T, or its name" })
	if in.MinSeverity != "" {
		if sub.MinSeverity = talent.Severity(in.MinSeverity); sub.MinSeverity.Rank() == 0 {
			bad("min_severity", "must be blue, yellow, orange or red", in.MinSeverity)
		}
	}
	if in.Language != "" {
		if sub.Language = in.Language; in.Language != "zh" && in.Language != "en" {
			bad("language", "must be zh or en", in.Language)
		}
	}
	email, hook := strings.TrimSpace(in.Email), strings.TrimSpace(in.WebhookURL)
	if email == "" && hook == "" {
		bad("email", "give an email, a webhook_url, or both", nil)
	}
	if email != "" {
		a, err := mail.ParseAddress(email)
		if err != nil || a.Address != email { // no display names: the address goes into a header
			bad("email", "must be one plain address such as planner@university.example", in.Email)
		}
		sub.Email = email
	}
	if hook != "" {
		u, err := url.Parse(hook)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
			bad("webhook_url", "must be an http or https address with a host and without a password", nil)
		}
		sub.WebhookURL = hook
	}
	return sub, wrong
}
