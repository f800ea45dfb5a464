package testenv

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Encode writes s in gbk, gb18030, big5 or utf-16 (little-endian, with a byte order mark); in any other charset as it is.
func Encode(t testing.TB, s, charset string) []byte {
	t.Helper()
	e, ok := map[string]encoding.Encoding{"gbk": simplifiedchinese.GBK, "gb18030": simplifiedchinese.GB18030, "big5": traditionalchinese.Big5,
		"utf-16": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}[charset]
	if !ok {
		return []byte(s)
	}
	b, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(b)
}

// CheckPosting asserts what holds for every posting that a source is read into, whatever the source wrote.
func CheckPosting(t testing.TB, p talent.Posting) {
	t.Helper()
	if p.Key == "" {
		t.Fatalf("no key: %+v", p)
	}
	if p.ID != "" || p.Source != "" || p.Grain != "" || !p.FirstSeen.IsZero() || !p.Fetched.IsZero() {
		t.Fatalf("fields of the caller are filled: %+v", p)
	}
	for _, s := range []string{p.Title, p.Employer, p.Location, p.Industry, p.Education, p.Experience, p.Salary} {
		if strings.ContainsAny(s, "\n\r\t\x00") {
			t.Fatalf("%q is not one line", s)
		}
	}
	if p.Openings < 0 || len(p.Text) > 1<<20 || utf8.RuneCountInString(p.Title) > 4<<10 {
		t.Fatalf("out of bounds: %+v", p)
	}
	if p.URL != "" && !strings.HasPrefix(p.URL, "http://") && !strings.HasPrefix(p.URL, "https://") {
		t.Fatalf("address %q", p.URL)
	}
	if _, err := json.Marshal(p); err != nil {
		t.Fatalf("cannot be sent: %v", err)
	}
}

// Archive yields the files of a packed folder (.tar.gz) of the real data, with their names and content; a content is
// valid until the next file.
func Archive(t testing.TB, name string) iter.Seq2[*tar.Header, io.Reader] {
	t.Helper()
	path := Shared(t, name)
	return func(yield func(*tar.Header, io.Reader) bool) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }() // only read from
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		for r := tar.NewReader(z); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if h.Typeflag == tar.TypeReg && !yield(h, r) {
				return
			}
		}
	}
}
