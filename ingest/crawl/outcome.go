package crawl

import (
	"strconv"

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

// conclude names the one outcome of a run, and what is to be said of it. Nothing that was not read is called empty,
// and a board that forbids crawling is not called broken.
func conclude(t tally, entryDisallowed bool) (talent.RunOutcome, []talent.RunNote) {
	var notes []talent.RunNote
	note := func(when bool, n talent.RunNote) {
		if when {
			notes = append(notes, n)
		}
	}
	reason := func(head ...talent.RunNote) []talent.RunNote { return append(head, notes...) }
	read := t.fetched + t.notModified
	switch {
	case entryDisallowed:
		return talent.RunDisallowed, reason(talent.RunNote{Code: "entry_disallowed", Detail: t.entry.Error()})
	case t.entry != nil:
		return talent.RunFailed, reason(talent.RunNote{Code: "entry_failed", Detail: t.entry.Error()})
	}
	note(t.disallowed > 0, talent.RunNote{Code: "disallowed", N: t.disallowed})
	note(t.offSite > 0, talent.RunNote{Code: "off_site", N: t.offSite})
	note(t.gone > 0, talent.RunNote{Code: "gone", N: t.gone})
	note(t.resumed > 0, talent.RunNote{Code: "resumed", N: t.resumed})
	note(t.Masked > 0, talent.RunNote{Code: "masked", N: t.Masked})
	note(t.Cut > 0, talent.RunNote{Code: "cut", N: t.Cut, Detail: strconv.Itoa(outbox.MaxText)})
	note(t.Refused > 0, talent.RunNote{Code: "refused", N: t.Refused, Detail: t.First})
	if t.disallowed > 0 && read == 0 && t.failed == 0 && t.gone == 0 && t.stopped == "" {
		return talent.RunDisallowed, reason(talent.RunNote{Code: "all_disallowed"})
	}
	note(t.failed > 0, talent.RunNote{Code: "failed", N: t.failed, Detail: t.firstFailure})
	note(t.unlisted > 0, talent.RunNote{Code: "unlisted", N: t.unlisted})
	note(t.malformed > 0, talent.RunNote{Code: "malformed", N: t.malformed, Detail: t.firstMalformed})
	note(t.capped, talent.RunNote{Code: "capped"})
	note(t.stopped != "", talent.RunNote{Code: "stopped", Detail: t.stopped})
	summary := []talent.RunNote{{Code: "read", N: read}, {Code: "unchanged", N: t.notModified}, {Code: "sent", N: t.Sent}}
	switch {
	case read == 0 && (t.failed > 0 || t.gone > 0 || t.stopped != "" || t.unlisted > 0):
		return talent.RunFailed, reason(talent.RunNote{Code: "nothing"})
	case t.failed > 0 || t.malformed > 0 || t.Refused > 0 || t.capped || t.stopped != "" || t.unlisted > 0:
		return talent.RunPartial, reason(summary...)
	case t.holding == 0:
		return talent.RunEmpty, reason(talent.RunNote{Code: "empty"})
	}
	return talent.RunComplete, reason(summary...)
}
