package read

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/internal/cursor"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// AlertID is what an alert's id looks like.
var AlertID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Alerts lists alerts.
func (r *Reader) Alerts(ctx context.Context, f talent.AlertFilter) ([]talent.Alert, error) {
	return r.store.Alerts(ctx, f)
}

// AlertData is everything about one alert.
type AlertData struct {
	Alert    talent.Alert
	Series   talent.Series
	Bands    []talent.Band
	Events   []talent.AlertEvent
	Courses  []talent.TaughtCourse
	Postings []talent.EvidencePosting
	Related  []talent.Alert // about the same skill, worst first, this one left out
}

// First is the first period of the judged window.
func (a AlertData) First() time.Time {
	return a.Alert.Key.Grain.Add(a.Alert.Evidence.Period, 1-max(1, a.Alert.Evidence.Window))
}

// Alert reads everything about an alert; an id that no alert has gives ErrNotFound.
func (r *Reader) Alert(ctx context.Context, id string) (AlertData, error) {
	var d AlertData
	if !AlertID.MatchString(id) {
		return d, ErrNotFound
	}
	var ok bool
	var err error
	if d.Alert, ok, err = r.store.Alert(ctx, id); err != nil {
		return d, err
	}
	if !ok {
		return d, ErrNotFound
	}
	key := d.Alert.Key
	asked := ctx
	ask, ctx := errgroup.WithContext(ctx)
	ask.Go(func() (err error) { d.Series, err = r.store.Series(ctx, key, time.Time{}, time.Time{}); return err })
	ask.Go(func() (err error) { d.Bands, err = r.store.Bands(ctx, key); return err })
	ask.Go(func() (err error) { d.Events, err = r.store.AlertEvents(ctx, id); return err })
	ask.Go(func() (err error) {
		d.Courses, err = r.store.Courses(ctx, talent.CourseFilter{Skill: key.Skill, Region: key.Region, Limit: courseRows})
		return err
	})
	ask.Go(func() error {
		related, err := r.store.Alerts(ctx, talent.AlertFilter{Skill: key.Skill, Worst: true, Limit: 7})
		for _, a := range related {
			if a.ID != id {
				d.Related = append(d.Related, a)
			}
		}
		return err
	})
	if err := ask.Wait(); err != nil {
		return d, err
	}
	points := d.Series.Points
	d.Bands = talent.PublicBands(points, d.Bands)
	shown := func(e talent.Evidence) talent.Evidence { // by what is public now, also of an alert from before the rule
		if len(points) == 0 {
			return e
		}
		return talent.PublicBands(points, []talent.Band{{Key: key, Evidence: e}})[0].Evidence
	}
	d.Alert.Evidence = shown(d.Alert.Evidence)
	for i := range d.Events {
		d.Events[i].Evidence = shown(d.Events[i].Evidence)
	}
	d.Postings, err = r.postings(asked, d.Series, d.First(), d.Alert.Evidence.Period)
	return d, err
}

// Firing returns the active alerts of a filter's part of the market, worst first.
func (r *Reader) Firing(ctx context.Context, f Filter) ([]talent.Alert, error) {
	ask := f.Alerts()
	ask.Status, ask.Worst, ask.Limit = talent.AlertFiring, true, 200
	return Remember(ctx, r, Key{Question: "firing", About: fmt.Sprint(ask)}, r.cacheFor, func(ctx context.Context) ([]talent.Alert, error) {
		return r.store.Alerts(ctx, ask)
	})
}

// AlertCounts counts the alerts of a filter by status and severity.
func (r *Reader) AlertCounts(ctx context.Context, f talent.AlertFilter) (talent.AlertCounts, error) {
	f.AfterID, f.Limit = "", 0
	return Remember(ctx, r, Key{Question: "alert counts", About: fmt.Sprint(f)}, r.cacheFor, func(ctx context.Context) (talent.AlertCounts, error) {
		return r.store.AlertCounts(ctx, f)
	})
}

func alertCursors() cursor.Codec[string] { return cursor.For[string]("alerts") }

// AlertCursor makes a cursor that AfterAlert reads: the list goes on after a.
func AlertCursor(a talent.Alert) string { return alertCursors().After(a.ID) }

// AfterAlert makes f go on after the alert that a cursor names; the empty cursor begins the list.
func AfterAlert(c string, f *talent.AlertFilter) (err error) {
	f.AfterID, _, err = alertCursors().Key(c)
	return err
}
