//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
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
const patience = time.Minute

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
	for kind, sent := range l.sent {
		for _, at := range sent {
			if at > 0 && at <= position {
				n[kind]++
			}
		}
	}
	return n
}

// use writes on every way for a while.
func (l *ledger) use(t *testing.T, base, dir, key string, position func() int, lasting time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), lasting*3/4)
	defer cancel()
	client, tables := bus(t, dir), engine(dir)
	defer tables.CloseIdleConnections()
	for _, sql := range [...]string{"CREATE DATABASE IF NOT EXISTS cut", "CREATE TABLE IF NOT EXISTS cut.t (n UInt64) ENGINE = MergeTree ORDER BY n"} {
		if err := execute(ctx, tables, sql); err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for ctx.Err() == nil {
				id, err := postRequest(ctx, base, key, l.number())
				if err == nil {
					l.note(ackRequest, position(), id)
				} else if ctx.Err() == nil {
					t.Errorf("post a request: %v", err)
					return
				}
			}
		})
	}
	group.Go(func() {
		for ctx.Err() == nil {
			messages, ids := somePostings(l, 40)
			l.note(ackPosting, 0, ids...)
			if err := client.Write(ctx, talent.TopicPostings, messages...); err == nil {
				l.note(ackPosting, position(), ids...)
			} else if ctx.Err() == nil {
				t.Errorf("write postings: %v", err)
				return
			}
		}
	})
	statement := func(ctx context.Context, kind int, id, sql string) bool {
		l.note(kind, 0, id)
		err := execute(ctx, tables, sql)
		if err == nil {
			l.note(kind, position(), id)
		} else if ctx.Err() == nil {
			t.Errorf("%s: %v", sql, err)
		}
		return err == nil
	}
	row := func(ctx context.Context) bool {
		n := fmt.Sprint(l.number())
		return statement(ctx, ackRow, n, "INSERT INTO cut.t VALUES ("+n+")")
	}
	group.Go(func() {
		for row(ctx) {
		}
	})
	group.Wait()
	// In company, one writer's sync takes the others' changes along. A writer alone has its own syncs only.
	quiet, cancel := context.WithTimeout(t.Context(), lasting/4)
	defer cancel()
	for row(quiet) {
		name := fmt.Sprintf("u%d", l.number())
		if !statement(quiet, ackTable, name, "CREATE TABLE cut."+name+" (n UInt64) ENGINE = MergeTree ORDER BY n") {
			break
		}
	}
}

// postRequest posts a request for one head and returns its id.
func postRequest(ctx context.Context, base, key string, n int) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/v1/requests", strings.NewReader(`{"skill":"retrieval-augmented-generation","heads":1,"region":"330100"}`))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", "respond-async") // as soon as it is taken, not when it is visible
	if n%2 == 0 {
		req.Header.Set("Idempotency-Key", fmt.Sprintf("cut-%d", n))
	}
	body, err := answer(writers, req, http.StatusCreated)
	if err != nil {
		return "", err
	}
	var view struct{ ID string }
	return view.ID, json.Unmarshal(body, &view)
}

// execute runs a statement as the owner of the data directory.
func execute(ctx context.Context, tables *http.Client, sql string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+embedded.ClickHouseName+"/?"+url.Values{"query": {sql}}.Encode(), nil)
	if err != nil {
		return err
	}
	_, err = answer(tables, req, http.StatusOK)
	return err
}

// writers keeps as many connections as there are writers.
var writers = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

func answer(client *http.Client, req *http.Request, want int) ([]byte, error) {
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != want {
		return nil, fmt.Errorf("%s: %s", res.Status, body)
	}
	return body, nil
}

func somePostings(l *ledger, count int) (messages []kafka.Message, ids []string) {
	for range count {
		key := fmt.Sprint(l.number())
		at := time.Now().UTC()
		p := talent.Posting{ID: talent.PostingID("cut", key), Source: "cut", Key: key, Title: "Engineer for retrieval augmented generation", Employer: "Firm " + key,
			Location: "Hangzhou", Text: strings.Repeat("We build retrieval augmented generation (RAG) with PyTorch. ", 10), PostedAt: at, FirstSeen: at, Fetched: at, Grain: talent.Week}
		m, err := kafka.JSON(p.Employer, p)
		if err != nil {
			panic(err)
		}
		messages, ids = append(messages, m), append(ids, p.ID)
	}
	return messages, ids
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
		want, _ := strconv.Atoi(query(t, dir, "SELECT toString(sum(heads)) FROM requests FINAL")[0][0])
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
