package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter reads a Retry-After header, seconds or a date, as the wait from now; at least 0 and at most
// limit, and 0 when there is none or it makes no sense. RFC 9110 section 10.2.3.
func RetryAfter(header string, now time.Time, limit time.Duration) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	if strings.Trim(header, "0123456789") == "" {
		s, err := strconv.ParseInt(header, 10, 64)
		if err != nil || s > int64(limit/time.Second) {
			return limit
		}
		return time.Duration(s) * time.Second
	}
	t, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(t.Sub(now), 0), limit)
}
