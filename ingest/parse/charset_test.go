package parse_test

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/gapwatch/gapwatch/ingest/parse"
)

const (
	simplified  = "诚聘算法工程师，负责推荐系统的研发与优化，熟悉深度学习框架。"
	traditional = "誠徵演算法工程師，負責推薦系統的研發與優化，熟悉深度學習框架。"
)

func encoded(t testing.TB, s string, charset string) []byte {
	t.Helper()
	var (
		b   string
		err error
	)
	switch charset {
	case "gbk":
		b, err = simplifiedchinese.GBK.NewEncoder().String(s)
	case "gb18030":
		b, err = simplifiedchinese.GB18030.NewEncoder().String(s)
	case "big5":
		b, err = traditionalchinese.Big5.NewEncoder().String(s)
	case "utf-16":
		b, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
	default:
		b = s
	}
	if err != nil {
		t.Fatal(err)
	}
	return []byte(b)
}

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
		{"utf-16", "", encoded(t, simplified, "utf-16"), simplified},
		{"gbk undeclared", "", encoded(t, simplified, "gbk"), simplified},
		{"gb18030 beyond gbk, declared gb2312", "text/html; charset=GB2312", encoded(t, simplified+"𠮷", "gb18030"), simplified + "𠮷"},
		{"meta", "text/html", encoded(t, meta, "gbk"), meta},
		{"old meta", "", encoded(t, oldMeta, "gbk"), oldMeta},
		{"header before meta", "text/html; charset=big5", encoded(t, `<meta charset="gbk">`+traditional, "big5"), `<meta charset="gbk">` + traditional},
		{"xml declaration", "", encoded(t, prolog, "big5"), prolog},
		{"big5 undeclared", "", encoded(t, traditional, "big5"), traditional},
		{"gbk under a header that says utf-8", "text/html; charset=utf-8", encoded(t, simplified, "gbk"), simplified},
		{"gbk under a header never set up", "text/html; charset=iso-8859-1", encoded(t, simplified, "gbk"), simplified},
		{"latin", "text/html; charset=iso-8859-1", []byte("caf\xe9 à la carte: d\xe9veloppeur, ing\xe9nieur"), "café Ã\u00a0 la carte: développeur, ingénieur"},
		{"utf-8 with one broken byte", "", []byte(simplified + "\xff" + simplified), simplified + "\uFFFD" + simplified},
		{"cut utf-8", "", []byte(simplified[:len(simplified)-1]), simplified[:len(simplified)-3] + "\uFFFD"},
		{"unknown charset", "text/html; charset=martian", encoded(t, simplified, "gbk"), simplified},
		{"empty", "", nil, ""},
	} {
		if got := string(parse.UTF8(c.body, c.contentType)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add([]byte(simplified), "text/html; charset=gbk")
	f.Add(encoded(f, traditional, "big5"), "")
	f.Add([]byte("<meta charset=utf-7><?xml encoding='"), "text/html; charset=")
	f.Add([]byte("\xff\xfe\x00"), "x")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		out := parse.UTF8(body, contentType)
		if !utf8.Valid(out) {
			t.Fatalf("not UTF-8: %q", out)
		}
		if utf8.Valid(body) && len(out) < len(body)-3 && (len(body) < 2 || body[0] < 0xfe) {
			t.Fatalf("valid text was changed: %q to %q", body, out)
		}
	})
}
