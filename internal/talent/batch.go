package talent

import (
	"errors"
	"time"
)

// Batch says which messages of one partition were read, and which rows of one table were stored because of them.
type Batch struct {
	Topic       string
	Partition   int
	First, Last int64             // offsets
	Fact        string            // the table: postings, requests, programmes, courses
	Rows        map[string]uint64 // version by id; courses have programme/course
	Sources     []string          // of the postings
	Days        [2]time.Time      // first and last day that the rows speak of; zero: not told
}

// ErrLost says that stored data was lost: nothing may be counted, judged or told from what is left.
var ErrLost = errors.New("stored data was lost; run gapwatch repair")

// Claim is the record that an organisation used an idempotency key for one body. Whatever the write makes is
// derived from the claim that stands, so writers that race, and retries after a failure, make the same thing.
type Claim struct {
	Org, Key string
	BodyHash string
	Resource string    // id of what the write makes
	Draft    string    // what the writer that took the key decided; gone when the claim is done
	Response string    // the answer, empty until the write was acknowledged
	At       time.Time // when the key was first used
	Done     bool      // the write was acknowledged
}
