package table_test

import (
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func preset(t *testing.T, name string) table.Mapping {
	t.Helper()
	m, err := table.Preset(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRealLiepin(t *testing.T) {
	f, err := os.Open(testenv.Shared(t, "data/postings/liepin-2026-zh/cleaned.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	keys := map[string]bool{}
	undated, openings, employers := 0, 0, 0
	stats, err := table.Read(f, table.CSV, preset(t, "liepin"), func(p talent.Posting) error {
		keys[p.Key] = true
		if p.Title == "" || p.Location == "" || p.Text == "" || p.Salary == "" {
			t.Errorf("posting = %+v", p)
		}
		if p.PostedAt.IsZero() {
			undated++
		} else if p.PostedAt.Year() < 2025 || p.PostedAt.Year() > 2026 {
			t.Errorf("%s: dated %s", p.Key, p.PostedAt)
		}
		if p.Openings > 0 {
			openings++
		}
		if p.Employer != "" {
			employers++
		}
		return nil
	})
	if err != nil || stats.Postings != 523 || stats.Bad != 0 || len(keys) != 523 {
		t.Errorf("stats %+v, %d keys, %v", stats, len(keys), err)
	}
	if undated != 12 || openings != 511 || employers != 511 {
		t.Errorf("%d without date, %d with openings, %d with employer; the columns have 12 empty dates, 511 counts, 511 names", undated, openings, employers)
	}
}

func TestRealLagou(t *testing.T) {
	m := preset(t, "lagou")
	m.Reference = time.Date(2017, 5, 1, 0, 0, 0, 0, time.UTC)
	rows := 0
	seen := map[string]int{}
	for h, r := range testenv.Archive(t, "data/postings/lagou-2017-zh/data.tar.gz") {
		if !strings.HasSuffix(h.Name, ".csv") || strings.HasPrefix(filepath.Base(h.Name), ".") {
			continue
		}
		stats, err := table.Read(r, table.CSV, m, func(p talent.Posting) error {
			seen[p.Key]++
			if p.PostedAt.IsZero() || p.Title == "" || p.Employer == "" {
				t.Errorf("%s: %+v", h.Name, p)
			}
			return nil
		})
		if err != nil && !errors.Is(err, table.ErrEmpty) || stats.Bad != 0 {
			t.Errorf("%s: %+v, %v", h.Name, stats, err)
		}
		rows += stats.Postings
	}
	repeated := 0
	for _, n := range seen {
		if n > 1 {
			repeated++
		}
	}
	if rows != 98416 || repeated != 24095 {
		t.Errorf("%d rows, %d ids in more than one; want 98416 and 24095", rows, repeated)
	}
}

// TestRealHeadLines holds the share of head lines that are read, and looks at what is read for signs of guessing.
func TestRealHeadLines(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(testenv.Shared(t, "data/postings/hn-who-is-hiring"), "2018-*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	posts, employers, shaped := 0, 0, 0
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		_, err = table.Read(z, table.JSONL, preset(t, "hn"), func(p talent.Posting) error {
			posts++
			head, _, _ := strings.Cut(p.Text, "\n")
			if strings.Count(head, "|") >= 2 {
				shaped++
			}
			if p.Employer != "" {
				employers++
				if !strings.Contains(head, strings.Fields(p.Employer)[0]) || strings.Contains(p.Employer, "|") {
					t.Errorf("employer %q is not in the head line", p.Employer)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d posts, %d of the shape, employer read in %d", posts, shaped, employers)
	if employers < shaped*95/100 || employers > shaped {
		t.Errorf("%d of %d head lines read", employers, shaped)
	}
}
