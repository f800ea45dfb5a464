package crawl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/mask"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// take counts a page that was read, remembers it, and sends its postings unless they are unchanged. A
// single posting is remembered with its page; of a document of many each is remembered by itself.
func (r *run) take(ctx context.Context, u *url.URL, known talent.Page, resp *fetch.Response, postings []talent.Posting, problem error, single bool) error {
	now := time.Now()
	for i := range postings {
		tidy(&postings[i], u)
	}
	page := talent.Page{Source: r.src.Name, URL: r.name(u), ETag: resp.ETag, LastModified: resp.LastModified,
		ContentHash: r.hash(postings), FirstSeen: known.FirstSeen, LastSeen: now, Status: resp.Status}
	if page.FirstSeen.IsZero() {
		page.FirstSeen = now
	}
	if problem != nil {
		// It is read again until it is in order.
		page.ETag, page.LastModified, page.Status = "", "", http.StatusUnprocessableEntity
		r.count(func(t *tally) {
			t.malformed++
			if t.firstMalformed == "" {
				t.firstMalformed = fmt.Sprintf("%s: %v", u.Redacted(), problem)
			}
		})
		if len(postings) == 0 {
			r.count(func(t *tally) { t.failed++; t.failure(u, problem) })
			return r.sink.put(ctx, keep(page))
		}
	}
	out := keep(page)
	switch {
	case single && known.ContentHash == page.ContentHash:
		r.count(func(t *tally) { t.notModified++; t.holding++ })
	case single:
		out.postings = r.fill(postings, now, func(talent.Posting) time.Time { return page.FirstSeen })
		r.count(func(t *tally) { t.fetched++; t.holding++ })
	default:
		unchanged := r.several(&out, postings, now)
		r.count(func(t *tally) {
			t.holding += len(postings)
			if len(postings) > 0 && unchanged == len(postings) {
				t.notModified++
			} else {
				t.fetched++
			}
		})
	}
	return r.sink.put(ctx, out)
}

// several takes a document of many postings: each is remembered by itself, so that one that did not change
// is not sent again because of its neighbours. It returns how many are unchanged.
func (r *run) several(out *read, postings []talent.Posting, now time.Time) (unchanged int) {
	first := map[string]time.Time{}
	var fresh []talent.Posting
	for _, p := range postings {
		row := r.src.Name + "#" + mask.Key(r.src.Name, p.Key)
		known := r.memory[row]
		page := talent.Page{Source: r.src.Name, URL: row, ContentHash: r.hash([]talent.Posting{p}), FirstSeen: known.FirstSeen, LastSeen: now, Status: http.StatusOK}
		if page.FirstSeen.IsZero() {
			page.FirstSeen = now
		}
		out.pages = append(out.pages, page)
		if known.ContentHash == page.ContentHash {
			unchanged++
			continue
		}
		first[p.Key] = page.FirstSeen
		fresh = append(fresh, p)
	}
	out.postings = r.fill(fresh, now, func(p talent.Posting) time.Time { return first[p.Key] })
	return unchanged
}

// fill completes postings with what the source knows of them and leaves out those that this run has met.
func (r *run) fill(postings []talent.Posting, now time.Time, firstSeen func(talent.Posting) time.Time) []talent.Posting {
	known := outbox.Source{Name: r.src.Name, Grain: r.src.Grain, Employer: r.src.Employer, Region: r.src.Region, Industry: r.src.Industry}
	var out []talent.Posting
	for _, p := range postings {
		r.mu.Lock()
		again := r.handled[p.Key]
		r.handled[p.Key] = true
		r.mu.Unlock()
		if again {
			continue
		}
		known.Fill(&p, firstSeen(p), now)
		out = append(out, p)
	}
	return out
}

// hash names the content of postings under the settings of the source; it ends with nothing when there are
// no postings.
func (r *run) hash(postings []talent.Posting) string {
	if len(postings) == 0 {
		return r.src.fingerprint + ":"
	}
	b, err := json.Marshal(postings)
	if err != nil { // cannot be after tidy; "" counts as changed
		return ""
	}
	sum := sha256.Sum256(b)
	return r.src.fingerprint + ":" + hex.EncodeToString(sum[:12])
}

// holds is 1 when the page is known to hold postings.
func holds(p talent.Page) int {
	if p.ContentHash == "" || strings.HasSuffix(p.ContentHash, ":") {
		return 0
	}
	return 1
}

// tidy makes a posting fit to be remembered: with dates that can be, and a key.
func tidy(p *talent.Posting, page *url.URL) {
	outbox.Dates(p)
	if p.Key == "" {
		p.Key = page.String()
	}
}

// name is what a page is remembered by: its address, unless that holds personal data.
func (r *run) name(u *url.URL) string { return mask.Key(r.src.Name, u.String()) }

func keep(p talent.Page) read { return read{pages: []talent.Page{p}} }
