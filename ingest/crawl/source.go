package crawl

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/schedule"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// The kinds of sources.
const (
	KindSite       = "site"       // sitemap and pages with schema.org JobPosting
	KindHTML       = "html"       // list pages read by CSS selectors
	KindFeed       = "feed"       // RSS, Atom, or the XML that boards give to aggregators
	KindGreenhouse = "greenhouse" // applicant tracking systems: one JSON document
	KindLever      = "lever"
	KindAshby      = "ashby"
)

// kinds in the order that messages list them.
func kinds() []string {
	return []string{KindSite, KindHTML, KindFeed, KindGreenhouse, KindLever, KindAshby}
}

// Source is a source as the configuration describes it.
type Source struct {
	Name      string           `yaml:"name"`
	Kind      string           `yaml:"kind"`
	URL       string           `yaml:"url"`       // site: base or sitemap; html: first list page; feed and boards: the document
	Board     string           `yaml:"board"`     // greenhouse, lever, ashby: the board's id, in place of url
	Schedule  string           `yaml:"schedule"`  // cron in UTC, or @every 6h; default once a day
	Rate      float64          `yaml:"rate"`      // requests a second to one host; default 0.5
	Grain     talent.Grain     `yaml:"grain"`     // week (default) or month
	Region    string           `yaml:"region"`    // place, by name, of postings that state none
	Industry  string           `yaml:"industry"`  // code of GB/T 4754 or words, of postings that state none
	Employer  string           `yaml:"employer"`  // of postings that state none
	Selectors parse.Selectors  `yaml:"selectors"` // html: of list pages
	Detail    *parse.Selectors `yaml:"detail"`    // html: of the pages that selectors.link leads to; without it they are read by JSON-LD
	Include   string           `yaml:"include"`   // site: regular expression of the URLs that are postings
	MaxPages  int              `yaml:"max_pages"` // fetched in one run; default 10,000
	// TrustLastMod takes a page for unchanged when the sitemap says that it did not change since it was read,
	// without asking for it. For large boards whose sitemaps are honest.
	TrustLastMod bool              `yaml:"trust_lastmod"`
	HostMap      map[string]string `yaml:"host_map"` // host named in sitemap, feed or page -> host:port or URL that serves it
	Note         string            `yaml:"note"`     // terms, caveats
	Enabled      *bool             `yaml:"enabled"`  // default true
}

// The defaults of a source, and how fast a public host may be asked at most.
const (
	defaultRate     = 0.5
	defaultMaxPages = 10_000
	maxPublicRate   = 10
)

// Active reports whether the source is visited on its schedule.
func (s Source) Active() bool { return s.Enabled == nil || *s.Enabled }

// Validate names the source and the first setting of it that cannot work.
func (s Source) Validate() error {
	_, err := prepare(s)
	return err
}

// CheckContact says whether the source may be visited with the contact address that fetch has.
func (s Source) CheckContact(cfg fetch.Config) error {
	p, err := prepare(s)
	if err != nil {
		return err
	}
	if err := cfg.CheckContact(p.served(p.url)); err != nil {
		return fmt.Errorf("source %s: %w", s.Name, err)
	}
	return nil
}

// source is a Source ready for use.
type source struct {
	Source
	url         *url.URL
	schedule    schedule.Schedule
	include     *regexp.Regexp
	hosts       map[string]*url.URL // HostMap: key is a host in lower case
	fingerprint string              // of the settings that shape postings
}

var boardID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// prepare checks a source and fills in its defaults.
func prepare(s Source) (*source, error) {
	bad := func(field, format string, args ...any) (*source, error) {
		name := s.Name
		if name == "" {
			name = "without a name"
		}
		return nil, fmt.Errorf("source %s: %s: %s", name, field, fmt.Sprintf(format, args...))
	}
	if err := talent.CheckSourceName(s.Name); err != nil {
		return bad("name", "%v", err)
	}
	if !slices.Contains(kinds(), s.Kind) {
		return bad("kind", "%q is none of %s", s.Kind, strings.Join(kinds(), ", "))
	}
	p := &source{Source: s}
	var err error
	if p.url, err = entryURL(s); err != nil {
		return bad("url", "%v", err)
	}
	if p.Schedule == "" {
		p.Schedule = "@daily"
	}
	if p.schedule, err = schedule.Parse(p.Schedule); err != nil {
		return bad("schedule", "%v", err)
	}
	if p.Grain == "" {
		p.Grain = talent.Week
	}
	if _, err := talent.ParseGrain(string(p.Grain)); err != nil {
		return bad("grain", "%v", err)
	}
	if s.Include != "" {
		if p.include, err = regexp.Compile(s.Include); err != nil {
			return bad("include", "not a regular expression: %v", err)
		}
	}
	if s.MaxPages < 0 || s.MaxPages > 1_000_000 {
		return bad("max_pages", "want 1 to 1000000, or nothing for %d", defaultMaxPages)
	}
	if p.MaxPages == 0 {
		p.MaxPages = defaultMaxPages
	}
	if s.Kind == KindHTML {
		if err := s.Selectors.Validate(); err != nil {
			return bad("selectors", "%v", err)
		}
		if s.Detail != nil {
			if err := s.Detail.Validate(); err != nil {
				return bad("detail", "%v", err)
			}
			if s.Selectors.Link == "" {
				return bad("detail", "selectors.link must say where the pages are")
			}
		}
	}
	if p.hosts, err = hostMap(s.HostMap); err != nil {
		return bad("host_map", "%v", err)
	}
	if p.Employer == "" {
		p.Employer = s.Board // the systems of boards often leave the employer's name out
	}
	if p.Rate == 0 {
		p.Rate = defaultRate
	}
	if err := p.checkRate(); err != nil {
		return bad("rate", "%v", err)
	}
	p.fingerprint = fingerprint(p.Source)
	return p, nil
}

// checkRate lets only servers on this machine be asked faster than a public one may be.
func (s *source) checkRate() error {
	if !(s.Rate > 0 && s.Rate <= 1e9) {
		return fmt.Errorf("%g: want requests a second, above 0", s.Rate)
	}
	if s.Rate <= maxPublicRate {
		return nil
	}
	served := []*url.URL{s.served(s.url)}
	for _, u := range s.hosts {
		served = append(served, u)
	}
	for _, u := range served {
		if !fetch.Loopback(u) {
			return fmt.Errorf("%g: %s may be asked %d times a second at most; more is for loopback", s.Rate, u.Host, maxPublicRate)
		}
	}
	return nil
}

// entryURL is where a run begins: the url of the source, or made of a board's id.
func entryURL(s Source) (*url.URL, error) {
	raw := s.URL
	if s.Board != "" {
		switch {
		case raw != "":
			return nil, fmt.Errorf("give url or board, not both")
		case !boardID.MatchString(s.Board):
			return nil, fmt.Errorf("board %q is not an id of letters, digits, dot, _ and -", s.Board)
		}
		switch s.Kind {
		case KindGreenhouse:
			raw = "https://boards-api.greenhouse.io/v1/boards/" + s.Board + "/jobs?content=true"
		case KindLever:
			raw = "https://api.lever.co/v0/postings/" + s.Board + "?mode=json"
		case KindAshby:
			raw = "https://api.ashbyhq.com/posting-api/job-board/" + s.Board + "?includeCompensation=true"
		default:
			return nil, fmt.Errorf("board is for greenhouse, lever and ashby; a source of kind %s has a url", s.Kind)
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("not a URL: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is not an http:// or https:// URL", raw)
	}
	if u.User != nil {
		return nil, fmt.Errorf("may not hold a password")
	}
	u.Fragment = ""
	return u, nil
}

// Info is what pages show of the source.
func (s *source) info() talent.SourceInfo {
	return talent.SourceInfo{Name: s.Name, Kind: s.Kind, URL: s.url.String(), Schedule: s.Schedule, Grain: s.Grain, Note: s.Note}
}
