package talent

import "time"

// AnyCode as a region, industry or tier of a SeriesQuery means every one of them, the total included.
const AnyCode = "*"

// SeriesQuery asks for series of the list. Empty Grain and Skill mean any; empty Region, Industry and Tier mean the
// total ("all of them"), and AnyCode means every value. After is the last key that the reader has seen.
type SeriesQuery struct {
	Grain                         Grain
	Skill, Region, Industry, Tier string
	First, Last                   time.Time     // periods, both included
	Lead                          time.Duration // points begin so much before First; what is listed does not change
	After                         *SeriesKey
	Limit                         int
}

// AlertFilter narrows a list of alerts; empty fields do not, so an empty Region takes the alerts of every region and of
// the whole market. The list goes from the alert opened last to the first; with Worst, firing ones come first, then the
// more severe, then those further above what was expected. AfterID names the last one that the reader has seen.
type AlertFilter struct {
	Status           AlertStatus
	Severity         Severity
	Grain            Grain
	Skill            string
	Region, Industry string
	Tier             Tier
	AfterID          string
	Limit            int
	Worst            bool
}

// AlertCounts are how many alerts there are by status and severity.
type AlertCounts map[AlertStatus]map[Severity]int

// Of counts the alerts of a status.
func (c AlertCounts) Of(status AlertStatus) int {
	n := 0
	for _, m := range c[status] {
		n += m
	}
	return n
}

// CourseFilter asks for courses of open programmes that teach Skill: those of one organisation when Org is set, and
// those of Region's province first.
type CourseFilter struct {
	Skill, Org, Region string
	Limit              int
}

// TaughtCourse is a registered course that teaches a skill, with its programme.
type TaughtCourse struct {
	School    string
	Region    string
	Programme string
	Degree    string
	Title     string
	Hours     uint32
	Required  bool
	Seats     uint32
	Cohort    uint32 // heads a year of its programme
}

// GrainSpan says from when to when a grain has data.
type GrainSpan struct {
	Grain       Grain
	First, Last time.Time // first and latest published period with any vacancy
	RolledAt    time.Time // latest roll-up of the grain
}

// Breakdown is the demand for one skill in one region, industry or tier over some periods.
type Breakdown struct {
	Region, Industry string
	Tier             Tier
	Demand           float64  // heads wanted, postings and requests
	Exposure         uint64   // vacancies of the cell in the periods that hold the skill
	Supply           *float64 // heads, nil when unknown
	Hidden           bool     // not public: Demand and Exposure are 0
}

// SourceTotals is what one source has brought in.
type SourceTotals struct {
	Source    string
	Postings  uint64
	Vacancies uint64
	Stated    uint64    // postings whose date is their own
	NoRegion  uint64    // postings whose region could not be told
	NoSkill   uint64    // postings in which no skill was found
	LastSeen  time.Time // latest read
	FirstDate time.Time // earliest date of a posting
	LastDate  time.Time // latest date of a posting
}

// EvidencePosting is a posting behind a number: masked text, one for each vacancy.
type EvidencePosting struct {
	ID        string    `json:"id"`
	Source    string    `json:"source"`
	URL       string    `json:"url"`
	Title     string    `json:"title"`
	Employer  string    `json:"employer"`
	Location  string    `json:"location"`
	Region    string    `json:"region"`
	Tier      string    `json:"tier"`
	Date      time.Time `json:"date"`
	DateBasis string    `json:"date_basis"`
	Openings  uint32    `json:"openings"`
	Stated    bool      `json:"openings_stated"` // Openings is stated, else taken as one
	Skills    []string  `json:"skills"`
	Text      string    `json:"-"` // at most 1,200 characters
	VacancyID string    `json:"vacancy_id"`
}
