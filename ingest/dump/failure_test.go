package dump_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/ingest/dump"
	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	truncated := write(t, filepath.Join(dir, "cut.jsonl.gz"), strings.Repeat(`{"id":"%d","title":"A title that does not compress away"}`+"\n", 2000))
	b, err := os.ReadFile(truncated)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(truncated, b[:len(b)-20], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, content, want string
		format              table.Format
	}{
		{"empty.csv", "", "empty", ""},
		{"blank.jsonl", "\n \n", "empty", ""},
		{"header.csv", "id,title\n", "empty", ""},
		{"book.csv", "PK\x03\x04rest", "Excel", ""},
		{"page.jsonl", "<!DOCTYPE html><html>", "HTML", ""},
		{"rows.jsonl", "id,title\n1,Cook\n", "csv", ""},
		{"objects.csv", `{"id":1,"title":"Cook"}`, "jsonl", ""},
		{"array.jsonl", `[{"id":1}]`, "jq", ""},
		{"columns.csv", "alpha,beta\n1,2\n", `"alpha", "beta"`, ""},
		{"unknown.dat", "id,title\n1,Cook\n", "--format", ""},
		{"allbad.jsonl", "{\"id\":1\n{\"id\":2\n", "none of the 2 rows", ""},
	} {
		path := write(t, filepath.Join(dir, c.name), c.content)
		r := &record{}
		im, err := dump.New(config("s"), through(t, r), testenv.Logger(t))
		if err != nil {
			t.Fatal(err)
		}
		_, err = im.Run(t.Context(), []string{path}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s: error %v, want one that names the file and %q", c.name, err, c.want)
		}
	}
	// One broken file does not keep the others out, and what it had before the break is kept.
	good := write(t, filepath.Join(dir, "good.jsonl.packed"), `{"id":1,"title":"Cook"}`)
	r := &record{}
	im, err := dump.New(config("s"), through(t, r), testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	stats, err := im.Run(t.Context(), []string{truncated, good}, nil)
	if err == nil || !strings.Contains(err.Error(), "cut.jsonl.gz") || strings.Contains(err.Error(), "good") {
		t.Errorf("error = %v", err)
	}
	if stats.Files[1].Postings != 1 || stats.Files[0].Postings == 0 || stats.Sent != stats.Postings || len(r.postings) != stats.Postings {
		t.Errorf("stats = %+v, %d written", stats, len(r.postings))
	}
	if _, err := im.Run(t.Context(), []string{filepath.Join(dir, "absent.csv")}, nil); err == nil || !strings.Contains(err.Error(), "absent.csv") {
		t.Errorf("absent file: %v", err)
	}
}

func TestLongTexts(t *testing.T) {
	long := strings.Repeat("招聘 ", 100_000)   // 700 kB
	escaped := strings.Repeat("<>&", 80_000) // 240 kB, six times that in JSON
	path := write(t, filepath.Join(t.TempDir(), "x.jsonl"), `{"id":1,"text":"`+long+`"}`+"\n"+`{"id":2,"text":"`+escaped+`"}`+"\n"+`{"id":3,"text":"short"}`)
	c := testenv.Kafka(t)
	im, err := dump.New(config("s"), through(t, c), testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	stats, err := im.Run(t.Context(), []string{path}, nil)
	if err != nil || stats.Sent != 3 || stats.Cut != 2 {
		t.Fatalf("%+v, %v", stats, err)
	}
	for _, p := range consume(t, c, 3) {
		if !utf8.ValidString(p.Text) || strings.ContainsRune(p.Text, '\uFFFD') {
			t.Errorf("posting %s: a character was cut", p.Key)
		}
	}
}

func TestBrokerFails(t *testing.T) {
	var rows strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&rows, "{\"id\":%d,\"title\":\"Cook\"}\n", i)
	}
	path := write(t, filepath.Join(t.TempDir(), "x.jsonl"), rows.String())
	r := &record{failAt: 2000}
	cfg := config("s")
	cfg.BatchSize = 100
	im, err := dump.New(cfg, through(t, r), testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	stats, err := im.Run(t.Context(), []string{path}, nil)
	if !errors.Is(err, errDown) || stats.Sent != len(r.postings) || stats.Sent > 2000 {
		t.Errorf("error %v, sent %d, written %d", err, stats.Sent, len(r.postings))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := im.Run(ctx, []string{path}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled import: %v", err)
	}
}
