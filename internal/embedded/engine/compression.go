package engine

import (
	"io"
	"net/http"
	"net/url"

	"github.com/ClickHouse/ch-go/compress"
)

// compression is ClickHouse's own block compression, which its JDBC driver asks for unless told not
// to. Our own client does without: its data do not leave the process.
type compression struct{ response, request bool }

func readCompression(values url.Values) (compression, error) {
	return compression{response: isOn(values.Get("compress")), request: isOn(values.Get("decompress"))}, nil
}

func isOn(value string) bool { return value == "1" || value == "true" }

func (c compression) reader(body io.Reader) io.Reader {
	if c.request {
		return compress.NewReader(body)
	}
	return body
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
