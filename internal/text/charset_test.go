package text_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/text"
)

const (
	simplified  = "诚聘算法工程师，负责推荐系统的研发与优化，熟悉深度学习框架。"
	traditional = "誠徵演算法工程師，負責推薦系統的研發與優化，熟悉深度學習框架。"
)

func TestUTF8(t *testing.T) {
	meta := `<html><head><meta charset="gbk"><title>` + simplified + `</title>`
	oldMeta := `<META http-equiv="Content-Type" content="text/html; charset=gb2312">` + simplified
	prolog := `<?xml version="1.0" encoding="big5"?><a>` + traditional + `</a>`
	for _, c := range []struct {
		name, contentType string
		body              []byte
		want              string
	}{
		{"utf-8", "", []byte(simplified), simplified},
		{"utf-8 under a wrong header", "text/html; charset=gbk", []byte(simplified), simplified},
		{"byte order mark", "", []byte("\xef\xbb\xbf" + simplified), simplified},
		{"utf-16", "", testenv.Encode(t, simplified, "utf-16"), simplified},
		{"gbk undeclared", "", testenv.Encode(t, simplified, "gbk"), simplified},
		{"gb18030 beyond gbk, declared gb2312", "text/html; charset=GB2312", testenv.Encode(t, simplified+"𠮷", "gb18030"), simplified + "𠮷"},
		{"meta", "text/html", testenv.Encode(t, meta, "gbk"), meta},
		{"old meta", "", testenv.Encode(t, oldMeta, "gbk"), oldMeta},
		{"header before meta", "text/html; charset=big5", testenv.Encode(t, `<meta charset="gbk">`+traditional, "big5"), `<meta charset="gbk">` + traditional},
		{"xml declaration", "", testenv.Encode(t, prolog, "big5"), prolog},
		{"big5 undeclared", "", testenv.Encode(t, traditional, "big5"), traditional},
		{"gbk under a header that says utf-8", "text/html; charset=utf-8", testenv.Encode(t, simplified, "gbk"), simplified},
		{"gbk under a header never set up", "text/html; charset=iso-8859-1", testenv.Encode(t, simplified, "gbk"), simplified},
		{"latin", "text/html; charset=iso-8859-1", []byte("caf\xe9 à la carte: d\xe9veloppeur, ing\xe9nieur"), "café Ã\u00a0 la carte: développeur, ingénieur"},
		{"utf-8 with one broken byte", "", []byte(simplified + "\xff" + simplified), simplified + "\uFFFD" + simplified},
		{"cut utf-8", "", []byte(simplified[:len(simplified)-1]), simplified[:len(simplified)-3] + "\uFFFD"},
		{"unknown charset", "text/html; charset=martian", testenv.Encode(t, simplified, "gbk"), simplified},
		{"empty", "", nil, ""},
	} {
		if got := string(text.UTF8(c.body, c.contentType)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A text that must lose nothing is refused when a byte of it does not decode; a stream decodes as the whole text does.
func TestWholeAndReader(t *testing.T) {
	for _, c := range []struct {
		name  string
		body  []byte
		want  string
		whole bool
	}{
		{"utf-8", []byte(simplified), simplified, true},
		{"byte order mark", []byte("\xef\xbb\xbf" + simplified), simplified, true},
		{"utf-16", testenv.Encode(t, simplified, "utf-16"), simplified, true},
		{"gbk", testenv.Encode(t, simplified, "gbk"), simplified, true},
		{"big5", testenv.Encode(t, traditional, "big5"), traditional, true},
		{"utf-8 with one broken byte", []byte(simplified + "\xff" + simplified), simplified + "\uFFFD" + simplified, false},
		{"empty", nil, "", true},
	} {
		if got, whole := text.UTF8Whole(c.body); whole != c.whole || whole && string(got) != c.want {
			t.Errorf("%s: %q, %v", c.name, got, whole)
		}
		r, err := text.Reader(bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(text.UTF8(got, "")) != c.want {
			t.Errorf("%s as a stream: %q, %v", c.name, got, err)
		}
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add([]byte(simplified), "text/html; charset=gbk")
	f.Add(testenv.Encode(f, traditional, "big5"), "")
	f.Add([]byte("<meta charset=utf-7><?xml encoding='"), "text/html; charset=")
	f.Add([]byte("\xff\xfe\x00"), "x")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		out := text.UTF8(body, contentType)
		if !utf8.Valid(out) {
			t.Fatalf("not UTF-8: %q", out)
		}
		if whole, ok := text.UTF8Whole(body); ok && contentType == "" && !bytes.Equal(whole, out) {
			t.Fatalf("%q is whole as %q and read as %q", body, whole, out)
		}
		if utf8.Valid(body) && len(out) < len(body)-3 && (len(body) < 2 || body[0] < 0xfe) {
			t.Fatalf("valid text was changed: %q to %q", body, out)
		}
	})
}

// TestRealEncodings decodes pages whose charset is known, with their declaration and without it.
func TestRealEncodings(t *testing.T) {
	declaration := regexp.MustCompile(`(?i)(charset|encoding)\s*=\s*["']?[a-z0-9-]+`)
	for folder, e := range map[string]encoding.Encoding{"GB2312": simplifiedchinese.GB18030, "Big5": traditionalchinese.Big5} {
		paths, err := filepath.Glob(filepath.Join(testenv.Shared(t, "data/fixtures/encoding/"+folder), "*"))
		if err != nil || len(paths) == 0 {
			t.Fatal(err)
		}
		for _, p := range paths {
			body, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			bare := declaration.ReplaceAll(body, nil)
			want, err := e.NewDecoder().Bytes(bare)
			if err != nil {
				t.Fatal(err)
			}
			if got := text.UTF8(bare, ""); string(got) != string(want) {
				t.Errorf("%s without declaration: not decoded as %s", filepath.Base(p), folder)
			}
			if got := text.UTF8(bare, "text/html; charset="+folder); string(got) != string(want) {
				t.Errorf("%s with header: not decoded as %s", filepath.Base(p), folder)
			}
			got := text.UTF8(body, "")
			if !utf8.Valid(got) || strings.Count(string(got), "\uFFFD") > len(got)/100 {
				t.Errorf("%s: badly decoded", filepath.Base(p))
			}
			again := text.UTF8(got, "text/html; charset="+folder) // the declaration inside is wrong by now
			if string(again) != string(got) {
				t.Errorf("%s: valid UTF-8 was decoded again", filepath.Base(p))
			}
		}
	}
}
