//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// use writes on every way for a while.
func (l *ledger) use(t *testing.T, base, dir, key string, position func() int, lasting time.Duration) {
	t.Helper()
	ctx := l.atLeast(t.Context(), lasting*3/4, ackRequest, ackPosting, ackRow)
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
	quiet := l.atLeast(t.Context(), lasting/4, ackTable)
	for row(quiet) {
		name := fmt.Sprintf("u%d", l.number())
		if !statement(quiet, ackTable, name, "CREATE TABLE cut."+name+" (n UInt64) ENGINE = MergeTree ORDER BY n") {
			break
		}
	}
}

// atLeast is a context that ends after a while, but not before something of each kind was acknowledged.
func (l *ledger) atLeast(parent context.Context, lasting time.Duration, kinds ...int) context.Context {
	ctx, cancel := context.WithCancel(parent)
	began := time.Now()
	go func() {
		defer cancel()
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			got := l.before(math.MaxInt)
			if time.Since(began) >= lasting && !slices.ContainsFunc(kinds, func(kind int) bool { return got[kind] == 0 }) {
				return
			}
		}
	}()
	return ctx
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
