// Package notify tells subscribers what happened to alerts: the Postman works out what is due, queues it, tries and
// records; a Channel carries it; Write says it in Chinese or English. Each channel is one package below this one.
package notify

import (
	"time"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Message is one event for one subscriber.
type Message struct {
	ID           string // deterministic: every attempt carries it, so that a receiver can tell a repetition
	Event        talent.AlertEvent
	Subscription talent.Subscription
	Names        words.Names   // in the subscriber's language
	Bands        []talent.Band // of the series, oldest first, for the picture
	Courses      []Course      // of the subscriber, that teach the skill
	Programmes   int           // open programmes of the subscriber, 0: none is registered
	BaseURL      string        // of the dashboard
	Sample       bool
	At           time.Time
	LeaveURL     string  // ends these mails without a key; empty in a webhook
	LastToday    bool    // the reader's limit is reached with this mail
	Letter       *Letter // says this instead of a letter about Event
}

// Course is a course of the subscriber that teaches the event's skill.
type Course struct {
	Programme, Title Foreign
	Hours            int
	Required         bool
}

// Busy is the error of a receiver that said when it wants to be asked again.
type Busy struct {
	After time.Duration
	Err   error
}

func (b Busy) Error() string { return b.Err.Error() }

// Unwrap is the answer itself.
func (b Busy) Unwrap() error { return b.Err }

// URL is the address of the alert's page.
func (m Message) URL() string { return m.BaseURL + "/alerts/" + m.Event.AlertID }

// ManageURL is the address of the page on which an organisation sees, changes and ends its subscriptions.
func (m Message) ManageURL() string { return m.BaseURL + subscribe.Path }
