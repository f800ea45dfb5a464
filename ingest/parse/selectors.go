package parse

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	xhtml "golang.org/x/net/html"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// Selectors say where a page has its postings: CSS selectors, each optionally followed by @attribute (as in
// "time@datetime") to read an attribute in place of the text. Item selects one posting each, and the fields are
// looked for inside it; without Item the whole page is one posting. Link is the address of the posting's own page;
// Next, looked for in the whole page, the address of the next list page.
type Selectors struct {
	Item     string `yaml:"item"`
	Title    string `yaml:"title"`
	Employer string `yaml:"employer"`
	Location string `yaml:"location"`
	Date     string `yaml:"date"`
	Salary   string `yaml:"salary"`
	Text     string `yaml:"text"`
	Link     string `yaml:"link"`
	Next     string `yaml:"next"`

	// Reference is the time the page was fetched: relative dates (3天前, 5月13日) are counted from it. While it is
	// zero they are left out.
	Reference time.Time `yaml:"-"`
}

// Validate names the first selector that cannot work.
func (s Selectors) Validate() error {
	if s.Title == "" && s.Link == "" {
		return errors.New("selectors: give title (to read postings from the page) or link (to follow the pages of postings)")
	}
	for name, sel := range s.all() {
		if _, _, err := compile(sel); err != nil {
			return fmt.Errorf("selectors.%s: %q is not a CSS selector: %w", name, sel, err)
		}
	}
	return nil
}

func (s Selectors) all() map[string]string {
	return map[string]string{"item": s.Item, "title": s.Title, "employer": s.Employer, "location": s.Location,
		"date": s.Date, "salary": s.Salary, "text": s.Text, "link": s.Link, "next": s.Next}
}

// compile splits selector@attribute and compiles the selector; an empty one gives nil.
func compile(sel string) (goquery.Matcher, string, error) {
	attr := ""
	if i := strings.LastIndexByte(sel, '@'); i >= 0 && !strings.ContainsAny(sel[i:], `"'] `) {
		sel, attr = sel[:i], sel[i+1:]
	}
	if strings.TrimSpace(sel) == "" {
		return nil, attr, nil
	}
	m, err := cascadia.Compile(sel)
	if err != nil {
		return nil, attr, err
	}
	return m, attr, nil
}

// HTML reads postings from a page in UTF-8 by selectors. links are the distinct addresses of Link in order, next is
// the address of the next page, "" when there is none; both are absolute. An item without a title is not a posting.
// The error is about the selectors.
func HTML(html []byte, s Selectors, base *url.URL) (postings []talent.Posting, links []string, next string, err error) {
	if err := s.Validate(); err != nil {
		return nil, nil, "", err
	}
	root, err := parseHTML(html)
	if err != nil {
		return nil, nil, "", fmt.Errorf("parse page: %w", err)
	}
	doc := goquery.NewDocumentFromNode(root)
	if href, ok := doc.Find("base[href]").First().Attr("href"); ok {
		if u, err := url.Parse(strings.TrimSpace(href)); err == nil && base != nil {
			base = base.ResolveReference(u)
		}
	}
	items := doc.Selection
	if m, _, _ := compile(s.Item); m != nil {
		items = doc.FindMatcher(m)
	}
	taken, linked := map[*xhtml.Node]bool{}, map[string]bool{}
	items.EachWithBreak(func(_ int, item *goquery.Selection) bool {
		if inside(item, taken) { // an item in an item is part of it, and read with it
			return true
		}
		if len(taken) == mostPostings {
			err = fmt.Errorf("parse page: %w", errManyPostings)
			return false
		}
		taken[item.Nodes[0]] = true
		var link string
		for _, href := range addresses(item, s.Link, base) {
			if link == "" {
				link = href
			}
			if !linked[href] {
				linked[href] = true
				links = append(links, href)
			}
		}
		p := talent.Posting{
			URL: link, Title: text.Line(field(item, s.Title)), Employer: text.Line(field(item, s.Employer)),
			Location: text.Line(field(item, s.Location)), Salary: text.Line(field(item, s.Salary)), Text: field(item, s.Text),
		}
		if p.Title == "" {
			return true
		}
		p.PostedAt, _ = text.Date(text.Line(dateField(item, s.Date)), s.Reference)
		switch {
		case s.Item == "" && link == "":
			p.URL = pageURL(base)
			p.Key = p.URL
		case link == "":
			p.URL = pageURL(base)
			p.Key = p.URL + "#" + talent.ContentKey(p.Title, p.Employer, p.Location)
		}
		postings = append(postings, talent.Keyed(p))
		return true
	})
	if all := addresses(doc.Selection, s.Next, base); len(all) > 0 {
		next = all[0]
	}
	return postings, links, next, err
}

// inside reports whether an element stands in one of those taken; trees are at most deepestHTML deep.
func inside(item *goquery.Selection, taken map[*xhtml.Node]bool) bool {
	for n := item.Nodes[0].Parent; n != nil; n = n.Parent {
		if taken[n] {
			return true
		}
	}
	return false
}

// triedMatches is how many matches of a field are looked at for one that says something.
const triedMatches = 20

// field returns the text, or the attribute, of the first match that has one.
func field(item *goquery.Selection, sel string) string {
	m, attr, _ := compile(sel)
	if m == nil {
		return ""
	}
	found := ""
	within(item, m).EachWithBreak(func(i int, e *goquery.Selection) bool {
		if i == triedMatches {
			return false
		}
		if attr != "" {
			found = strings.TrimSpace(e.AttrOr(attr, ""))
		} else if strings.TrimSpace(e.Text()) == "" {
			return true
		} else if h, err := e.Html(); err == nil {
			found = text.PlainText(h)
		}
		return found == ""
	})
	return found
}

// dateField prefers the machine-readable attribute of a time element.
func dateField(item *goquery.Selection, sel string) string {
	if sel != "" && !strings.Contains(sel, "@") {
		if s := field(item, sel+"@datetime"); s != "" && !strings.Contains(sel, ",") {
			return s
		}
	}
	return field(item, sel)
}

// addresses returns the resolved addresses of all matches.
func addresses(item *goquery.Selection, sel string, base *url.URL) []string {
	m, attr, _ := compile(sel)
	if m == nil {
		return nil
	}
	if attr == "" {
		attr = "href"
	}
	var all []string
	within(item, m).Each(func(_ int, e *goquery.Selection) {
		if u := text.Address(base, e.AttrOr(attr, "")); u != "" {
			all = append(all, u)
		}
	})
	return all
}

// within finds matches inside item, and item itself: a list whose items are links is common.
func within(item *goquery.Selection, m goquery.Matcher) *goquery.Selection {
	return item.FilterMatcher(m).AddSelection(item.FindMatcher(m))
}
