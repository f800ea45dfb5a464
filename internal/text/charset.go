package text

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffLength is how far a declaration is looked for, and how much text the guess rests on.
const sniffLength = 64 << 10

// UTF8 returns body as valid UTF-8 without a byte order mark. Valid UTF-8 stays as it is, whatever is declared;
// otherwise the charset of the byte order mark, of contentType (a Content-Type header, may be empty), or of the
// page's own declaration (meta element, XML declaration) decides; a text without any is taken for GB18030, or
// for Big5 when its byte pairs cannot be GB. Bytes that do not decode become U+FFFD.
func UTF8(body []byte, contentType string) []byte {
	return decode(encodingOf(body, contentType), body)
}

// UTF8Whole is UTF8 for a text that must lose nothing: ok is false when any byte does not decode.
func UTF8Whole(body []byte) (out []byte, ok bool) {
	e := encodingOf(body, "")
	if e == nil {
		return withoutMark(body), utf8.Valid(body)
	}
	out = decode(e, body)
	return out, !bytes.ContainsRune(out, utf8.RuneError)
}

// Reader returns r as a stream of UTF-8 without a byte order mark. It judges the charset as UTF8 does, by the first
// 64 KiB, which the caller can Peek at.
func Reader(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, sniffLength)
	head, err := in.Peek(sniffLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if e := encodingOf(wholeRunes(head), ""); e != nil {
		in = bufio.NewReaderSize(transform.NewReader(in, e.NewDecoder()), sniffLength)
		if head, err = in.Peek(sniffLength); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	_, err = in.Discard(len(head) - len(withoutMark(head)))
	return in, err
}

// encodingOf names the encoding of a text; nil means UTF-8, perhaps with a few broken bytes.
func encodingOf(body []byte, contentType string) encoding.Encoding {
	if e := byteOrderMark(body); e != nil {
		return e
	}
	body = withoutMark(body)
	if utf8.Valid(body) {
		return nil
	}
	head := body[:min(len(body), sniffLength)]
	name := declared(head, contentType)
	e, canonical := charset.Lookup(name)
	switch canonical {
	case "gbk", "gb18030":
		return simplifiedchinese.GB18030 // a superset of GB2312 and GBK
	case "", "utf-8", "windows-1252": // windows-1252 is what a server declares that was never configured
		if mostlyUTF8(head) {
			return nil
		}
		if canonical == "windows-1252" && !looksDoubleByte(head) {
			return e
		}
		return guess(head)
	}
	return e
}

func decode(e encoding.Encoding, body []byte) []byte {
	if e != nil {
		if out, err := e.NewDecoder().Bytes(body); err == nil {
			body = out
		}
	}
	return bytes.ToValidUTF8(withoutMark(body), []byte("\uFFFD"))
}

// withoutMark cuts off the byte order mark of UTF-8.
func withoutMark(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }

// wholeRunes cuts off a rune that the end of a buffer splits.
func wholeRunes(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// byteOrderMark recognises UTF-16; the mark of UTF-8 needs no decoding.
func byteOrderMark(body []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(body, []byte{0xff, 0xfe}):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case bytes.HasPrefix(body, []byte{0xfe, 0xff}):
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	}
	return nil
}

// declared reads the charset of the header, else of a meta element or an XML declaration.
func declared(head []byte, contentType string) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		return params["charset"]
	}
	head = bytes.ToLower(head[:min(len(head), 4<<10)])
	if bytes.HasPrefix(bytes.TrimSpace(head), []byte("<?xml")) {
		if end := bytes.Index(head, []byte("?>")); end > 0 {
			if name := value(head[:end], "encoding"); name != "" {
				return name
			}
		}
	}
	for rest := head; ; {
		i := bytes.Index(rest, []byte("<meta"))
		if i < 0 {
			return ""
		}
		rest = rest[i+len("<meta"):]
		tag, _, _ := bytes.Cut(rest, []byte(">"))
		if name := value(tag, "charset"); name != "" {
			return name
		}
	}
}

// value reads name = value, quoted or not, from a tag in lower case.
func value(tag []byte, name string) string {
	_, rest, ok := bytes.Cut(tag, []byte(name))
	if !ok {
		return ""
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("="))
	if !ok {
		return ""
	}
	s := strings.TrimLeft(string(rest), " \t\r\n\"'")
	if i := strings.IndexAny(s, " \t\r\n\"';/>?"); i >= 0 {
		s = s[:i]
	}
	return s
}

// mostlyUTF8 reports whether a text is UTF-8 but for a few broken bytes: a Chinese double-byte text has next
// to no valid multi-byte sequences.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		b = b[n:]
	}
	return good >= 4*bad
}

// looksDoubleByte reports whether high bytes come in pairs, as in GB and Big5 and unlike in Latin text.
func looksDoubleByte(b []byte) bool {
	pairs, single := countPairs(b)
	return pairs.total > 4*single
}

type pairCount struct{ total, lowTrail, big5Lead int }

// countPairs counts byte pairs with a high lead byte, those of them whose second byte is below 0x80, and
// those whose lead is in the range of Big5's frequent characters; and high bytes that stand alone.
func countPairs(b []byte) (p pairCount, single int) {
	for i := 0; i < len(b); i++ {
		if b[i] < 0x81 {
			continue
		}
		if i+1 == len(b) || b[i+1] < 0x40 || b[i+1] == 0x7f {
			single++
			continue
		}
		p.total++
		if b[i+1] < 0x7f {
			p.lowTrail++
		}
		if b[i] >= 0xa1 && b[i] <= 0xc6 {
			p.big5Lead++
		}
		i++
	}
	return p, single
}

// guess tells Big5 from GB: the second byte of a GB2312 character is never below 0xA1, that of a Big5 character
// is below 0x7F in two of five cases, and frequent Big5 characters have lead bytes from 0xA4 to 0xC6.
func guess(b []byte) encoding.Encoding {
	p, _ := countPairs(b)
	if p.lowTrail*5 > p.total && p.big5Lead*10 > p.total*7 {
		return traditionalchinese.Big5
	}
	return simplifiedchinese.GB18030
}
