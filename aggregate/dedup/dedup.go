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
	var buffer [4 << 10]byte // most texts are shorter: nothing is left behind for the garbage collector
	both := text.AppendNormal(buffer[:0], f.Title)
	n := len(both)
	both = text.AppendNormal(both, f.Text)
	title, body := both[:n], both[n:]
	vacancy, employer, region := []byte("vacancy"), []byte(f.EmployerKey), []byte(f.Region)
	switch {
	case utf8.RuneCount(body) < minText:
		return talent.NewIDOf(vacancy, []byte("short"), []byte(f.Source), []byte(f.Key), employer, title, region, body)
	case f.EmployerKey == "":
		return talent.NewIDOf(vacancy, []byte("unknown employer"), title, body)
	}
	return talent.NewIDOf(vacancy, []byte("exact"), employer, title, region, body)
}
