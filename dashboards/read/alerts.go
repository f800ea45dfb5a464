package read

import (
	"context"
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

// Firing returns the active alerts, worst first.
func (r *Reader) Firing(ctx context.Context) ([]talent.Alert, error) {
	return Remember(ctx, r, Key{Question: "firing"}, r.cacheFor, func(ctx context.Context) ([]talent.Alert, error) {
		return r.store.Alerts(ctx, talent.AlertFilter{Status: talent.AlertFiring, Worst: true, Limit: 200})
	})
}

// AlertCounts counts the alerts by status and severity.
func (r *Reader) AlertCounts(ctx context.Context) (map[talent.AlertStatus]map[talent.Severity]int, error) {
	return Remember(ctx, r, Key{Question: "alert counts"}, r.cacheFor, r.store.AlertCounts)
}

// alertKey is where an alert stands in the list.
type alertKey struct {
	Opened   time.Time       `json:"o"`
	ID       string          `json:"i"`
	Severity talent.Severity `json:"s"`
}

func alertCursors() cursor.Codec[alertKey] { return cursor.For[alertKey]("alerts") }

// AlertCursor makes a cursor that ReadAlertCursor reads: the list goes on after a.
func AlertCursor(a talent.Alert) string {
	return alertCursors().After(alertKey{a.Opened, a.ID, a.Severity})
}

// ReadAlertCursor makes f go on after the alert that a cursor names; the empty cursor leaves it at the first page. One of
// another list gives cursor.ErrUnknown.
func ReadAlertCursor(c string, f *talent.AlertFilter) error {
	k, _, err := alertCursors().Key(c)
	f.AfterOpened, f.AfterID, f.AfterSeverity = k.Opened, k.ID, k.Severity
	return err
}
