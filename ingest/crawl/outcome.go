package crawl

import (
	"fmt"
	"strings"

	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// maxReason bounds a reason: errors quote addresses, and those may be long.
const maxReason = 2000

// tally is what happened in a run.
type tally struct {
	outbox.Report                                    // postings sent to Kafka, masked, shortened, refused
	listed, fetched, notModified, failed, disallowed int
	holding                                          int   // pages or postings that are known to hold postings, changed or not
	gone                                             int   // pages that are no longer there: 404, 410
	malformed                                        int   // pages of which something could not be read
	offSite                                          int   // listed URLs of other sites, left alone
	resumed                                          int   // pages that an interrupted attempt of this run had read
	unlisted                                         int   // list pages or sitemaps that failed, so that pages may be missing
	capped                                           bool  // max_pages was met
	bytes                                            int64 // received
	entry                                            error // why the way in could not be read
	stopped                                          string
	firstFailure                                     string
	firstMalformed                                   string
}

// conclude names the one outcome of a run, and the reason in words. Nothing that was not read is called empty,
// and a board that forbids crawling is not called broken.
func conclude(t tally, entryDisallowed bool) (talent.RunOutcome, string) {
	read := t.fetched + t.notModified
	var notes []string
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	reason := func(head string) string {
		return strings.Join(append([]string{head}, notes...), "; ")
	}
	if t.disallowed > 0 && !entryDisallowed {
		note("%s left alone because of robots.txt", count(t.disallowed, "page"))
	}
	if t.offSite > 0 {
		note("%s of other sites left alone (host_map or a source of its own would reach them)", count(t.offSite, "listed page"))
	}
	if t.gone > 0 {
		note("%s gone (404 or 410)", count(t.gone, "page"))
	}
	if t.resumed > 0 {
		note("%s had been read since the run was due, before an interruption", count(t.resumed, "page"))
	}
	if t.Masked > 0 {
		note("personal data masked in %s", count(t.Masked, "posting"))
	}
	if t.Cut > 0 {
		note("%s shortened to what a message carries (%d KiB of text)", count(t.Cut, "posting"), outbox.MaxText)
	}
	if t.Refused > 0 {
		note("%s could not be sent, first: %s", count(t.Refused, "posting"), t.First)
	}
	switch {
	case entryDisallowed:
		return talent.RunDisallowed, fmt.Sprintf("%v; ask the site for permission or disable the source", t.entry)
	case t.entry != nil:
		return talent.RunFailed, fmt.Sprintf("nothing was read: %v", t.entry)
	case t.disallowed > 0 && read == 0 && t.failed == 0 && t.gone == 0 && t.stopped == "":
		return talent.RunDisallowed, reason("robots.txt forbids every page that the source lists")
	}
	if t.failed > 0 {
		note("%s failed, first: %s", count(t.failed, "page"), t.firstFailure)
	}
	if t.unlisted > 0 {
		note("%s could not be read, pages may be missing", count(t.unlisted, "sitemap or list page"))
	}
	if t.malformed > 0 {
		note("%s not fully readable, first: %s", count(t.malformed, "page"), t.firstMalformed)
	}
	if t.capped {
		note("max_pages was met, the rest waits for the next run")
	}
	if t.stopped != "" {
		note("%s", t.stopped)
	}
	summary := fmt.Sprintf("%s read, %d unchanged, %s sent", count(read, "page"), t.notModified, count(t.Sent, "posting"))
	switch {
	case read == 0 && (t.failed > 0 || t.gone > 0 || t.stopped != "" || t.unlisted > 0):
		return talent.RunFailed, reason("nothing could be read")
	case t.failed > 0 || t.malformed > 0 || t.Refused > 0 || t.capped || t.stopped != "" || t.unlisted > 0:
		return talent.RunPartial, reason(summary)
	case t.holding == 0:
		return talent.RunEmpty, reason("everything was read and there was no posting; if the board shows some, its pages may have changed")
	}
	return talent.RunComplete, reason(summary)
}

// count writes "1 page" and "2 pages".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
