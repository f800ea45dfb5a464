package dump_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/ingest/dump"
	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/ingest/outbox"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func config(source string) dump.Config {
	cfg := dump.DefaultConfig()
	cfg.Source = source
	cfg.At = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	return cfg
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") || strings.HasSuffix(path, ".packed") {
		var b strings.Builder
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		content = b.String()
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// record is a Writer that keeps what it is given, or fails from a message on.
type record struct {
	mu       sync.Mutex
	postings []talent.Posting
	keys     []string
	failAt   int
}

var errDown = errors.New("broker is down")

func (r *record) Write(_ context.Context, topic string, msgs ...kafka.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if topic != talent.TopicPostings {
		return fmt.Errorf("topic %s", topic)
	}
	if r.failAt > 0 && len(r.postings)+len(msgs) > r.failAt {
		return errDown
	}
	for _, m := range msgs {
		var p talent.Posting
		if err := json.Unmarshal(m.Value, &p); err != nil {
			return err
		}
		r.postings = append(r.postings, p)
		r.keys = append(r.keys, string(m.Key))
	}
	return nil
}

// through is the outbox of the product in front of a bus.
func through(t testing.TB, bus outbox.Bus) *outbox.Outbox {
	t.Helper()
	return outbox.New(bus, testenv.Logger(t), prometheus.NewRegistry())
}

// consume reads topic postings until n messages came.
func consume(t *testing.T, c *kafka.Client, n int) []talent.Posting {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var (
		mu  sync.Mutex
		all []talent.Posting
	)
	err := c.Consume(ctx, kafka.GroupConfig{Group: "dump-test", Topics: []string{talent.TopicPostings}, MaxRecords: 5000, MaxBytes: 16 << 20,
		MaxWait: 100 * time.Millisecond}, func(_ context.Context, batch []kafka.Record) error {
		mu.Lock()
		defer mu.Unlock()
		for _, r := range batch {
			var p talent.Posting
			if err := json.Unmarshal(r.Value, &p); err != nil {
				return err
			}
			all = append(all, p)
		}
		if len(all) >= n {
			cancel()
		}
		return nil
	})
	if len(all) < n {
		t.Fatalf("%d postings on the broker, want %d (%v)", len(all), n, err)
	}
	return all
}

func TestImportThroughTheBroker(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "b", "more.csv.gz"), "id,title,company,city\n3,数据工程师,示例科技（上海）有限公司,上海\n4,Tester,,\n")
	write(t, filepath.Join(dir, "a.jsonl"), `{"id":1,"title":"ML engineer","company":"Sample Works Ltd","date":"2026-04-02"}`+"\n"+`{"id":2,"text":"no title, but a text"}`+"\n")
	write(t, filepath.Join(dir, ".hidden.csv"), "rubbish")
	write(t, filepath.Join(dir, "notes.txt"), "not a dump")
	write(t, filepath.Join(dir, "empty.csv"), "")
	c := testenv.Kafka(t)
	cfg := config("board")
	cfg.Region, cfg.Industry = "成都", "软件"
	im, err := dump.New(cfg, through(t, c), testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	stats, err := im.Run(t.Context(), []string{dir}, func(done, total int64, postings int) {
		if done > total || postings < last {
			t.Errorf("progress went to %d of %d bytes, %d postings after %d", done, total, postings, last)
		}
		last = postings
	})
	if err != nil {
		t.Fatal(err)
	}
	if stats.Postings != 4 || stats.Sent != 4 || last != 4 || stats.Bad != 0 || len(stats.Files) != 3 || len(stats.Skipped) != 1 {
		t.Errorf("stats = %+v, last progress %d", stats, last)
	}
	if _, err := im.Run(t.Context(), []string{dir}, nil); err != nil { // again: the same ids
		t.Fatal(err)
	}
	got := consume(t, c, 8)
	byKey := map[string]talent.Posting{}
	for _, p := range got {
		if before, ok := byKey[p.Key]; ok && before != p {
			t.Errorf("a second import sent another posting:\n%+v\n%+v", before, p)
		}
		byKey[p.Key] = p
	}
	if len(byKey) != 4 {
		t.Fatalf("%d keys, want 4", len(byKey))
	}
	p := byKey["1"]
	if p.ID != talent.PostingID("board", "1") || p.Source != "board" || p.Grain != talent.Week || !p.FirstSeen.Equal(cfg.At) ||
		!p.Fetched.Equal(cfg.At) || p.Location != "成都" || p.Industry != "软件" {
		t.Errorf("posting = %+v", p)
	}
	if p := byKey["3"]; p.Location != "上海" || p.Employer != "示例科技（上海）有限公司" {
		t.Errorf("what a row states was replaced: %+v", p)
	}
}

func TestHackerNewsByMonth(t *testing.T) {
	dir := testenv.Shared(t, "data/postings/hn-who-is-hiring")
	c := testenv.Kafka(t)
	cfg := config("hn")
	cfg.Grain = talent.Month
	var err error
	if cfg.Mapping, err = table.Preset("hn"); err != nil {
		t.Fatal(err)
	}
	im, err := dump.New(cfg, through(t, c), testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	stats, err := im.Run(t.Context(), []string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	t.Logf("%d postings in %s: %.0f a second", stats.Sent, took.Round(time.Millisecond), float64(stats.Sent)/took.Seconds())
	if stats.Sent != 54727 || stats.Bad != 0 || len(stats.Files) != 108 {
		t.Errorf("sent %d, bad %d, files %d; want 54727, 0, 108", stats.Sent, stats.Bad, len(stats.Files))
	}
	perMonth := map[string]int{}
	ids := map[string]bool{}
	for _, p := range consume(t, c, stats.Sent) {
		perMonth[p.PostedAt.Format("2006-01")]++
		ids[p.ID] = true
	}
	if len(ids) != 54727 {
		t.Errorf("%d distinct ids, want 54727", len(ids))
	}
	if want := monthsOf(t, dir); !maps.Equal(perMonth, want) {
		t.Errorf("by month: %v\nthe files have: %v", perMonth, want)
	}
}

// monthsOf counts the posts of a folder by the month of their time, read in another way than the importer does.
func monthsOf(t *testing.T, dir string) map[string]int {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	months := map[string]int{}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\{"id": \d+, "time": "(\d{4}-\d{2})`).FindAllSubmatch(b, -1) {
			months[string(m[1])]++
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return months
}

func TestKeys(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "x.csv"), "title,company\nCook,Sample Works Ltd\nCook,SAMPLE WORKS\nCook,\nCook,\n")
	r := &record{}
	im, err := dump.New(config("s"), through(t, r), testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := im.Run(t.Context(), []string{path}, nil); err != nil {
		t.Fatal(err)
	}
	if len(r.keys) != 4 || r.keys[0] != r.keys[1] {
		t.Errorf("copies of one employer do not meet: keys %q", r.keys)
	}
	if r.keys[2] != r.postings[2].ID || r.postings[2].ID != r.postings[3].ID || r.postings[0].ID == r.postings[1].ID {
		t.Errorf("rows without key: ids are not those of their content: %q", r.keys)
	}
}

func TestConfigRefused(t *testing.T) {
	for name, change := range map[string]func(*dump.Config){
		"source":  func(c *dump.Config) { c.Source = "" },
		"time":    func(c *dump.Config) { c.At = time.Time{} },
		"grain":   func(c *dump.Config) { c.Grain = "day" },
		"format":  func(c *dump.Config) { c.Format = "xlsx" },
		"mapping": func(c *dump.Config) { c.Mapping.Key = []string{"id"} },
		"writers": func(c *dump.Config) { c.Writers = 0 },
	} {
		cfg := config("s")
		change(&cfg)
		if _, err := dump.New(cfg, through(t, &record{}), testenv.Logger(t)); err == nil {
			t.Errorf("%s: a configuration that cannot work was taken", name)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("%s: the error does not name it: %v", name, err)
		}
	}
}
