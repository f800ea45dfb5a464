package talent

import "time"

// AlertStatus is where an alert stands in its life.
type AlertStatus string

// The statuses of an alert.
const (
	AlertFiring   AlertStatus = "firing"
	AlertResolved AlertStatus = "resolved"
)

// Evidence is what an alert rests on: every number of the evaluation, so that it can be recomputed.
type Evidence struct {
	Period      time.Time `json:"period"`   // the period judged, first day
	Window      int       `json:"window"`   // periods judged together, ending with Period
	Observed    float64   `json:"observed"` // heads wanted in the window, as judged
	Exposure    float64   `json:"exposure"` // vacancies of the cell in the window
	Expected    float64   `json:"expected"` // heads expected at that exposure
	Lower       float64   `json:"lower"`    // the band, heads
	Upper       float64   `json:"upper"`
	P           float64   `json:"p"`          // one-sided, upward
	Dispersion  float64   `json:"dispersion"` // variance / mean of the counts
	BaseRate    float64   `json:"base_rate"`  // heads per vacancy in the history
	TrendYear   float64   `json:"trend_year"` // growth of the rate a year, 0.1 = +10 %
	History     int       `json:"history"`    // judged periods behind the band
	Vacancies   int       `json:"vacancies"`
	Employers   int       `json:"employers"`
	Requested   float64   `json:"requested"`            // of Observed, heads that enterprises asked for directly, as judged
	Stated      float64   `json:"stated"`               // the same heads as the enterprises stated them
	Requesters  int       `json:"requesters"`           // organisations that asked, the most in one period of the window
	Supply      *float64  `json:"supply"`               // heads in the window, null when unknown
	Gap         *float64  `json:"gap"`                  // heads in the window, null when supply is unknown
	BandVersion string    `json:"band_version"`         // evaluator that made the numbers
	Hidden      Hidden    `json:"hidden,omitempty"`     // what of the window is not public; Public takes it out
	Suppressed  bool      `json:"suppressed,omitempty"` // made by Public: the numbers are hidden
}

// Alert is a series that left its band upward: a shortage in the making.
type Alert struct {
	ID       string // NewID("alert", series id, first period)
	Key      SeriesKey
	Severity Severity
	Status   AlertStatus
	Opened   time.Time // period that fired it
	Updated  time.Time // period of its latest event
	Evidence Evidence  // of its latest event
}

// AlertEventKind is what happened to an alert.
type AlertEventKind string

// The events of an alert's life.
const (
	EventFired     AlertEventKind = "fired"
	EventEscalated AlertEventKind = "escalated"
	EventResolved  AlertEventKind = "resolved"
)

// AlertEvent is one step of an alert's life and the message of alerts.v1, keyed by the alert's id.
type AlertEvent struct {
	ID       string         `json:"id"` // NewID("event", alert id, kind, period)
	AlertID  string         `json:"alert_id"`
	Kind     AlertEventKind `json:"kind"`
	At       time.Time      `json:"at"` // when it was evaluated
	Grain    Grain          `json:"grain"`
	Skill    string         `json:"skill"`
	Region   string         `json:"region,omitempty"`
	Industry string         `json:"industry,omitempty"`
	Tier     Tier           `json:"tier,omitempty"`
	Severity Severity       `json:"severity"`
	Opened   time.Time      `json:"opened"`
	Evidence Evidence       `json:"evidence"`
	Sample   bool           `json:"sample,omitempty"` // from the sample market
}

// SeriesKey returns the series that the event is about.
func (e AlertEvent) SeriesKey() SeriesKey {
	return SeriesKey{Grain: e.Grain, Skill: e.Skill, Region: e.Region, Industry: e.Industry, Tier: e.Tier}
}

// The statuses of a notification. A row is written as sending before the attempt and again with its end after it.
const (
	NotificationSending    = "sending"
	NotificationSent       = "sent"
	NotificationRetry      = "retry"
	NotificationFailed     = "failed"
	NotificationSuppressed = "suppressed" // not sent on purpose
	NotificationWaiting    = "waiting"    // not sent yet: the address is not confirmed, or the receiver is paused
)

// Notification is the record of one attempt to tell one subscriber of one event.
type Notification struct {
	ID           string // NewID("notification", event, subscription, channel)
	EventID      string // "confirmation" or "paused" for a mail that is about no alert
	AlertID      string // empty for those
	Subscription string
	Org          string
	Channel      string // as of the subscription, or kafka
	Target       string // masked address
	Status       string // one of the above
	Reason       string // named: delivered, smtp_4xx, smtp_5xx, timeout, http_5xx, …
	Attempt      int
	At           time.Time
	NextAttempt  time.Time // zero when it is over
}

// NotificationID names the telling of one event to one subscription over one channel, whatever the attempt: it is the
// mail's Message-ID and the webhook's delivery.
func NotificationID(event, subscription, channel string) string {
	return NewID("notification", event, subscription, channel)
}

// ReasonDelivered is the reason of a notification that its receiver has accepted, over whichever channel.
const ReasonDelivered = "delivered"
