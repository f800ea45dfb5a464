// Package normalise turns a posting as a source published it into the fact that is stored: employer key,
// region, industry, tier, salary, degree, experience, openings and date in codes and numbers, and no personal
// data of recruiters and applicants. Each field has its own pure function in its own file; what a posting does
// not state stays unknown and is never guessed.
package normalise

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/mask"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// Posting returns the fact that p states, all but what other packages fill: Skills, Mentioned, VacancyID, the
// versions and the Kafka position. Personal data is masked in every field.
func Posting(p talent.Posting) talent.PostingFact {
	p.Title, p.Employer, p.Location, p.Text = valid(p.Title), valid(p.Employer), valid(p.Location), valid(p.Text)
	if p.ID == "" {
		p.ID = talent.PostingID(p.Source, p.Key)
	}
	// The outbox has masked what Gapwatch itself sends; older messages and those of other producers are masked here,
	// before anything is told from them, so that both ways lead to the same fact.
	p, _ = mask.Posting(p)
	f := talent.PostingFact{
		ID: p.ID, Source: p.Source, Key: p.Key, URL: p.URL,
		Title: p.Title, Employer: p.Employer, Location: p.Location, Text: p.Text,
		Region: Region(p.Location), Industry: Industry(p.Industry, p.Employer),
		Education: Education(p.Education, p.Text),
		Grain:     p.Grain, FirstSeen: p.FirstSeen, Fetched: p.Fetched,
	}
	if f.Grain == "" {
		f.Grain = talent.Week
	}
	f.EmployerKey = text.Employer(f.Employer)
	f.Language = language(p)
	years, stated := experience(p.Experience, p.Text)
	f.ExperienceYears = int16(years)
	f.Tier = tier(p.Title, f.Education, p.Experience, years, stated)
	f.SalaryMin, f.SalaryMax = salaryIn(p.Salary, f.Region, f.Language)
	f.Openings, f.OpeningsStated = Openings(p.Openings, p.Text)
	f.Date, f.DateBasis = Date(p.PostedAt, p.FirstSeen, p.Fetched)
	return f
}

// language is that of the text, or of the title where there is no text.
func language(p talent.Posting) string {
	if p.Text == "" {
		return text.Language(p.Title)
	}
	return text.Language(p.Text)
}

// salaryIn reads a salary where it was published: a bare "90-120k" is yuan a month in a Chinese posting and
// says nothing of its currency and period elsewhere.
func salaryIn(s, region, lang string) (low, high float64) {
	if s == "" {
		return 0, 0
	}
	abroad := region != "" && len(region) != 6 || region == "710000" || region == "810000" || region == "820000"
	if (abroad || lang != "zh" && region == "") && !yuan(s) {
		return 0, 0
	}
	return Salary(s)
}

// valid replaces what is not UTF-8, so that a broken byte cannot stop a batch on its way to the store.
func valid(s string) string {
	if utf8.ValidString(s) { // many times as fast as looking for what to replace
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// earliest is the first year that a posting may state; anything before is a default of some software.
const earliest = 1995

// Date returns the posting's day (00:00 UTC) and where it comes from: the date it states, in the calendar of
// its own time zone, when that lies between 1995 and two days after Gapwatch saw it; else the day it was
// first seen, or fetched when that is all there is.
func Date(posted, firstSeen, fetched time.Time) (time.Time, talent.DateBasis) {
	seen := firstSeen
	if seen.IsZero() {
		seen = fetched
	}
	latest := seen
	if fetched.After(latest) {
		latest = fetched
	}
	if !posted.IsZero() && posted.Year() >= earliest && (latest.IsZero() || !posted.After(latest.AddDate(0, 0, 2))) {
		return time.Date(posted.Year(), posted.Month(), posted.Day(), 0, 0, 0, 0, time.UTC), talent.DateStated
	}
	if seen.IsZero() {
		return time.Time{}, talent.DateFirstSeen
	}
	seen = seen.UTC()
	return time.Date(seen.Year(), seen.Month(), seen.Day(), 0, 0, 0, 0, time.UTC), talent.DateFirstSeen
}
