package parse

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Greenhouse reads the answer of Greenhouse's job board API with content=true: {"jobs":[…]}, the text being HTML
// that is escaped as entities.
func Greenhouse(body []byte) ([]talent.Posting, error) {
	type job struct {
		ID       json.Number `json:"id"`
		URL      string      `json:"absolute_url"`
		Title    string      `json:"title"`
		Company  string      `json:"company_name"`
		Location struct {
			Name string `json:"name"`
		} `json:"location"`
		Content        string `json:"content"`
		FirstPublished string `json:"first_published"`
		Updated        string `json:"updated_at"`
		Deadline       string `json:"application_deadline"`
	}
	postings := []talent.Posting{}
	err := eachJob(body, "jobs", func(j job) {
		p := talent.Posting{
			Key: j.ID.String(), URL: resolve(nil, j.URL), Title: line(j.Title), Employer: line(j.Company),
			Location: line(j.Location.Name), Text: textOf(j.Content),
		}
		p.PostedAt = firstDate(j.FirstPublished, j.Updated)
		p.ValidThrough = firstDate(j.Deadline)
		postings = append(postings, keyed(p))
	})
	return board(postings, err, "Greenhouse", "…/v1/boards/BOARD/jobs?content=true")
}

// board is what the reader of a board's API answers; address says where the right answer is found.
func board(postings []talent.Posting, err error, name, address string) ([]talent.Posting, error) {
	switch {
	case errors.Is(err, errNoList):
		return nil, fmt.Errorf("read %s answer: %w; is the address %s", name, err, address)
	case err != nil && !tooMany(err):
		return nil, fmt.Errorf("read %s answer: %w", name, err)
	case err != nil:
		return postings, fmt.Errorf("read %s answer: %w", name, err)
	}
	return postings, nil
}

// Lever reads the answer of Lever's postings API with mode=json: an array. The text is descriptionPlain, the lists
// and additionalPlain; createdAt is in Unix milliseconds. The employer is not part of it.
func Lever(body []byte) ([]talent.Posting, error) {
	type job struct {
		ID          string `json:"id"`
		URL         string `json:"hostedUrl"`
		Title       string `json:"text"`
		CreatedAt   int64  `json:"createdAt"`
		Description string `json:"descriptionPlain"`
		Additional  string `json:"additionalPlain"`
		Lists       []struct {
			Text    string `json:"text"`
			Content string `json:"content"`
		} `json:"lists"`
		Categories struct {
			Location     string   `json:"location"`
			AllLocations []string `json:"allLocations"`
		} `json:"categories"`
		SalaryRange struct {
			Currency string      `json:"currency"`
			Interval string      `json:"interval"`
			Min      json.Number `json:"min"`
			Max      json.Number `json:"max"`
		} `json:"salaryRange"`
	}
	postings := []talent.Posting{}
	err := eachJob(body, "", func(j job) {
		text := []string{tidy(j.Description)}
		for _, l := range j.Lists {
			text = append(text, textOf(l.Text)+"\n"+textOf(l.Content))
		}
		text = append(text, tidy(j.Additional))
		p := talent.Posting{
			Key: j.ID, URL: resolve(nil, j.URL), Title: line(j.Title), Text: paragraphs(text),
			Location: places(j.Categories.Location, j.Categories.AllLocations),
			Salary:   salary(j.SalaryRange.Currency, j.SalaryRange.Min.String(), j.SalaryRange.Max.String(), j.SalaryRange.Interval),
		}
		if j.CreatedAt > 0 {
			p.PostedAt = firstDate(strconv.FormatInt(j.CreatedAt, 10))
		}
		postings = append(postings, keyed(p))
	})
	return board(postings, err, "Lever", "…/v0/postings/SITE?mode=json")
}

// Ashby reads the answer of Ashby's job board API: {"jobs":[…]} without the ones that are not listed. The employer
// is not part of it.
func Ashby(body []byte) ([]talent.Posting, error) {
	type job struct {
		ID        string `json:"id"`
		URL       string `json:"jobUrl"`
		Title     string `json:"title"`
		Location  string `json:"location"`
		Secondary []struct {
			Location string `json:"location"`
		} `json:"secondaryLocations"`
		PublishedAt string `json:"publishedAt"`
		IsListed    *bool  `json:"isListed"`
		HTML        string `json:"descriptionHtml"`
		Plain       string `json:"descriptionPlain"`
		Pay         struct {
			Salary string `json:"scrapeableCompensationSalarySummary"`
			Tier   string `json:"compensationTierSummary"`
		} `json:"compensation"`
	}
	postings := []talent.Posting{}
	err := eachJob(body, "jobs", func(j job) {
		if j.IsListed != nil && !*j.IsListed {
			return
		}
		var more []string
		for _, s := range j.Secondary {
			more = append(more, s.Location)
		}
		p := talent.Posting{
			Key: j.ID, URL: resolve(nil, j.URL), Title: line(j.Title), Location: places(j.Location, more),
			Text: textOf(j.HTML), Salary: line(j.Pay.Salary), PostedAt: firstDate(j.PublishedAt),
		}
		if p.Text == "" {
			p.Text = tidy(j.Plain)
		}
		if p.Salary == "" {
			p.Salary = line(j.Pay.Tier)
		}
		postings = append(postings, keyed(p))
	})
	return board(postings, err, "Ashby", "…/posting-api/job-board/BOARD")
}

// keyed gives a posting without an id its address as key.
func keyed(p talent.Posting) talent.Posting {
	if p.Key == "" {
		p.Key = p.URL
	}
	if len(p.Key) > longestField {
		p.Key = contentKey(p.Key)
	}
	if p.Key == "" {
		p.Key = contentKey(p.Title, p.Employer, p.Location, p.Text)
	}
	return p
}

// contentKey is the key of a posting that has neither id nor address: equal content, equal key.
func contentKey(parts ...string) string {
	return talent.NewID(append([]string{"content"}, parts...)...)
}

// places joins distinct places with " / ", the first one first.
func places(first string, more []string) string {
	var all []string
	for _, s := range append([]string{first}, more...) {
		if s = line(s); s != "" {
			all = appendDistinct(all, s)
		}
	}
	return strings.Join(all, " / ")
}

// paragraphs joins what is not empty with blank lines.
func paragraphs(parts []string) string {
	var all []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return limit(strings.Join(all, "\n\n"), longestText)
}

// firstDate returns the first of the dates that can be read, else zero.
func firstDate(dates ...string) time.Time {
	for _, d := range dates {
		if t, err := Date(d, time.Time{}); err == nil {
			return t
		}
	}
	return time.Time{}
}
