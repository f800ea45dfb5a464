package talent

import "time"

// Request is an enterprise's direct skill demand: the message of requests.v1, keyed by ID. A later
// Version of the same ID replaces the earlier one. Whether it counts was decided by whoever wrote the version, so a
// replay decides nothing anew.
type Request struct {
	ID        string    `json:"id"`
	Org       string    `json:"org"` // organisation id; never shown in public numbers
	Skill     string    `json:"skill"`
	Heads     int       `json:"heads"`
	Tier      Tier      `json:"tier,omitempty"`
	Region    string    `json:"region,omitempty"`
	Industry  string    `json:"industry,omitempty"`
	NeededBy  time.Time `json:"needed_by,omitzero"` // day
	Note      string    `json:"note,omitempty"`
	CreatedAt time.Time `json:"created_at"` // the period that its heads count in
	Withdrawn bool      `json:"withdrawn,omitempty"`
	Version   uint64    `json:"version"` // Unix nanoseconds of the write

	State      RequestState `json:"state,omitempty"`
	HoldReason HoldReason   `json:"hold_reason,omitempty"` // why it was held, also after the operator's decision
	DecidedBy  string       `json:"decided_by,omitempty"`  // who released or refused it
	DecidedAt  time.Time    `json:"decided_at,omitzero"`
}

// Counts reports whether a request's heads are part of the numbers.
func (r Request) Counts() bool { return !r.Withdrawn && r.State == RequestCounted }

// Programme is a degree programme of a university with its courses: the message of programmes.v1, keyed
// by ID. Later versions replace earlier ones.
type Programme struct {
	ID              string   `json:"id"`
	Org             string   `json:"org"`
	School          string   `json:"school"`
	Region          string   `json:"region"`
	Name            string   `json:"name"`
	Degree          string   `json:"degree"`           // bachelor, master, doctor, college
	CohortSize      int      `json:"cohort_size"`      // heads that graduate a year
	GraduationMonth int      `json:"graduation_month"` // 1..12
	FirstYear       int      `json:"first_year"`       // year of the first cohort that graduates
	Courses         []Course `json:"courses,omitempty"`
	Closed          bool     `json:"closed,omitempty"` // withdrawn: supplies nobody
	Version         uint64   `json:"version"`
}

// Course is one course of a programme; its skills are extracted from title and description.
type Course struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Hours       int      `json:"hours,omitempty"`
	Required    bool     `json:"required"`
	Seats       int      `json:"seats,omitempty"`  // of an elective; 0 = not limited
	Skills      []string `json:"skills,omitempty"` // filled by the aggregator
}
