package engine

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/ClickHouse/ch-go/compress"
)

// compression is ClickHouse's own block compression, which its JDBC driver asks for unless told not
// to. Our own client does without: its data do not leave the process.
type compression struct{ response, request bool }

func readCompression(values url.Values) compression {
	return compression{response: isOn(values.Get("compress")), request: isOn(values.Get("decompress"))}
}

func isOn(value string) bool { return value == "1" || value == "true" }

func (c compression) reader(body io.Reader) io.Reader {
	if c.request {
		return &blockReader{compress.NewReader(body)}
	}
	return body
}

// blockReader reports the end of the data as io.EOF itself, which the compressed reader wraps. A block
// that was cut off is io.ErrUnexpectedEOF and stays an error.
type blockReader struct{ from io.Reader }

// Read returns decompressed data.
func (b *blockReader) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.EOF
	}
	return n, err
}

// writer sends pieces of output, compressed block by block when asked for.
func (c compression) writer(w http.ResponseWriter) io.Writer {
	if !c.response {
		return w
	}
	return &blockWriter{to: w, block: compress.NewWriter(compress.LevelZero, compress.LZ4)}
}

type blockWriter struct {
	to    io.Writer
	block *compress.Writer
}

// Write compresses data in blocks of a size that readers accept.
func (b *blockWriter) Write(data []byte) (int, error) {
	const size = 1 << 20
	for rest := data; len(rest) > 0; {
		n := min(size, len(rest))
		if err := b.block.Compress(rest[:n]); err != nil {
			return 0, err
		}
		if _, err := b.to.Write(b.block.Data); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(data), nil
}
