package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// streamFormats can be sent piece by piece. The engine writes every piece of a stream as a document of
// its own, so formats with a head or a foot (JSON, CSVWithNames, Parquet) would come out broken.
var streamFormats = map[string]bool{
	"native": true, "tabseparated": true, "tsv": true, "tabseparatedraw": true, "tsvraw": true, "csv": true,
	"jsoneachrow": true, "jsonlines": true, "ndjson": true, "jsoncompacteachrow": true, "rowbinary": true,
}

// streams tells whether a reading statement is a SELECT with an output that can be sent in pieces.
func streams(req *request) bool {
	format, _ := outputFormat(req.sql)
	if format == "" {
		format = req.format
	}
	if !streamFormats[strings.ToLower(format)] {
		return false
	}
	s := scanner{sql: req.sql}
	first, _ := s.next()
	return first.text == "SELECT" || first.text == "WITH" || first.text == "("
}

// runStream executes a SELECT and sends its output as it comes. The status waits for the first piece,
// so that most errors have one of their own.
func (e *Engine) runStream(ctx context.Context, w http.ResponseWriter, conn *chdb.Conn, req *request) error {
	stream, err := conn.Stream(req.tag+req.sql, req.format, req.params...)
	if err != nil {
		if strings.Contains(err.Error(), "Streaming query is not supported") {
			return e.runWhole(w, conn, req)
		}
		return err
	}
	defer stream.Close()

	tag := randomHex()
	out := req.native.writer(w)
	began, sent := false, 0
	for {
		piece, err := stream.Next()
		if errors.Is(err, io.EOF) {
			if !began {
				setFormat(w, req)
				w.Header().Set("Content-Length", "0")
				w.WriteHeader(http.StatusOK)
			}
			return nil
		}
		if err == nil && ctx.Err() != nil {
			piece.Close()
			err = ctx.Err()
		}
		if err == nil {
			if sent += len(piece.Bytes()); req.stranger && sent > strangerAnswer {
				piece.Close()
				err = errAnswerTooLong
			}
		}
		if err != nil {
			if !began {
				return err
			}
			appendException(w, tag, req.tell(err))
			return &sentError{err}
		}
		if !began {
			began = true
			setFormat(w, req)
			w.Header().Set("X-ClickHouse-Exception-Tag", tag)
			w.WriteHeader(http.StatusOK)
		}
		_, err = out.Write(piece.Bytes())
		piece.Close()
		if err != nil {
			return &sentError{err}
		}
	}
}

// setFormat tells the client what the output is.
func setFormat(w http.ResponseWriter, req *request) {
	format, _ := outputFormat(req.sql)
	if format == "" {
		format = req.format
	}
	w.Header().Set("X-ClickHouse-Format", format)
	lower := strings.ToLower(format)
	contentType := "text/plain; charset=UTF-8"
	switch {
	case strings.Contains(lower, "eachrow") && strings.HasPrefix(lower, "json"), lower == "jsonlines", lower == "ndjson":
		contentType = "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(lower, "json"):
		contentType = "application/json; charset=UTF-8"
	case strings.HasPrefix(lower, "csv"):
		contentType = "text/csv; charset=UTF-8; header=" + map[bool]string{true: "present", false: "absent"}[strings.Contains(lower, "withnames")]
	case strings.HasPrefix(lower, "tabseparated"), strings.HasPrefix(lower, "tsv"):
		contentType = "text/tab-separated-values; charset=UTF-8"
	case lower == "native", strings.HasPrefix(lower, "rowbinary"), lower == "parquet", strings.HasPrefix(lower, "arrow"), lower == "orc", lower == "avro", lower == "msgpack", lower == "protobuf":
		contentType = "application/octet-stream"
	case lower == "xml":
		contentType = "application/xml; charset=UTF-8"
	}
	w.Header().Set("Content-Type", contentType)
}
