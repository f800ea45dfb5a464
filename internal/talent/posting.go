package talent

import (
	"errors"
	"fmt"
	"time"
)

// Posting is one advertisement as a source published it: the message of postings.v1, keyed by the
// normalised employer. Empty strings, zero times and zero openings mean "not stated", never "none".
type Posting struct {
	ID           string    `json:"id"`     // PostingID(Source, Key)
	Source       string    `json:"source"` // name of the source in the configuration
	Key          string    `json:"key"`    // the source's own id of the posting, or its URL
	URL          string    `json:"url,omitempty"`
	Title        string    `json:"title,omitempty"`
	Employer     string    `json:"employer,omitempty"`
	Location     string    `json:"location,omitempty"` // as stated; several places are separated by " / "
	Industry     string    `json:"industry,omitempty"`
	Education    string    `json:"education,omitempty"`
	Experience   string    `json:"experience,omitempty"`
	Salary       string    `json:"salary,omitempty"`
	Text         string    `json:"text,omitempty"` // plain text, line breaks kept
	Openings     int       `json:"openings,omitempty"`
	PostedAt     time.Time `json:"posted_at,omitzero"`     // the date the posting itself states
	ValidThrough time.Time `json:"valid_through,omitzero"` // the end it states
	FirstSeen    time.Time `json:"first_seen"`             // when Gapwatch first met it
	Fetched      time.Time `json:"fetched"`                // when this version was read
	Grain        Grain     `json:"grain"`                  // how often its source publishes
}

// DateBasis says where a posting's date comes from.
type DateBasis string

// A posting's date is its own when it states a plausible one, else the day it was first seen.
const (
	DateStated    DateBasis = "stated"
	DateFirstSeen DateBasis = "first_seen"
)

// PostingFact is a posting as it is stored: normalised, masked, with its skills and its vacancy.
type PostingFact struct {
	ID, Source, Key, URL  string
	Title, Employer, Text string    // personal data masked
	Location              string    // as stated
	EmployerKey           string    // text.Employer(Employer); "" when unknown
	Region                string    // GB/T 2260 six digits, ISO 3166-1 alpha-2 outside China, "" when unknown
	Industry              string    // GB/T 4754-2017 section letter, "" when unknown
	Tier                  Tier      // "" when unknown
	Education             string    // doctor, master, bachelor, college, "" when not stated
	ExperienceYears       int16     // lower bound, -1 when not stated
	SalaryMin, SalaryMax  float64   // CNY a month, 0 when not stated or in another currency
	Date                  time.Time // day, UTC
	DateBasis             DateBasis
	Openings              uint32 // heads, at least 1
	OpeningsStated        bool
	Skills                []string // ids of the taxonomy, asked for or used in the work; sorted, distinct
	Mentioned             []string // ids that stand only in self-description or benefits; sorted, distinct
	Language              string   // zh, en
	VacancyID             string   // shared by duplicate postings
	Grain                 Grain
	FirstSeen, Fetched    time.Time
	TaxonomyVersion       string
	ExtractorVersion      string
	DedupVersion          string
	KafkaPartition        int32
	KafkaOffset           int64
}

// Version orders the versions of a fact: the later reading wins.
func (f PostingFact) Version() uint64 { return uint64(f.Fetched.UnixNano()) }

// Check refuses a message that cannot become a fact. The id is that of source and key, or of the key that is hidden.
func (p Posting) Check() error {
	if p.Source == "" || p.Key == "" {
		return errors.New("posting without source or key")
	}
	if want := PostingID(p.Source, p.Key); p.ID != want && (p.Key != HiddenKey(p.ID) || !IsHiddenKey(p.Key)) {
		return fmt.Errorf("posting id %q is not the id of its source and key (%s)", p.ID, want)
	}
	if p.FirstSeen.IsZero() || p.Fetched.IsZero() {
		return errors.New("posting without first_seen or fetched")
	}
	if _, err := ParseGrain(string(p.Grain)); err != nil {
		return fmt.Errorf("posting: %w", err)
	}
	return nil
}
