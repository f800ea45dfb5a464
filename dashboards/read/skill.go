package read

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// evidenceRows is how many postings stand behind a number, courseRows how many courses.
const (
	evidenceRows = 12
	courseRows   = 50
)

// SkillData is what a skill's page reads from the store.
type SkillData struct {
	Series   talent.Series
	Bands    []talent.Band
	Alerts   []talent.Alert
	Postings []talent.EvidencePosting
	Courses  []talent.TaughtCourse
	Parts    []talent.Breakdown
	First    time.Time
	Last     time.Time
	Window   int
}

// Skill reads everything about one series; counted is false when the roll-up does not keep it.
func (r *Reader) Skill(ctx context.Context, key talent.SeriesKey, span talent.GrainSpan, counted bool) (SkillData, error) {
	return Remember(ctx, r, Key{Question: "skill", About: fmt.Sprint(key)}, r.cacheFor, func(ctx context.Context) (SkillData, error) {
		return r.readSkill(ctx, key, span, counted)
	})
}

func (r *Reader) readSkill(ctx context.Context, key talent.SeriesKey, span talent.GrainSpan, counted bool) (SkillData, error) {
	var s SkillData
	ask, askCtx := errgroup.WithContext(ctx)
	ask.Go(func() (err error) {
		s.Alerts, err = r.store.Alerts(askCtx, talent.AlertFilter{Skill: key.Skill, Worst: true, Limit: 50})
		return err
	})
	ask.Go(func() (err error) {
		s.Courses, err = r.store.Courses(askCtx, talent.CourseFilter{Skill: key.Skill, Region: key.Region, Limit: courseRows})
		return err
	})
	if counted {
		ask.Go(func() error { return r.readSeries(askCtx, key, span, &s) })
	}
	if err := ask.Wait(); err != nil {
		return s, err
	}
	if !counted {
		return s, nil
	}
	var err error
	if s.Postings, err = r.postings(ctx, s.Series, s.First, s.Last); err != nil {
		return s, err
	}
	s.Parts, err = r.store.Breakdown(ctx, key.Grain, key.Skill, s.First, s.Last)
	return s, err
}

// postings are those behind the numbers of some periods, none where the numbers are hidden.
func (r *Reader) postings(ctx context.Context, s talent.Series, first, last time.Time) ([]talent.EvidencePosting, error) {
	if talent.Sum(talent.Between(s.Points, first, last)).State == talent.StateSuppressed {
		return nil, nil
	}
	return r.store.EvidencePostings(ctx, s.Key, first, last, evidenceRows)
}

// readSeries reads points and bands of a series and chooses its window: the one that was judged last, else the last
// complete periods.
func (r *Reader) readSeries(ctx context.Context, key talent.SeriesKey, span talent.GrainSpan, s *SkillData) error {
	var err error
	s.Series, err = r.store.Series(ctx, key, time.Time{}, time.Time{})
	if err != nil {
		return err
	}
	if s.Bands, err = r.store.Bands(ctx, key); err != nil {
		return err
	}
	s.Bands = talent.PublicBands(s.Series.Points, s.Bands)
	s.Last, s.Window = span.Last, r.rules.Window(key.Grain)
	if n := len(s.Bands); n > 0 && !s.Bands[n-1].Period.Before(key.Grain.JudgedSince(span.Last)) {
		s.Last, s.Window = s.Bands[n-1].Period, max(1, s.Bands[n-1].Window)
	}
	s.First = key.Grain.Add(s.Last, 1-s.Window)
	return nil
}
