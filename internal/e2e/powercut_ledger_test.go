//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The kinds of things that are acknowledged.
const (
	ackRequest = iota // POST /api/v1/requests, answered 201
	ackPosting        // a message of postings.v1, acknowledged by the broker
	ackRow            // a row inserted into a table that nothing of Gapwatch knows, acknowledged by the engine
	ackTable          // a table made, acknowledged by the engine
	ackKinds
)

// kinds are where each of them is found after a start.
var kinds = [ackKinds]struct{ name, ids string }{
	{"requests", "SELECT id FROM requests FINAL"},
	{"postings", "SELECT id FROM postings FINAL"},
	{"rows", "SELECT toString(n) FROM cut.t"},
	{"tables", "SELECT name FROM system.tables WHERE database = 'cut' AND name != 't'"},
}

// tally counts by kind.
type tally [ackKinds]int

// String is the tally in words.
func (n tally) String() string {
	var parts []string
	for kind, count := range n {
		parts = append(parts, fmt.Sprintf("%d %s", count, kinds[kind].name))
	}
	return strings.Join(parts, ", ")
}

// outcome is what a start after a cut found.
type outcome struct {
	wanted             tally // acknowledged before the cut
	lost               tally // of these, not there
	doubled            int   // there more than once, or counted so
	unknown            int   // there, and never sent
	detached           int   // parts that the engine put aside
	notStarted         int
	refused            string
	blocks, blocksLost int
}

func (n tally) sum() (all int) {
	for _, count := range n {
		all += count
	}
	return all
}

func (o *outcome) add(other outcome) {
	for kind := range o.wanted {
		o.wanted[kind] += other.wanted[kind]
		o.lost[kind] += other.lost[kind]
	}
	o.doubled, o.unknown, o.detached, o.notStarted = o.doubled+other.doubled, o.unknown+other.unknown, o.detached+other.detached, o.notStarted+other.notStarted
}

// patience is for a machine that is busy with other things.
const patience = 2 * time.Minute

// ledger is what was sent, and at which position of the disk it was acknowledged; 0 when it was not.
type ledger struct {
	mu   sync.Mutex
	sent [ackKinds]map[string]int
	next int
}

func (l *ledger) number() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return l.next
}

func (l *ledger) note(kind, position int, ids ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent[kind] == nil {
		l.sent[kind] = map[string]int{}
	}
	for _, id := range ids {
		l.sent[kind][id] = position
	}
}

// moments are the positions of all acknowledgements, the latest of each.
func (l *ledger) moments() (at []int) {
	for _, sent := range l.sent {
		for _, position := range sent {
			if position > 0 {
				at = append(at, position)
			}
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// before counts what was acknowledged before a position.
func (l *ledger) before(position int) (n tally) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for kind, sent := range l.sent {
		for _, at := range sent {
			if at > 0 && at <= position {
				n[kind]++
			}
		}
	}
	return n
}

// compare asks the started system for everything and fills in the outcome. What has to come through the aggregator
// first gets its time.
func (l *ledger) compare(t *testing.T, dir string, position int, o *outcome) {
	t.Helper()
	table := query(t, dir, "SELECT count() FROM system.tables WHERE database = 'cut' AND name = 't'")[0][0] == "1"
	for kind := range kinds {
		if kind == ackRow && !table {
			o.lost[kind] = o.wanted[kind]
			continue
		}
		for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
			l.look(kind, query(t, dir, kinds[kind].ids), position, o)
			if o.lost[kind] == 0 || time.Now().After(deadline) {
				break
			}
		}
	}
	// Each request counts its one head once in what is published.
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		want, _ := strconv.Atoi(query(t, dir, "SELECT toString(sum(heads)) FROM requests FINAL WHERE state = ''")[0][0])
		got, _ := strconv.Atoi(query(t, dir, `SELECT toString(sum(requested)) FROM gap_series FINAL WHERE grain = 'week' AND skill = 'retrieval-augmented-generation' AND region = '' AND industry = '' AND tier = ''
			AND (grain, period, version) IN (SELECT grain, period, max(version) FROM period_rollups GROUP BY grain, period)`)[0][0])
		if got == want {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("%d heads were asked for, %d are published", want, got)
			o.doubled += max(got-want, 0)
			break
		}
	}
	o.detached = len(query(t, dir, "SELECT name FROM system.detached_parts"))
}

// look compares the ids that are there with what was sent.
func (l *ledger) look(kind int, rows [][]string, position int, o *outcome) {
	found := map[string]int{}
	for _, row := range rows {
		found[row[0]]++
	}
	o.lost[kind] = 0
	for id, at := range l.sent[kind] {
		if at > 0 && at <= position && found[id] == 0 {
			o.lost[kind]++
		}
	}
	if o.lost[kind] > 0 {
		return // it will look again
	}
	for id, times := range found {
		o.doubled += times - 1
		if _, known := l.sent[kind][id]; !known && kind != ackRequest { // the id of a request is known by its answer only
			o.unknown++
		}
	}
}
