// Package notify holds what every channel sends: the message, and the letter that says it in Chinese or English.
package notify

import (
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Message is one event for one subscriber.
type Message struct {
	ID           string // deterministic: every attempt carries it, so that a receiver can tell a repetition
	Event        talent.AlertEvent
	Subscription talent.Subscription
	Skill        talent.Skill
	Bands        []clickhouse.PageBand  // of the series, oldest first, for the picture
	Courses      []clickhouse.OrgCourse // of the subscriber, that teach the skill
	Programmes   int                    // open programmes of the subscriber, 0: none is registered
	BaseURL      string                 // of the dashboard
	Sample       bool
	At           time.Time
}

// URL is the address of the alert's page.
func (m Message) URL() string { return m.BaseURL + "/alerts/" + m.Event.AlertID }

// Language is the subscriber's, Chinese unless it is English.
func (m Message) Language() string {
	if m.Subscription.Language == "en" {
		return "en"
	}
	return "zh"
}
