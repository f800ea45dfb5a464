package budget

import (
	"bytes"
	"io"
)

// JSON draws the values of a JSON text without building any: every value costs memory when it is decoded, and
// "[[],[],…" needs three bytes for one. Invalid JSON is left for the decoder to report.
func (b *Budget) JSON(text []byte) error {
	if err := b.Bytes(int64(len(text))); err != nil {
		return err
	}
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			start := i
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if err := b.Value(1, int64(i-start)); err != nil {
				return err
			}
		case '{', '[':
			depth++
			if err := b.Depth(depth); err != nil {
				return err
			}
			if err := b.Value(1, 1); err != nil {
				return err
			}
		case ',': // a number, true, false, null
			if err := b.Value(1, 1); err != nil {
				return err
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

// XML draws what is read from r as XML: each < begins a value, and no two of them are further apart than Longest.
// An attribute's value cannot hold a bare <, so this bounds the attributes of an element as well as its text.
func (b *Budget) XML(r io.Reader) io.Reader { return &xmlReader{b: b, r: r} }

type xmlReader struct {
	b   *Budget
	r   io.Reader
	run int64 // bytes since the last <
}

func (x *xmlReader) Read(p []byte) (int, error) {
	n, err := x.r.Read(p)
	if over := x.draw(p[:n]); over != nil {
		return 0, over
	}
	return n, err
}

func (x *xmlReader) draw(p []byte) error {
	if err := x.b.Bytes(int64(len(p))); err != nil {
		return err
	}
	for {
		i := bytes.IndexByte(p, '<')
		if i < 0 {
			x.run += int64(len(p))
			return x.b.Value(0, x.run)
		}
		if err := x.b.Value(1, x.run+int64(i)); err != nil {
			return err
		}
		x.run, p = 0, p[i+1:]
	}
}
