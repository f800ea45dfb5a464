package talent

import "time"

// The topics; the number is the schema's version.
const (
	TopicPostings   = "postings.v1"
	TopicRequests   = "requests.v1"
	TopicProgrammes = "programmes.v1"
	TopicCrawl      = "crawl.v1"
	TopicAlerts     = "alerts.v1"
	TopicDeadLetter = "deadletter.v1"
	TopicChanges    = "changes.v1" // one partition; read from its end, by everyone who waits for changes
)

// Topics lists every topic.
func Topics() []string {
	return []string{TopicPostings, TopicRequests, TopicProgrammes, TopicCrawl, TopicAlerts, TopicDeadLetter, TopicChanges}
}

// PublicTopics lists the topics that anyone on the machine may read where the broker has a port: alerts, which the
// pages and the feed publish with the same numbers. Every other topic holds texts, organisations or contacts as they
// came in, before masking and before small cells are hidden. A topic that is not named here is not public.
func PublicTopics() []string { return []string{TopicAlerts} }

// DeadLetter is a message that could not be decoded or stored, with reason, origin and bytes.
type DeadLetter struct {
	Topic     string    `json:"topic"`
	Partition int       `json:"partition"`
	Offset    int64     `json:"offset"`
	Key       []byte    `json:"key,omitempty"`
	Value     []byte    `json:"value"`
	Reason    string    `json:"reason"`
	At        time.Time `json:"at"`
}
