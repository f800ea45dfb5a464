package parse

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/mmcdole/gofeed"

	"github.com/gapwatch/gapwatch/internal/budget"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// Feed reads RSS, Atom, JSON Feed and the XML that job boards offer to aggregators such as Indeed
// (<source><job><title>…). A feed says little in fields of its own: employer and place come from elements such as
// <company> and <location>, from labelled lines of the text (公司：…, Location: …), or from a title "Role — Company"
// that the text confirms; otherwise they stay empty. Relative addresses are resolved against base, which may be nil.
// When an aggregator's XML breaks off, the postings before the break come with the error.
func Feed(body []byte, base *url.URL) ([]talent.Posting, error) {
	body = withoutDeclaration(text.UTF8(body, ""))
	root, err := rootElement(newXML(bytes.NewReader(body)))
	if err == nil && (root == "source" || root == "jobs") {
		return aggregatorXML(body, base)
	}
	check := checkXML
	if bytes.HasPrefix(body, []byte("{")) {
		check = checkJSONFeed
	}
	if err := check(body); err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	if bytes.HasPrefix(body, []byte("{")) && !bytes.Contains(body, []byte("jsonfeed.org/version")) {
		return nil, errors.New("read feed: the answer is JSON, but not a JSON Feed")
	}
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	postings := make([]talent.Posting, 0, len(feed.Items))
	for _, item := range feed.Items {
		p := feedItem(item, base)
		if p.Title == "" && p.Text == "" {
			continue
		}
		postings = append(postings, p)
	}
	return postings, nil
}

// checkJSONFeed refuses a JSON Feed with too many items: its parser holds them all.
func checkJSONFeed(body []byte) error {
	if err := eachJob(body, "items", func(struct{}) {}); budget.Is(err) {
		return err
	}
	return nil // the parser says better what else is wrong
}

// withoutDeclaration drops an XML declaration: the text is UTF-8 by now, and a charset it names must not be applied
// a second time.
func withoutDeclaration(body []byte) []byte {
	body = bytes.TrimSpace(body)
	if bytes.HasPrefix(body, []byte("<?xml")) {
		if end := bytes.Index(body, []byte("?>")); end >= 0 {
			return body[end+2:]
		}
	}
	return body
}

func feedItem(item *gofeed.Item, base *url.URL) talent.Posting {
	p := talent.Posting{Key: strings.TrimSpace(item.GUID), URL: text.Address(base, item.Link), Title: text.Line(item.Title)}
	p.Text = text.Of(item.Content)
	if short := text.Of(item.Description); len(short) > len(p.Text) {
		p.Text = short
	}
	switch {
	case item.PublishedParsed != nil:
		p.PostedAt, _ = text.Plausible(*item.PublishedParsed, item.Published)
	case item.UpdatedParsed != nil:
		p.PostedAt, _ = text.Plausible(*item.UpdatedParsed, item.Updated)
	}
	own := ownElements(item)
	p.Employer = firstOf(own, "company", "employer", "company_name", "organization")
	p.Location = firstOf(own, "location", "city", "region", "address")
	p.Salary = firstOf(own, "salary")
	readLabels(&p)
	confirmTitle(&p)
	return talent.Keyed(p)
}

// ownElements collects elements outside the feed's standard, with or without a namespace, by lower-case name.
func ownElements(item *gofeed.Item) map[string]string {
	own := map[string]string{}
	for k, v := range item.Custom {
		own[strings.ToLower(k)] = v
	}
	for space, elements := range item.Extensions {
		if space == "dc" || space == "atom" || space == "media" || space == "itunes" {
			continue
		}
		for name, list := range elements {
			if len(list) > 0 && own[strings.ToLower(name)] == "" {
				own[strings.ToLower(name)] = list[0].Value
			}
		}
	}
	return own
}

func firstOf(m map[string]string, names ...string) string {
	for _, n := range names {
		if s := text.Line(m[n]); s != "" {
			return s
		}
	}
	return ""
}

// labelledLines is how many lines of a text may carry labels before the advertisement itself begins.
const labelledLines = 12

// readLabels fills empty fields from lines such as "公司：…" or "Location: …" at the head of the text.
func readLabels(p *talent.Posting) {
	rest := p.Text
	for range labelledLines {
		var l string
		l, rest, _ = strings.Cut(rest, "\n")
		label, value, ok := strings.Cut(strings.ReplaceAll(l, "：", ":"), ":")
		if ok && len(label) <= 32 {
			value = text.Line(value)
			var f *string
			switch strings.ToLower(strings.Trim(label, " *#-·")) {
			case "公司", "公司名称", "企业", "雇主", "company", "employer":
				f = &p.Employer
			case "地点", "工作地点", "城市", "工作城市", "location", "headquarters":
				f = &p.Location
			case "薪资", "薪酬", "薪水", "月薪", "salary":
				f = &p.Salary
			case "学历", "学历要求", "education":
				f = &p.Education
			case "经验", "工作经验", "经验要求", "experience":
				f = &p.Experience
			}
			if f != nil && *f == "" && len(value) <= 200 {
				*f = value
			}
		}
		if rest == "" {
			return
		}
	}
}

// confirmTitle splits "Role — Company" when the text begins with that company, as in "Company · Place · …".
func confirmTitle(p *talent.Posting) {
	if p.Employer != "" {
		return
	}
	head, _, _ := strings.Cut(p.Text, "\n")
	parts := strings.Split(head, " · ")
	if len(parts) < 2 || parts[0] == "" {
		return
	}
	for _, dash := range []string{" — ", " – ", " - ", " at ", " @ "} {
		if role, ok := strings.CutSuffix(p.Title, dash+parts[0]); ok && role != "" {
			p.Title, p.Employer = strings.TrimSpace(role), parts[0]
			if p.Location == "" && len(parts) > 2 {
				p.Location = strings.TrimSpace(parts[1])
			}
			return
		}
	}
}
