package alerts

import (
	"context"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// message collects what a letter about an event says to one subscriber.
func (a *Alerts) message(ctx context.Context, d due) (notify.Message, error) {
	m := notify.Message{ID: d.id, Event: d.event, Subscription: d.sub, Skill: talent.Skill{ID: d.event.Skill},
		BaseURL: strings.TrimSuffix(a.cfg.BaseURL, "/"), Sample: a.cfg.Sample, At: time.Now()}
	if d.about != "" {
		return m, nil
	}
	skills, err := a.store.Skills(ctx)
	if err != nil {
		return m, err
	}
	for _, s := range skills {
		if s.ID == d.event.Skill {
			m.Skill = s
		}
	}
	if m.Programmes, err = a.store.OpenProgrammes(ctx, d.sub.Org); err != nil {
		return m, err
	}
	courses, err := a.store.Courses(ctx, talent.CourseFilter{Skill: d.event.Skill, Org: d.sub.Org, Limit: 1000})
	if err != nil {
		return m, err
	}
	for _, c := range courses {
		m.Courses = append(m.Courses, notify.Course{Programme: notify.Theirs(c.Programme), Title: notify.Theirs(c.Title), Hours: int(c.Hours), Required: c.Required})
	}
	bands, err := a.store.Bands(ctx, d.event.SeriesKey())
	if err != nil {
		return m, err
	}
	for _, b := range bands {
		if !b.Period.After(d.event.Evidence.Period) {
			m.Bands = append(m.Bands, b)
		}
	}
	return m, nil
}
