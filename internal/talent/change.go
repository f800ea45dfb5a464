package talent

// Change is a kind of stored thing that has become another. Whoever works on such things waits for news of it instead
// of asking the store again and again.
type Change string

// The kinds of changes.
const (
	ChangeFacts     Change = "facts"     // periods were marked: the roll-up has work
	ChangeSeries    Change = "series"    // periods were rolled up: numbers, pages and what is judged may differ
	ChangeAlerts    Change = "alerts"    // alerts have new events
	ChangeReceivers Change = "receivers" // subscriptions, consents, keys or organisations: others may be told, or no more
	ChangeChecked   Change = "checked"   // the stored data was checked: work that a loss had stopped may go on, or has to stop
)

// News is the message of TopicChanges.
type News struct {
	Changes []Change `json:"changes"`
}
