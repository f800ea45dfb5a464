package subscribe

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
)

// SubscriptionInput is what a subscriber wants. Empty lists mean all.
type SubscriptionInput struct {
	Skills      []string       `json:"skills,omitempty" maxItems:"200" nullable:"false" doc:"Ids or names; empty: all."`
	Regions     []string       `json:"regions,omitempty" maxItems:"200" nullable:"false" doc:"Codes or names; empty: all."`
	Industries  []string       `json:"industries,omitempty" maxItems:"50" nullable:"false" doc:"Sections of GB/T 4754-2017; empty: all."`
	MinSeverity string         `json:"min_severity,omitempty" doc:"blue 蓝, yellow 黄, orange 橙 or red 红 shortage; empty: blue." example:"yellow"`
	Language    string         `json:"language,omitempty" doc:"zh or en; empty: zh." example:"zh"`
	Email       string         `json:"email,omitempty" maxLength:"254" doc:"Short for a channel of the name email." example:"planner@university.example"`
	WebhookURL  string         `json:"webhook_url,omitempty" maxLength:"2000" doc:"Short for a channel of the name webhook: http or https; calls are signed with HMAC-SHA256." example:"https://university.example/hooks/gapwatch"`
	Channels    []ChannelInput `json:"channels,omitempty" maxItems:"10" nullable:"false" doc:"Where warnings go, one address a channel."`
}

// ChannelInput is one address over one channel.
type ChannelInput struct {
	Channel string `json:"channel" maxLength:"50" example:"email"`
	Address string `json:"address" maxLength:"2000" example:"planner@university.example"`
}

// stated are the addresses of an input with the field that each stands in.
func (in SubscriptionInput) stated() (out []ChannelInput, fields []string) {
	short := []ChannelInput{{"email", in.Email}, {"webhook", in.WebhookURL}}
	for i, field := range []string{"email", "webhook_url"} {
		if strings.TrimSpace(short[i].Address) != "" {
			out, fields = append(out, short[i]), append(fields, field)
		}
	}
	for i, c := range in.Channels {
		out, fields = append(out, c), append(fields, fmt.Sprintf("channels[%d]", i))
	}
	return out, fields
}

// check resolves what was stated into the rows of a subscription, and names every wrong field.
func (c Channels) check(ctx context.Context, in SubscriptionInput, skills *terms.Skills) ([]talent.Subscription, []*huma.ErrorDetail) {
	sub := talent.Subscription{MinSeverity: talent.Blue, Language: "zh", Active: true}
	var wrong []*huma.ErrorDetail
	bad := func(field, message string, value any) {
		wrong = append(wrong, httpd.Field("body."+field, message, value))
	}
	each := func(field string, list []string, resolve func(string) (string, bool), message func(string) string) []string {
		out := []string{}
		for i, v := range list {
			if code, ok := resolve(v); !ok {
				bad(fmt.Sprintf("%s[%d]", field, i), message(v), v)
			} else if !slices.Contains(out, code) {
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
	stated, fields := in.stated()
	if len(stated) == 0 {
		bad("email", "give an address: email, webhook_url, or channels", nil)
	}
	var rows []talent.Subscription
	for i, s := range stated {
		channel, ok := c[s.Channel]
		if !ok {
			bad(fields[i], "must be one of "+strings.Join(slices.Sorted(maps.Keys(c)), ", "), s.Channel)
			continue
		}
		if slices.ContainsFunc(rows, func(r talent.Subscription) bool { return r.Channel == s.Channel }) {
			bad(fields[i], "has a second address over one channel: make another subscription for it", nil)
			continue
		}
		row := sub
		row.Channel = s.Channel
		var err error
		if row.Address, err = channel.Parse(strings.TrimSpace(s.Address)); err != nil {
			bad(fields[i], err.Error(), nil)
		} else if err = channel.Check(ctx, row.Address); err != nil {
			bad(fields[i], "would be refused at every attempt: "+err.Error(), nil)
		}
		rows = append(rows, row)
	}
	return rows, wrong
}
