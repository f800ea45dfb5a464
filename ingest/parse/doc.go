// Package parse turns the pages that sources publish into postings: pages with schema.org JobPosting data, pages read by
// CSS selectors, feeds, answers of applicant tracking systems, and sitemaps. It is pure: no I/O of its own, no clock.
//
// A posting that leaves this package has its Key (the source's own id, or the page's URL) and what the source
// states; ID, Source, FirstSeen, Fetched and Grain belong to the caller. A date keeps the zone it was stated
// in; one that is stated without a zone is midnight UTC of that day. What a source does not state stays empty.
package parse
