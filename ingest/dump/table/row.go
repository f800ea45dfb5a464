package table

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// row gives access to the columns of one row of a dump.
type row interface {
	column(name string) string
	content() string // of the whole row; equal rows, equal content
}

// rowPosting makes a posting of one row, or says what is wrong with it.
func rowPosting(r row, m *Mapping) (talent.Posting, error) {
	p := talent.Posting{
		Key: firstColumn(r, m.Key), URL: text.Address(nil, firstColumn(r, m.URL)), Title: text.Line(firstColumn(r, m.Title)),
		Employer: text.Line(firstColumn(r, m.Employer)), Location: text.Line(firstColumn(r, m.Location)),
		Industry: text.Line(firstColumn(r, m.Industry)), Education: text.Line(firstColumn(r, m.Education)),
		Experience: text.Line(firstColumn(r, m.Experience)), Salary: text.Line(firstColumn(r, m.Salary)),
		Openings: text.Count(firstColumn(r, m.Openings)),
	}
	texts := make([]string, 0, len(m.Text))
	for _, c := range m.Text {
		texts = append(texts, text.Of(r.column(c)))
	}
	p.Text = text.Paragraphs(texts)
	if m.HeadLine {
		readHeadLine(&p)
	}
	if p.Title == "" && p.Text == "" {
		return p, errors.New("the row has neither a title nor a text")
	}
	ref := m.Reference
	if s := firstColumn(r, m.ReferenceColumn); s != "" {
		t, err := text.Date(s, time.Time{})
		if err != nil {
			return p, fmt.Errorf("reference date: %w", err)
		}
		ref = t
	}
	var err error
	if p.PostedAt, err = rowDate(firstColumn(r, m.Date), m.DateLayout, ref); err != nil {
		return p, fmt.Errorf("date: %w", err)
	}
	if p.ValidThrough, err = rowDate(firstColumn(r, m.ValidThrough), m.DateLayout, ref); err != nil {
		return p, fmt.Errorf("valid_through: %w", err)
	}
	if p.Key == "" {
		p.Key = talent.ContentKey(r.content())
	}
	return talent.Keyed(p), nil
}

// rowDate reads a date that may be absent. One that is stated but cannot be read spoils the row: its posting would
// be counted in the week of the import.
func rowDate(s, layout string, ref time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return text.DateIn(layout, s, ref)
}

func firstColumn(r row, names []string) string {
	for _, n := range names {
		if s := strings.TrimSpace(r.column(n)); s != "" {
			return s
		}
	}
	return ""
}

// take hands the posting of one row on, or counts the row as bad.
func take(r row, at int, m *Mapping, each func(talent.Posting) error, stats *Stats) error {
	p, err := rowPosting(r, m)
	if err != nil {
		stats.bad(at, err)
		return nil
	}
	if err := each(p); err != nil {
		return err
	}
	stats.Rows++
	stats.Postings++
	return nil
}
