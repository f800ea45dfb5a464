package table_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// A dump is the operator's own and read as a stream, but no line of it can take the memory of the machine.
func TestDumpsAreBounded(t *testing.T) {
	const good = `{"title":"a"}` + "\n"
	var keys strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&keys, `"%d":0,`, i)
	}
	for name, c := range map[string]struct {
		format   table.Format
		dump     string
		postings int
		says     string
	}{
		"csv heading":      {table.CSV, "title" + strings.Repeat(",", 4_000_000) + "\n", 0, "more than"},
		"csv wide heading": {table.CSV, "title" + strings.Repeat(",", 5000) + "\n", 0, "more than 4096 columns"},
		"csv record":       {table.CSV, "title,x\na,b\n" + strings.Repeat(",", 8_000_000) + "\n", 1, "cells"},
		"tsv heading":      {table.TSV, "title" + strings.Repeat("\t", 4_000_000) + "\n", 0, "more than 4096 columns"},
		"tsv record":       {table.TSV, "title\tx\n" + strings.Repeat("\t", 4_000_000) + "\na\tb\n", 1, ""},
		"jsonl keys":       {table.JSONL, good + "{" + keys.String() + `"title":"b"}` + "\n" + good, 2, ""},
		"jsonl nesting":    {table.JSONL, good + `{"title":` + strings.Repeat("[", 1_000_000) + "\n" + good, 2, ""},
		"jsonl long rows":  {table.JSONL, strings.Repeat(`{"title":"a","x":"`+strings.Repeat("x", 8<<20)+`"}`+"\n", 10), 10, ""},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		postings := 0
		stats, err := table.Read(strings.NewReader(c.dump), c.format, table.Mapping{}, func(talent.Posting) error { postings++; return nil })
		runtime.ReadMemStats(&after)
		if postings != c.postings || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %d postings, %v, %v", name, postings, stats.Errors, err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > uint64(96<<20+12*len(c.dump)) {
			t.Errorf("%s: %d MB for %d MB", name, got>>20, len(c.dump)>>20)
		}
	}
}
