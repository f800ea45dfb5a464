package parse

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
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
			Key: j.ID.String(), URL: text.Address(nil, j.URL), Title: text.Line(j.Title), Employer: text.Line(j.Company),
			Location: text.Line(j.Location.Name), Text: text.Of(j.Content),
		}
		p.PostedAt = text.FirstDate(j.FirstPublished, j.Updated)
		p.ValidThrough = text.FirstDate(j.Deadline)
		postings = append(postings, talent.Keyed(p))
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
		parts := []string{text.Tidy(j.Description)}
		for _, l := range j.Lists {
			parts = append(parts, text.Of(l.Text)+"\n"+text.Of(l.Content))
		}
		parts = append(parts, text.Tidy(j.Additional))
		p := talent.Posting{
			Key: j.ID, URL: text.Address(nil, j.URL), Title: text.Line(j.Title), Text: text.Paragraphs(parts),
			Location: places(j.Categories.Location, j.Categories.AllLocations),
			Salary:   salary(j.SalaryRange.Currency, j.SalaryRange.Min.String(), j.SalaryRange.Max.String(), j.SalaryRange.Interval),
		}
		if j.CreatedAt > 0 {
			p.PostedAt = text.FirstDate(strconv.FormatInt(j.CreatedAt, 10))
		}
		postings = append(postings, talent.Keyed(p))
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
			Key: j.ID, URL: text.Address(nil, j.URL), Title: text.Line(j.Title), Location: places(j.Location, more),
			Text: text.Of(j.HTML), Salary: text.Line(j.Pay.Salary), PostedAt: text.FirstDate(j.PublishedAt),
		}
		if p.Text == "" {
			p.Text = text.Tidy(j.Plain)
		}
		if p.Salary == "" {
			p.Salary = text.Line(j.Pay.Tier)
		}
		postings = append(postings, talent.Keyed(p))
	})
	return board(postings, err, "Ashby", "…/posting-api/job-board/BOARD")
}

// places joins distinct places with " / ", the first one first.
func places(first string, more []string) string {
	var all []string
	for _, s := range append([]string{first}, more...) {
		if s = text.Line(s); s != "" {
			all = appendDistinct(all, s)
		}
	}
	return strings.Join(all, " / ")
}
