package clickhouse

import (
	"regexp"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Teller spreads the word of what has changed in the store; kafka.Client is one.
type Teller interface {
	Tell(changes ...talent.Change)
}

// Inform has the store tell t of each change after it was stored, whoever wrote it. Call it before the store is used.
func (s *Store) Inform(t Teller) { s.conn.teller = t }

// written is the table of a statement that writes rows.
var written = regexp.MustCompile(`^\s*INSERT INTO (\w+)`)

// changeOf is what others may wait for when rows of a table are written.
func changeOf(table string) (talent.Change, bool) {
	switch table {
	case "period_marks":
		return talent.ChangeFacts, true
	case "period_rollups":
		return talent.ChangeSeries, true
	case "alert_events":
		return talent.ChangeAlerts, true
	case "receivers", "subscription_marks", "mail_consents", "organisations", "api_keys":
		return talent.ChangeReceivers, true
	case "integrity_checks":
		return talent.ChangeChecked, true
	}
	return "", false
}

// tell passes on that a statement has been carried out.
func (c *connection) tell(query string) {
	if c.teller == nil {
		return
	}
	if found := written.FindStringSubmatch(query); found != nil {
		if change, ok := changeOf(found[1]); ok {
			c.teller.Tell(change)
		}
	}
}
