package crawl

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// lists visits a source of kind html: list pages one after the other, and the pages of the postings when the
// list does not say everything.
func (r *run) lists(ctx context.Context) error {
	follow := r.src.Selectors.Title == "" || r.src.Detail != nil
	var (
		details []*url.URL
		items   = map[string]talent.Posting{} // what the list says of a page
		asked   = map[string]bool{}
		read    int
	)
	for at := r.src.url; at != nil && !asked[at.String()]; {
		if read >= r.src.MaxPages {
			r.tally.capped = true
			break
		}
		read++
		asked[at.String()] = true
		page, err := r.list(ctx, at, follow)
		if err != nil {
			return err
		}
		if page == nil {
			break
		}
		for _, p := range page.postings {
			items[p.URL] = p
		}
		for _, l := range page.links {
			u, ok := r.listable(at, l)
			if !follow || !ok || asked[u.String()] {
				continue
			}
			asked[u.String()] = true
			details = append(details, u)
		}
		next, err := at.Parse(page.next)
		if err != nil || page.next == "" || !r.src.sameSite(next) {
			break
		}
		at = next
	}
	if !follow || r.tally.entry != nil {
		return nil
	}
	r.tally.listed = len(details)
	if len(details) > r.src.MaxPages {
		details, r.tally.capped = details[:r.src.MaxPages], true
	}
	return r.fetchAll(ctx, details, func(ctx context.Context, u *url.URL) error {
		return r.page(ctx, u, r.detail(items[u.String()]))
	})
}

// listPage is what a list page holds.
type listPage struct {
	postings []talent.Posting
	links    []string
	next     string
}

// list reads one list page; nil when it could not be read. Its postings are taken at once unless their own
// pages will be read.
func (r *run) list(ctx context.Context, u *url.URL, follow bool) (*listPage, error) {
	started := time.Now()
	known := r.memory[r.name(u)]
	ask := talent.Page{}
	if !follow && r.src.Selectors.Next == "" {
		ask = r.conditional(known) // an unchanged list that leads elsewhere has to be read all the same
	}
	resp, at, err := r.hosts.visit(ctx, r.src, u, ask)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	r.took(time.Since(started))
	if err != nil {
		if u == r.src.url {
			r.tally.entry = err
			return nil, nil
		}
		r.tally.unlisted++
		r.tally.failure(u, err)
		return nil, nil
	}
	r.received(resp)
	if resp.NotModified {
		known.LastSeen, known.Status = time.Now(), resp.Status
		r.tally.notModified++
		r.tally.holding += holds(known)
		return nil, r.sink.put(ctx, keep(known))
	}
	selectors := r.src.Selectors
	selectors.Reference = time.Now()
	var p listPage
	p.postings, p.links, p.next, err = parse.HTML(text.UTF8(resp.Body, resp.ContentType), selectors, at)
	if err != nil {
		r.tally.unlisted++
		r.tally.failure(u, err)
		return nil, nil
	}
	if follow {
		return &p, nil
	}
	r.tally.listed += len(p.postings)
	return &p, r.take(ctx, u, known, resp, p.postings, nil, false)
}

// detail reads the page of one posting; item is what the list said of it, for what the page leaves out.
func (r *run) detail(item talent.Posting) reader {
	return func(body []byte, contentType string, at *url.URL) ([]talent.Posting, error) {
		text := text.UTF8(body, contentType)
		var (
			postings []talent.Posting
			err      error
		)
		if r.src.Detail != nil {
			selectors := *r.src.Detail
			selectors.Reference = time.Now()
			postings, _, _, err = parse.HTML(text, selectors, at)
		} else {
			postings, err = parse.JSONLD(text, at)
		}
		if len(postings) == 0 && item.Title != "" && err == nil {
			return []talent.Posting{item}, nil
		}
		if len(postings) == 1 {
			p := &postings[0]
			p.Title, p.Employer, p.Location = cmp.Or(p.Title, item.Title), cmp.Or(p.Employer, item.Employer), cmp.Or(p.Location, item.Location)
			p.Salary = cmp.Or(p.Salary, item.Salary)
			if p.PostedAt.IsZero() {
				p.PostedAt = item.PostedAt
			}
		}
		return postings, err
	}
}
