package engine

import (
	"strings"
	"testing"
)

func TestSplitInsert(t *testing.T) {
	for _, test := range []struct{ sql, statement, format, data string }{
		{"INSERT INTO t FORMAT Native", "INSERT INTO t ", "Native", ""},
		{"insert into `a b`.t (x, `format`) format JSONEachRow\n{}", "insert into `a b`.t (x, `format`) ", "JSONEachRow", "{}"},
		{"INSERT INTO t (a) VALUES (1)", "INSERT INTO t (a) ", "Values", " (1)"},
		{"/* FORMAT CSV */ INSERT INTO t -- FORMAT TSV\n SETTINGS async_insert = 1 FORMAT RowBinary;\r\nx", "/* FORMAT CSV */ INSERT INTO t -- FORMAT TSV\n SETTINGS async_insert = 1 ", "RowBinary", "x"},
		{"INSERT INTO format FORMAT TSV\n\n", "INSERT INTO format ", "TSV", "\n"},
		{"INSERT INTO db.values FORMAT TSV", "INSERT INTO db.values ", "TSV", ""},
		{"INSERT INTO t SETTINGS insert_deduplication_token = 'a FORMAT b' FORMAT TSV 1", "INSERT INTO t SETTINGS insert_deduplication_token = 'a FORMAT b' ", "TSV", "1"},
		{"INSERT INTO t FORMAT Values (1)", "INSERT INTO t ", "Values", "(1)"},
		{"INSERT INTO t SELECT 1 FORMAT TSV", "", "", ""},
		{"INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x", "", "", ""},
		{"INSERT INTO t FROM INFILE 'x' FORMAT CSV", "", "", ""},
		{"INSERT INTO t", "", "", ""},
		{"INSERT INTO t FORMAT", "", "", ""},
		{"SELECT 1 FORMAT TSV", "", "", ""},
		{"", "", "", ""},
		{"INSERT INTO t 'open", "", "", ""},
	} {
		parts, ok := splitInsert(test.sql)
		if ok != (test.format != "") || parts.statement != test.statement || parts.format != test.format || ok && test.sql[parts.dataStart:] != test.data {
			t.Errorf("%q: %+v %t", test.sql, parts, ok)
		}
	}
}

func TestOutputFormat(t *testing.T) {
	for _, test := range []struct{ sql, format, rest string }{
		{"SELECT 1 FORMAT JSON", "JSON", "SELECT 1 "},
		{"SELECT 1 FORMAT JSON ;\n-- end", "JSON", "SELECT 1 "},
		{"SELECT 'FORMAT x'", "", "SELECT 'FORMAT x'"},
		{"SELECT 1 -- FORMAT JSON", "", "SELECT 1 -- FORMAT JSON"},
		{"SELECT format", "", "SELECT format"},
		{"", "", ""},
	} {
		if format, rest := outputFormat(test.sql); format != test.format || rest != test.rest {
			t.Errorf("%q: %q %q", test.sql, format, rest)
		}
	}
}

func TestTrimEnd(t *testing.T) {
	for _, test := range []struct{ sql, want string }{
		{" SELECT 1 ; ;\n", "SELECT 1"}, {"SELECT 1; SELECT 2;", "SELECT 1; SELECT 2"}, {"SELECT ';'", "SELECT ';'"}, {"SELECT 1; -- x", "SELECT 1"}, {"SELECT 1 /* ; */ ;", "SELECT 1"}, {";", ""}, {"", ""}, {"SELECT 'a", "SELECT 'a"},
	} {
		if got := trimEnd(test.sql); got != test.want {
			t.Errorf("%q: %q", test.sql, got)
		}
	}
}

func TestQuote(t *testing.T) {
	if got := quoteString(`a'b\`); got != `'a\'b\\'` {
		t.Error(got)
	}
	if got := quoteIdentifier("a`b\\"); got != "`a\\`b\\\\`" {
		t.Error(got)
	}
}

// FuzzScan holds that no text makes the scanner fail or lose its place.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{"INSERT INTO t FORMAT TSV\n1", "SELECT '\\", "/*", "--", "INSERT INTO t VALUES", "`\x00\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		s := scanner{sql: sql}
		last := 0
		for {
			tok, ok := s.next()
			if !ok {
				break
			}
			if tok.start < last || tok.end <= tok.start || tok.end > len(sql) {
				t.Fatalf("token %+v after %d", tok, last)
			}
			last = tok.end
		}
		if parts, ok := splitInsert(sql); ok && (parts.dataStart > len(sql) || !strings.HasPrefix(sql, parts.statement) || parts.format == "") {
			t.Fatalf("%+v", parts)
		}
		if trimmed := trimEnd(sql); !strings.Contains(sql, trimmed) || trimEnd(trimmed) != trimmed {
			t.Fatalf("trimmed %q", trimmed)
		}
		if _, rest := outputFormat(sql); !strings.HasPrefix(sql, rest) {
			t.Fatalf("rest %q", rest)
		}
	})
}
