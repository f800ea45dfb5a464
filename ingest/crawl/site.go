package crawl

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// The bounds of what sitemaps may make the crawler read.
const (
	maxSitemaps     = 500
	maxSitemapURLs  = 100_000 // of one; the protocol allows 50,000
	maxListedURLs   = 1_000_000
	maxSitemapDepth = 3
)

// listed is a URL that a sitemap names.
type listed struct {
	url   *url.URL
	known bool
	mod   time.Time
}

// site visits a source of kind site: sitemaps, then the pages that they list.
func (r *run) site(ctx context.Context) error {
	urls, err := r.discover(ctx)
	if err != nil || r.tally.entry != nil {
		return err
	}
	// When there is not room for all, new pages come first, and then those that changed last.
	sort.SliceStable(urls, func(i, j int) bool {
		a, b := urls[i], urls[j]
		if a.known != b.known {
			return !a.known
		}
		return a.mod.After(b.mod)
	})
	r.tally.listed = len(urls)
	urls = slices.DeleteFunc(urls, r.saidUnchanged)
	if len(urls) > r.src.MaxPages {
		urls, r.tally.capped = urls[:r.src.MaxPages], true
	}
	pages := make([]*url.URL, len(urls))
	for i, l := range urls {
		pages[i] = l.url
	}
	return r.fetchAll(ctx, pages, func(ctx context.Context, u *url.URL) error { return r.page(ctx, u, readJSONLD) })
}

// saidUnchanged counts a page that the sitemap says is as it was when it was read, if the source is trusted in
// this. A lastmod without a time of day may mean any moment of its day.
func (r *run) saidUnchanged(l listed) bool {
	if !r.src.TrustLastMod || l.mod.IsZero() {
		return false
	}
	page := r.memory[r.name(l.url)]
	changed := l.mod.Add(time.Minute) // clocks differ
	if h, m, s := l.mod.Clock(); h+m+s == 0 {
		changed = l.mod.AddDate(0, 0, 1)
	}
	if page.Status != http.StatusOK && page.Status != http.StatusNotModified || r.conditional(page).URL == "" || !changed.Before(page.LastSeen) {
		return false
	}
	r.tally.notModified++
	r.tally.holding += holds(page)
	return true
}

// readJSONLD reads a page's schema.org JobPosting objects.
func readJSONLD(body []byte, contentType string, at *url.URL) ([]talent.Posting, error) {
	return parse.JSONLD(text.UTF8(body, contentType), at)
}

// discover reads the sitemaps of the source. When none of the first ones can be read, the run has no way in.
func (r *run) discover(ctx context.Context) ([]listed, error) {
	type sitemap struct {
		url   *url.URL
		depth int
	}
	roots, err := r.roots(ctx)
	if err != nil || r.tally.entry != nil {
		return nil, err
	}
	var (
		queue  []sitemap
		asked  = map[string]bool{}
		found  = map[string]bool{}
		urls   []listed
		opened bool
	)
	enqueue := func(u *url.URL, depth int) {
		if !asked[u.String()] {
			asked[u.String()] = true
			queue = append(queue, sitemap{u, depth})
		}
	}
	for _, u := range roots {
		enqueue(u, 1)
	}
	var first error
	for n := 0; n < len(queue) && n < maxSitemaps && len(urls) < maxListedURLs; n++ {
		at := queue[n]
		resp, _, err := r.hosts.visit(ctx, r.src, at.url, talent.Page{})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			r.tally.unlisted++
			if first == nil {
				first = err
			}
			continue
		}
		r.received(resp)
		pages, children, err := parse.Sitemap(bytes.NewReader(text.UTF8(resp.Body, resp.ContentType)), maxSitemapURLs)
		if err != nil {
			r.tally.unlisted++
			r.tally.failure(at.url, err)
			if first == nil {
				first = err
			}
		}
		opened = opened || err == nil || len(pages)+len(children) > 0
		for _, p := range pages {
			u, ok := r.listable(at.url, p.Loc)
			if !ok || found[u.String()] {
				continue
			}
			found[u.String()] = true
			_, known := r.memory[r.name(u)]
			urls = append(urls, listed{u, known, p.LastMod})
		}
		for _, c := range children {
			if u, err := at.url.Parse(c); err == nil && r.src.sameSite(u) && at.depth < maxSitemapDepth {
				enqueue(u, at.depth+1)
			}
		}
	}
	if len(queue) > maxSitemaps || len(urls) >= maxListedURLs {
		r.tally.capped = true
	}
	if !opened {
		r.tally.entry = first
	}
	return urls, nil
}

// roots are the sitemaps to begin with: the url itself when it is one, else those of robots.txt, else
// /sitemap.xml.
func (r *run) roots(ctx context.Context) ([]*url.URL, error) {
	base := r.src.url
	served := r.src.served(base)
	if err := r.hosts.permit(ctx, r.src, served); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.tally.entry = err
		return nil, nil
	}
	if path := strings.ToLower(base.Path); strings.HasSuffix(path, ".xml") || strings.HasSuffix(path, ".gz") || strings.Contains(path, "sitemap") {
		return []*url.URL{base}, nil
	}
	entry, err := r.hosts.rules(ctx, r.src, served)
	if err != nil {
		return nil, err
	}
	var roots []*url.URL
	for _, s := range entry.rules.Sitemaps() {
		if u, err := base.Parse(s); err == nil && r.src.sameSite(u) {
			roots = append(roots, u)
		}
	}
	if len(roots) == 0 {
		roots = append(roots, base.ResolveReference(&url.URL{Path: "/sitemap.xml"}))
	}
	return roots, nil
}

// listable reads a URL of a sitemap or list page and reports whether the source wants it.
func (r *run) listable(base *url.URL, loc string) (*url.URL, bool) {
	u, err := base.Parse(loc)
	if err != nil || u.Hostname() == "" {
		return nil, false
	}
	u.Fragment = ""
	if r.src.include != nil && !r.src.include.MatchString(u.String()) {
		return nil, false
	}
	if !r.src.sameSite(u) {
		r.tally.offSite++
		return nil, false
	}
	return u, true
}
