package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// ClickHouse's numbers of the errors that the handler raises itself.
const (
	codeUnknownSetting  = 115
	codeNotImplemented  = 48
	codeSyntax          = 62
	codeReadOnly        = 164
	codeCancelled       = 394
	codeAuthentication  = 516
	codeUnknownDatabase = 81
	codeTooLarge        = 381
	codeAborted         = 236
	codeBadArguments    = 36
	codeCannotReadAll   = 33
	codeTooMany         = 202
	codeTooMuchOutput   = 396
)

var errAnswerTooLong = fmt.Errorf("the answer is longer than %d bytes; add a LIMIT or more conditions", strangerAnswer)

// exception makes an error that a client cannot tell from the engine's own.
func exception(code int, name, format string, args ...any) *chdb.Error {
	return &chdb.Error{Code: code, Message: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, args...), name)}
}

// asException finds the engine's error in err, or makes one of it.
func asException(err error) *chdb.Error {
	var e *chdb.Error
	switch {
	case errors.As(err, &e):
		if e.Code == 0 {
			return exception(1001, "STD_EXCEPTION", "%s", e.Message)
		}
		return e
	case errors.Is(err, errPoolBusy):
		return exception(codeTooMany, "TOO_MANY_SIMULTANEOUS_QUERIES", "%s", err)
	case errors.Is(err, errAnswerTooLong):
		return exception(codeTooMuchOutput, "TOO_MANY_ROWS_OR_BYTES", "%s", err)
	case errors.Is(err, errPoolClosed):
		return exception(codeAborted, "ABORTED", "%s", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return exception(codeCancelled, "QUERY_WAS_CANCELLED", "%s", err)
	}
	return exception(1002, "UNKNOWN_EXCEPTION", "%s", err)
}

// status is the HTTP status ClickHouse answers an exception with. READONLY is a 403 here, where
// ClickHouse has a 500: the request is at fault, not the server.
func status(code int) int {
	switch code {
	case codeAuthentication, 192, 193, 194, 497, codeReadOnly:
		return http.StatusForbidden
	case codeSyntax, codeBadArguments, 6, 26, 27, 38, 41, 42, 43, 44, 53, 69, 70, 72, 130, 131, 158, 170, 190, 456, 457:
		return http.StatusBadRequest
	case 46, 47, 50, 56, 60, 63, 73, codeUnknownDatabase, codeUnknownSetting, 336:
		return http.StatusNotFound
	case 159:
		return http.StatusRequestTimeout
	case codeTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeNotImplemented:
		return http.StatusNotImplemented
	case codeAborted, codeTooMany, 439:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// writeException answers a request none of whose output has been sent.
func writeException(w http.ResponseWriter, err error) {
	e := asException(err)
	h := w.Header()
	h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.Code))
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Del("X-ClickHouse-Format")
	if status(e.Code) == http.StatusServiceUnavailable {
		h.Set("Retry-After", "2")
	}
	w.WriteHeader(status(e.Code))
	_, _ = fmt.Fprintln(w, strings.TrimRight(e.Message, "\n"))
}

// appendException tells of an error after output has begun, in the frame that ClickHouse puts around it
// and clients look for: marker, tag of the response, text, length and tag, marker.
func appendException(w http.ResponseWriter, tag string, err error) {
	const marker = "__exception__"
	text := strings.TrimRight(asException(err).Message, "\n")
	if len(text) > 15<<10 {
		text = text[:15<<10] // clients look for the whole frame in the last 16 KiB
	}
	text += "\n"
	_, _ = fmt.Fprintf(w, "\r\n%s\r\n%s\r\n%s%d %s\r\n%s\r\n", marker, tag, text, len(text), tag, marker)
}
