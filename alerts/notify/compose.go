package notify

import (
	"context"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// message collects what a letter about an event says to one subscriber.
func (p *Postman) message(ctx context.Context, d due) (Message, error) {
	m := Message{ID: d.id, Event: d.event, Subscription: d.sub, Names: p.names(d.sub.Language, nil),
		BaseURL: strings.TrimSuffix(p.cfg.BaseURL, "/"), Sample: p.cfg.Sample, At: time.Now()}
	if d.about != "" {
		return m, nil
	}
	skills, err := p.Store.Skills(ctx)
	if err != nil {
		return m, err
	}
	m.Names = p.names(d.sub.Language, skills)
	if m.Programmes, err = p.Store.OpenProgrammes(ctx, d.sub.Org); err != nil {
		return m, err
	}
	courses, err := p.Store.Courses(ctx, talent.CourseFilter{Skill: d.event.Skill, Org: d.sub.Org, Limit: 1000})
	if err != nil {
		return m, err
	}
	for _, c := range courses {
		m.Courses = append(m.Courses, Course{Programme: Theirs(c.Programme), Title: Theirs(c.Title), Hours: int(c.Hours), Required: c.Required})
	}
	bands, err := p.Store.Bands(ctx, d.event.SeriesKey())
	if err != nil {
		return m, err
	}
	series, err := p.Store.Series(ctx, d.event.SeriesKey(), time.Time{}, time.Time{})
	if err != nil {
		return m, err
	}
	for _, b := range talent.PublicBands(series.Points, bands) {
		if !b.Period.After(d.event.Evidence.Period) {
			m.Bands = append(m.Bands, b)
		}
	}
	return m, nil
}

// names says codes in a subscriber's language, which is Chinese unless it is English.
func (p *Postman) names(lang string, skills []talent.Skill) words.Names {
	if lang != words.English {
		lang = words.Chinese
	}
	n := words.Names{Lang: lang, Text: p.texts[lang], Skills: make(map[string]talent.Skill, len(skills))}
	for _, s := range skills {
		n.Skills[s.ID] = s
	}
	return n
}
