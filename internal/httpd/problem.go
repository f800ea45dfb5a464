package httpd

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/text"
)

// ProblemPrefix stands before the code of a problem in its type (RFC 9457).
const ProblemPrefix = "urn:gapwatch:problem:"

// Problem is an error that a caller may see, as RFC 9457 problem details: code names it for programs, detail
// says what to do, and fields name everything that is wrong. It is an error, so that a handler returns it.
func Problem(status int, code, detail string, fields ...*huma.ErrorDetail) *huma.ErrorModel {
	return &huma.ErrorModel{Type: ProblemPrefix + code, Title: http.StatusText(status), Status: status, Detail: detail, Errors: fields}
}

// Field is one wrong field of a request: location is like "body.heads" or "query.limit".
func Field(location, message string, value any) *huma.ErrorDetail {
	return &huma.ErrorDetail{Location: location, Message: message, Value: value}
}

// NotFound is the problem of a thing that is not there, or not the caller's.
func NotFound(what string) *huma.ErrorModel {
	return Problem(http.StatusNotFound, "not_found", what+" does not exist, or belongs to another organisation")
}

// retryAfter is what a 503 tells its caller to wait, in seconds.
const retryAfter = "5"

// RetryLater sets the header that tells the caller of a 503 when to come again.
func RetryLater(h http.Header) { h.Set("Retry-After", retryAfter) }

// IsUnavailable reports whether err says that the store or the broker is away, full or overloaded, so that the same
// request may succeed later. Their packages mark such errors.
func IsUnavailable(err error) bool {
	var u interface{ Unavailable() bool }
	return errors.As(err, &u) && u.Unavailable()
}

// Unavailable is a 503 with the time to wait, for handlers of the API. What is wrong stays in the log.
func Unavailable(code, detail string) error {
	return huma.ErrorWithHeaders(Problem(http.StatusServiceUnavailable, code, detail), http.Header{"Retry-After": {retryAfter}})
}

// unavailableProblem says that the same request may succeed later.
func unavailableProblem() *huma.ErrorModel {
	return Problem(http.StatusServiceUnavailable, "unavailable", "the store or the broker does not answer: send the same request again after Retry-After; /readyz says what is wrong")
}

// internalProblem hides what went wrong and says where to find it.
func internalProblem(requestID string) *huma.ErrorModel {
	return Problem(http.StatusInternalServerError, "internal",
		fmt.Sprintf("something went wrong here; the operator finds it in the log under request %s", requestID))
}

// Bounds of a problem's answer. What a caller sent comes back in it, so nothing in it may grow with the request.
const (
	MaxErrors   = 50 // named; the last entry then counts the rest
	maxLocation = 200
	maxMessage  = 500
	maxValue    = 100
	maxDetail   = 2000
)

// bounded cuts any problem, from this package, a handler or huma, to what an answer may hold.
func bounded(p *huma.ErrorModel) *huma.ErrorModel {
	out := *p
	out.Detail, out.Errors = text.Short(p.Detail, maxDetail), nil
	if p.Type == "" {
		out.Type = codeOf(p.Status)
	}
	for i, e := range p.Errors {
		if i == MaxErrors {
			out.Errors = append(out.Errors, Field("", "and "+strconv.Itoa(len(p.Errors)-MaxErrors)+" more", nil))
			break
		}
		if e != nil {
			out.Errors = append(out.Errors, &huma.ErrorDetail{Message: text.Short(e.Message, maxMessage), Location: text.Short(e.Location, maxLocation), Value: Echo(e.Value)})
		}
	}
	return &out
}

// codeOf names the problems that huma makes without a type.
func codeOf(status int) string {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return ProblemPrefix + "body_too_large"
	case http.StatusRequestTimeout:
		return ProblemPrefix + "body_too_slow"
	case http.StatusUnprocessableEntity:
		return ProblemPrefix + "invalid"
	}
	return ""
}

// Echo is what of a caller's value an answer repeats: numbers and yes or no as they are, the beginning of a text,
// the first texts of a list. Anything else is in the caller's hands and only named by its location.
func Echo(v any) any {
	switch v := v.(type) {
	case string:
		return text.Short(v, maxValue)
	case []string:
		const most = 20
		var out []string
		for i, s := range v {
			if i == most {
				return append(out, "…")
			}
			out = append(out, text.Short(s, maxValue))
		}
		return out
	case bool, int, int64, uint64, float64, json.Number:
		return v
	}
	return nil
}

// WriteProblem answers a plain handler's request with a problem.
func WriteProblem(w http.ResponseWriter, _ *http.Request, p *huma.ErrorModel) {
	p = bounded(p)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	if p.Status == http.StatusServiceUnavailable {
		RetryLater(w.Header())
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller may be gone
}
