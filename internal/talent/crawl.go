package talent

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// FetchTask asks for one crawl run of one source: the message of crawl.v1, keyed by the source's host,
// so that a host is only ever visited by one fetcher.
type FetchTask struct {
	RunID  string    `json:"run_id"` // NewID("run", Source, Due)
	Source string    `json:"source"`
	Due    time.Time `json:"due"`
}

// RunOutcome is how a crawl run ended. The five are never mixed up: an empty board is not a broken one.
type RunOutcome string

// The outcomes of a crawl run.
const (
	RunComplete   RunOutcome = "complete"   // every page that was due was read
	RunPartial    RunOutcome = "partial"    // some pages failed or a cap was met
	RunFailed     RunOutcome = "failed"     // nothing could be read
	RunEmpty      RunOutcome = "empty"      // all was read, and there was no posting
	RunDisallowed RunOutcome = "disallowed" // robots.txt forbids the source's entry page
)

// GoodOutcomes are the outcomes of runs that saw the source: its numbers of the period can be believed.
func GoodOutcomes() []RunOutcome { return []RunOutcome{RunComplete, RunPartial, RunEmpty} }

// Good reports whether the run saw its source.
func (o RunOutcome) Good() bool { return slices.Contains(GoodOutcomes(), o) }

// CrawlRun is the record of one run.
type CrawlRun struct {
	ID, Source    string
	Outcome       RunOutcome
	Reason        string    // in English words, what an operator should know or do
	Notes         []RunNote // the same as it is said in any language; none in runs that were recorded before there were any
	Started       time.Time
	Ended         time.Time
	Listed        int // pages or postings that the source lists
	Fetched       int // answered 200
	NotModified   int // answered 304, or unchanged since the last run
	Failed        int
	Disallowed    int // left alone because of robots.txt
	Postings      int // sent to Kafka
	BytesReceived int64
}

// RunNote is one thing that is to be said of a run.
type RunNote struct {
	Code   string `json:"code"`             // ends a key of the catalogue that begins with run.note.
	N      int    `json:"n,omitempty"`      // how many, where it is about a number of things
	Detail string `json:"detail,omitempty"` // what was heard from outside, as it was said
}

// Page is what the crawler remembers of a URL between runs.
type Page struct {
	Source, URL, ETag, LastModified string
	ContentHash                     string // of the postings read from it
	FirstSeen, LastSeen             time.Time
	Status                          int
}

// sourceName is what may name a source.
var sourceName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$`)

// CheckSourceName says why a name cannot be that of a source, crawled or imported.
func CheckSourceName(name string) error {
	if !sourceName.MatchString(name) {
		return fmt.Errorf("source name %q: want letters, digits, spaces, dot, _ and -, at most 100, and a letter or digit first", name)
	}
	return nil
}

// SourceInfo is what pages show of a source: crawled (its kind is that of the crawler) or imported ("dump").
type SourceInfo struct {
	Name, Kind, URL string
	Schedule        string // cron, empty for what is imported by hand
	Grain           Grain
	Note            string // terms, caveats
}
