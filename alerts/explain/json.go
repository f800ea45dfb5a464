package explain

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// explanationJSON is an explanation as programs read it.
type explanationJSON struct {
	Alert         string                   `json:"alert"`
	Series        string                   `json:"series"`
	Grain         talent.Grain             `json:"grain"`
	Skill         string                   `json:"skill"`
	Region        string                   `json:"region"`
	Industry      string                   `json:"industry"`
	Tier          talent.Tier              `json:"tier"`
	Severity      talent.Severity          `json:"severity"`
	Status        talent.AlertStatus       `json:"status"`
	Opened        string                   `json:"opened"`
	Updated       string                   `json:"updated"`
	Same          bool                     `json:"same"`
	Steps         []Step                   `json:"steps"`
	Postings      []talent.EvidencePosting `json:"postings"`
	Notifications []notificationJSON       `json:"notifications"`
}

type notificationJSON struct {
	ID      string    `json:"id"`
	Channel string    `json:"channel"`
	Target  string    `json:"target"`
	Status  string    `json:"status"`
	Reason  string    `json:"reason"`
	Attempt int       `json:"attempt"`
	At      time.Time `json:"at"`
}

// WriteJSON writes the explanation for programs.
func (x Explanation) WriteJSON(w io.Writer) error {
	a := x.Alert
	out := explanationJSON{Alert: a.ID, Series: x.Series, Grain: a.Key.Grain, Skill: a.Key.Skill, Region: a.Key.Region,
		Industry: a.Key.Industry, Tier: a.Key.Tier, Severity: a.Severity, Status: a.Status,
		Opened: a.Opened.Format(time.DateOnly), Updated: a.Updated.Format(time.DateOnly), Same: x.Same, Steps: x.Steps,
		Postings: x.Postings, Notifications: []notificationJSON{}}
	if out.Postings == nil {
		out.Postings = []talent.EvidencePosting{}
	}
	for _, n := range x.Notifications {
		out.Notifications = append(out.Notifications, notificationJSON{n.ID, n.Channel, n.Target, n.Status, n.Reason, n.Attempt, n.At})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	return nil
}
