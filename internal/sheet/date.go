package sheet

import (
	"strconv"
	"strings"
	"time"
)

// Date reads a day as people and spreadsheets write it: 2027-03-01, 2027/3/1, 2027.3.1, 2027年3月1日, or the
// number of days by which Excel stores one.
func Date(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.DateOnly, "2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	// 1 January 1950 to 31 December 2099; other numbers are more likely a slip than a day.
	if n, err := strconv.Atoi(s); err == nil && n >= 18264 && n <= 73050 {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n), true
	}
	return time.Time{}, false
}
