// Package read asks the store what pages, API and exports show, and keeps answers for some seconds. It is the only
// reader of the store for public numbers, so that a rule about what may be shown stands in one place.
package read

import (
	"context"
	"errors"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Store answers questions; clickhouse.Store does.
type Store interface {
	Intact(ctx context.Context) error // talent.ErrLost while stored data is lost
	Skills(ctx context.Context) ([]talent.Skill, error)
	GrainSpans(ctx context.Context, lastWeek, lastMonth time.Time) ([]talent.GrainSpan, error)
	CellCodes(ctx context.Context, grain talent.Grain) (regions, industries, tiers []string, err error)
	Cell(ctx context.Context, key talent.SeriesKey, first, last time.Time) ([]talent.Series, error)
	CellBands(ctx context.Context, key talent.SeriesKey, first, last time.Time) ([]talent.Band, error)
	Series(ctx context.Context, key talent.SeriesKey, from, through time.Time) (talent.Series, error)
	Bands(ctx context.Context, key talent.SeriesKey) ([]talent.Band, error)
	ListSeries(ctx context.Context, q talent.SeriesQuery) ([]talent.Series, error)
	SeriesBands(ctx context.Context, q talent.SeriesQuery, listed []talent.Series) (map[talent.SeriesKey][]talent.Band, error)
	Breakdown(ctx context.Context, grain talent.Grain, skill string, first, last time.Time) ([]talent.Breakdown, error)
	Alerts(ctx context.Context, f talent.AlertFilter) ([]talent.Alert, error)
	Alert(ctx context.Context, id string) (talent.Alert, bool, error)
	AlertCounts(ctx context.Context, f talent.AlertFilter) (talent.AlertCounts, error)
	AlertEvents(ctx context.Context, alertID string) ([]talent.AlertEvent, error)
	EvidencePostings(ctx context.Context, key talent.SeriesKey, from, through time.Time, limit int) ([]talent.EvidencePosting, error)
	Courses(ctx context.Context, f talent.CourseFilter) ([]talent.TaughtCourse, error)
	Sources(ctx context.Context) ([]talent.SourceInfo, error)
	SourceTotals(ctx context.Context) ([]talent.SourceTotals, error)
	LatestRuns(ctx context.Context, n int) ([]talent.CrawlRun, error)
	Runs(ctx context.Context, source string, limit int) ([]talent.CrawlRun, error)
}

// Config says how questions are answered.
type Config struct {
	CacheFor time.Duration // how long an answer is shown again; 0 asks the store each time
	Rules    talent.Rules  // that series are judged by; pages sum the same windows
}

// Reader answers what pages, API and exports ask.
type Reader struct {
	store    Store
	cacheFor time.Duration
	rules    talent.Rules
	now      func() time.Time
	cache    *otter.Cache[Key, kept]
}

// New makes a reader of store with a clock.
func New(cfg Config, store Store, now func() time.Time) (*Reader, error) {
	cache, err := newCache()
	if err != nil {
		return nil, err
	}
	return &Reader{public{store}, cfg.CacheFor, cfg.Rules, now, cache}, nil
}

// CacheFor is how long an answer is shown again.
func (r *Reader) CacheFor() time.Duration { return r.cacheFor }

// Now is the reader's clock.
func (r *Reader) Now() time.Time { return r.now() }

// ErrNotFound is answered with the 404 page.
var ErrNotFound = errors.New("no such page")

// skillsFor is how long the taxonomy is kept; it changes with a release.
const skillsFor = 30 * time.Second

// Skills returns the taxonomy by id.
func (r *Reader) Skills(ctx context.Context) (map[string]talent.Skill, error) {
	return Remember(ctx, r, Key{Question: "skills"}, min(skillsFor, 10*r.cacheFor), func(ctx context.Context) (map[string]talent.Skill, error) {
		list, err := r.store.Skills(ctx)
		if err != nil {
			return nil, err
		}
		byID := make(map[string]talent.Skill, len(list))
		for _, s := range list {
			byID[s.ID] = s
		}
		return byID, nil
	})
}

// Lost asks whether the last check of the stored data found a loss.
func (r *Reader) Lost(ctx context.Context) (bool, error) {
	return Remember(ctx, r, Key{Question: "lost"}, r.cacheFor, func(ctx context.Context) (bool, error) {
		err := r.store.Intact(ctx)
		if errors.Is(err, talent.ErrLost) {
			return true, nil
		}
		return false, err
	})
}
