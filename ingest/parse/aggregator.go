package parse

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// aggregatorXML reads <source><job>…</job></source> one job at a time.
func aggregatorXML(body []byte, base *url.URL) ([]talent.Posting, error) {
	d := newXML(bytes.NewReader(body))
	var (
		postings []talent.Posting
		fields   map[string]string
		name     string
		value    strings.Builder
		depth    int // inside the job
	)
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return postings, nil
		}
		if err != nil {
			return postings, fmt.Errorf("read aggregator XML after %d jobs: %w", len(postings), err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch {
			case fields != nil:
				if depth++; depth > deepestXML {
					return postings, fmt.Errorf("read aggregator XML after %d jobs: %w", len(postings), errDeepXML)
				}
				if depth == 1 {
					name = strings.ToLower(t.Name.Local)
					value.Reset()
				}
			case strings.EqualFold(t.Name.Local, "job"):
				fields, depth = map[string]string{}, 0
			}
		case xml.CharData:
			if depth > 0 && value.Len() < text.LongestText {
				value.Write(t)
			}
		case xml.EndElement:
			switch {
			case fields == nil:
			case depth == 0:
				if len(postings) == mostPostings {
					return postings, fmt.Errorf("read aggregator XML: %w", errManyPostings)
				}
				if p := aggregatorJob(fields, base); p.Title != "" || p.Text != "" {
					postings = append(postings, p)
				}
				fields = nil
			default:
				if depth--; depth == 0 && fields[name] == "" {
					fields[name] = strings.TrimSpace(value.String())
				}
			}
		}
	}
}

func aggregatorJob(f map[string]string, base *url.URL) talent.Posting {
	p := talent.Posting{
		Key: firstOf(f, "referencenumber", "requisitionid", "id", "guid"), URL: text.Address(base, f["url"]),
		Title: firstOf(f, "title", "jobtitle"), Employer: firstOf(f, "company", "employer", "sourcename"), Salary: firstOf(f, "salary"),
		Education: firstOf(f, "education"), Experience: firstOf(f, "experience"), Industry: firstOf(f, "industry"),
		Text: text.Of(f["description"]), Openings: text.Count(firstOf(f, "openings", "vacancies", "numberofopenings")),
	}
	if p.URL == "" {
		p.URL = text.Address(base, firstOf(f, "link", "apply_url"))
	}
	p.Location = firstOf(f, "location")
	if p.Location == "" {
		var parts []string
		for _, k := range []string{"city", "state", "country"} {
			if s := text.Line(f[k]); s != "" {
				parts = appendDistinct(parts, s)
			}
		}
		p.Location = strings.Join(parts, ", ")
	}
	p.PostedAt = text.FirstDate(f["date"], f["pubdate"], f["posted"])
	p.ValidThrough, _ = text.Date(f["expirationdate"], time.Time{})
	return talent.Keyed(p)
}
