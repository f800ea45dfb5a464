// Package dedup groups postings that advertise the same vacancy. It is pure.
package dedup

import (
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// Version names the rule that VacancyID follows; it is stored with every fact.
const Version = "exact-1"

// minText is the length in characters below which a text says too little to tell two vacancies apart.
const minText = 40

// VacancyID returns the id that exact duplicates of a vacancy share: postings of one employer with the same
// title, region and text, compared as text.Normal compares. Without an employer, title and text decide
// alone. A posting whose text has fewer than 40 characters is a vacancy of its own, because two boards' stubs
// look alike without being the same.
func VacancyID(f talent.PostingFact) string {
	title, body := text.Normal(f.Title), text.Normal(f.Text)
	switch {
	case utf8.RuneCountInString(body) < minText:
		return talent.NewID("vacancy", "short", f.Source, f.Key, f.EmployerKey, title, f.Region, body)
	case f.EmployerKey == "":
		return talent.NewID("vacancy", "unknown employer", title, body)
	}
	return talent.NewID("vacancy", "exact", f.EmployerKey, title, f.Region, body)
}
