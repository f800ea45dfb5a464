package aggregate

import (
	"context"
	"errors"
	"time"

	"github.com/gapwatch/gapwatch/aggregate/skills"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func (a *Aggregator) flushRequests(ctx context.Context, token string, batch []kafka.Record) error {
	requests, _, bad := decode(batch, fromJSON[talent.Request], func(r *talent.Request) error {
		if r.ID == "" || r.Org == "" || r.Skill == "" || r.Heads < 0 || r.CreatedAt.IsZero() || r.Version == 0 {
			return errors.New("request without id, org, skill, created_at or version, or with negative heads")
		}
		return nil
	})
	if err := a.bury(ctx, bad); err != nil {
		return err
	}
	if err := a.store.PutRequests(ctx, token, requests); err != nil {
		return err
	}
	stored := talent.Batch{Fact: "requests", Rows: map[string]uint64{}}
	marks := make(map[talent.PeriodMark]struct{})
	for _, r := range requests {
		stored.Rows[r.ID] = max(stored.Rows[r.ID], r.Version)
		for _, g := range []talent.Grain{talent.Week, talent.Month} { // a request belongs to no source, so it counts in both
			marks[talent.PeriodMark{Grain: g, Period: g.Start(r.CreatedAt)}] = struct{}{}
		}
	}
	if err := a.record(ctx, batch, stored); err != nil {
		return err
	}
	return a.mark(ctx, marks)
}

func (a *Aggregator) flushProgrammes(ctx context.Context, token string, batch []kafka.Record) error {
	programmes, _, bad := decode(batch, fromJSON[talent.Programme], func(p *talent.Programme) error {
		if p.ID == "" || p.Org == "" || p.CohortSize < 0 || p.GraduationMonth < 1 || p.GraduationMonth > 12 || p.FirstYear < 1900 || p.Version == 0 {
			return errors.New("programme without id, org or version, or with a cohort, month or year that cannot be")
		}
		return nil
	})
	if err := a.bury(ctx, bad); err != nil {
		return err
	}
	if len(programmes) == 0 {
		return a.record(ctx, batch)
	}
	stored := talent.Batch{Fact: "programmes", Rows: map[string]uint64{}}
	courses := talent.Batch{Fact: "courses", Rows: map[string]uint64{}}
	for i, p := range programmes {
		stored.Rows[p.ID] = max(stored.Rows[p.ID], p.Version)
		for j := range programmes[i].Courses {
			c := &programmes[i].Courses[j]
			required, mentioned := skills.IDs(a.extractor.Extract(c.Title + "\n" + c.Description))
			courses.Rows[p.ID+"/"+c.ID] = max(courses.Rows[p.ID+"/"+c.ID], p.Version)
			c.Skills = append(required, mentioned...) // a course text has no self-description: what it names, it teaches
		}
	}
	if err := a.store.PutProgrammes(ctx, token, programmes, a.extractor.TaxonomyVersion()); err != nil {
		return err
	}
	if err := a.record(ctx, batch, stored, courses); err != nil {
		return err
	}
	// closing or changing a programme may change the supply of any period since anyone graduates
	return a.store.MarkAll(ctx, time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC))
}
