package aggregate

import (
	"context"
	"slices"
	"strings"

	"github.com/gapwatch/gapwatch/aggregate/dedup"
	"github.com/gapwatch/gapwatch/aggregate/normalise"
	"github.com/gapwatch/gapwatch/aggregate/skills"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Enrich makes the fact of a posting: normalised, masked, with its skills and its vacancy. It is pure.
func Enrich(p talent.Posting, extractor *skills.Extractor) talent.PostingFact {
	f := normalise.Posting(p)
	Extract(&f, extractor)
	f.VacancyID, f.DedupVersion = dedup.VacancyID(f), dedup.Version
	return f
}

// Extract fills the skills of a normalised fact.
func Extract(f *talent.PostingFact, extractor *skills.Extractor) {
	f.Skills, f.Mentioned = skills.IDs(extractor.Extract(withoutName(f.Title+"\n"+f.Text, f.Employer, extractor)))
	f.TaxonomyVersion, f.ExtractorVersion = extractor.TaxonomyVersion(), skills.Version
}

// withoutName takes an employer's own name out of its text where the name holds a skill: "Star Robotics Ltd" asks
// for no robotics by being called so. A name that is a skill as a whole stays, because its text may well ask for it.
func withoutName(text, employer string, extractor *skills.Extractor) string {
	if employer == "" || !strings.Contains(text, employer) {
		return text
	}
	mentions := extractor.Extract(employer)
	for _, m := range mentions {
		if m.Start == 0 && m.End == len(employer) {
			return text
		}
	}
	if len(mentions) == 0 {
		return text
	}
	return strings.ReplaceAll(text, employer, " — ")
}

func (a *Aggregator) flushPostings(ctx context.Context, token string, batch []kafka.Record) error {
	postings, at, bad := decode(batch, talent.DecodePosting, (*talent.Posting).Check)
	if err := a.bury(ctx, bad); err != nil {
		return err
	}
	if len(postings) == 0 {
		return a.record(ctx, batch)
	}
	ids := make([]string, len(postings))
	for i, p := range postings {
		ids[i] = p.ID
	}
	known, err := a.store.KnownPostings(ctx, ids)
	if err != nil {
		return err
	}
	facts := make([]talent.PostingFact, len(postings))
	marks := make(map[talent.PeriodMark]struct{})
	stored := talent.Batch{Fact: "postings", Rows: map[string]uint64{}}
	for i, p := range postings {
		f := Enrich(p, a.extractor)
		f.KafkaPartition, f.KafkaOffset = int32(at[i].Partition), at[i].Offset
		if k, ok := known[f.ID]; ok {
			if f.DateBasis == talent.DateFirstSeen && k.DateBasis == talent.DateFirstSeen && k.Date.Before(f.Date) {
				f.Date = k.Date // the day it was first seen stays, however often it is read again
			}
			marks[talent.PeriodMark{Grain: k.Grain, Period: k.Grain.Start(k.Date)}] = struct{}{}
		}
		marks[talent.PeriodMark{Grain: f.Grain, Period: f.Grain.Start(f.Date)}] = struct{}{}
		// its copies in the next periods are counted or not because of it
		marks[talent.PeriodMark{Grain: f.Grain, Period: f.Grain.Start(f.Date.AddDate(0, 0, talent.VacancyDays))}] = struct{}{}
		facts[i] = f
		stored.Rows[f.ID] = max(stored.Rows[f.ID], f.Version())
		stored.Sources = append(stored.Sources, f.Source)
		if stored.Days[0].IsZero() || f.Date.Before(stored.Days[0]) {
			stored.Days[0] = f.Date
		}
		if f.Date.After(stored.Days[1]) {
			stored.Days[1] = f.Date
		}
	}
	if err := a.store.PutPostings(ctx, token, facts); err != nil {
		return err
	}
	slices.Sort(stored.Sources)
	stored.Sources = slices.Compact(stored.Sources)
	if err := a.record(ctx, batch, stored); err != nil {
		return err
	}
	return a.mark(ctx, marks)
}

// record notes which messages were read, and what was stored because of them: a later check compares it with what is
// there. A batch of dead letters is noted too, so that no offset is missing.
func (a *Aggregator) record(ctx context.Context, batch []kafka.Record, stored ...talent.Batch) error {
	if len(stored) == 0 {
		stored = []talent.Batch{{}}
	}
	for i := range stored {
		stored[i].Topic, stored[i].Partition = batch[0].Topic, batch[0].Partition
		stored[i].First, stored[i].Last = batch[0].Offset, batch[len(batch)-1].Offset
	}
	return a.store.PutBatches(ctx, stored...)
}

func (a *Aggregator) mark(ctx context.Context, marks map[talent.PeriodMark]struct{}) error {
	list := make([]talent.PeriodMark, 0, len(marks))
	for m := range marks {
		list = append(list, m)
	}
	return a.store.MarkPeriods(ctx, list...)
}
