package text_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/text"
)

func TestDate(t *testing.T) {
	ref := time.Date(2026, 3, 2, 15, 30, 0, 0, time.UTC) // Monday
	for _, c := range []struct{ in, want string }{
		{"2026-03-01", "2026-03-01T00:00:00Z"},
		{"2026-3-1", "2026-03-01T00:00:00Z"},
		{"2026/3/1", "2026-03-01T00:00:00Z"},
		{"2026/03/01 08:09", "2026-03-01T08:09:00Z"},
		{"2026.03.01", "2026-03-01T00:00:00Z"},
		{"2026年3月1日", "2026-03-01T00:00:00Z"},
		{"２０２６-０３-０１", "2026-03-01T00:00:00Z"},
		{"20260301", "2026-03-01T00:00:00Z"},
		{"2026-03-01T08:09:10Z", "2026-03-01T08:09:10Z"},
		{"2026-03-01T08:09:10.123+08:00", "2026-03-01T08:09:10.123+08:00"},
		{"2026-03-01T08:09:10+0800", "2026-03-01T08:09:10+08:00"},
		{"2026-03-01T08:09+08:00", "2026-03-01T08:09:00+08:00"},
		{"2026-03-01 08:09:10.5", "2026-03-01T08:09:10.5Z"},
		{"Sun, 01 Mar 2026 08:09:10 GMT", "2026-03-01T08:09:10Z"},
		{"Sun, 1 Mar 2026 08:09:10 +0800", "2026-03-01T08:09:10+08:00"},
		{"Mar 1, 2026", "2026-03-01T00:00:00Z"},
		{"1 March 2026", "2026-03-01T00:00:00Z"},
		{"1772352550", "2026-03-01T08:09:10Z"},
		{"1772352550.25", "2026-03-01T08:09:10Z"},
		{"1772352550123", "2026-03-01T08:09:10.123Z"},
		{"发布于 2026-03-01", "2026-03-01T00:00:00Z"},
		// relative to the reference
		{"今天", "2026-03-02T00:00:00Z"},
		{"今日更新", "2026-03-02T00:00:00Z"},
		{"今天 14:30", "2026-03-02T14:30:00Z"},
		{"昨天 09:06", "2026-03-01T09:06:00Z"},
		{"前天", "2026-02-28T00:00:00Z"},
		{"1天前", "2026-03-01T00:00:00Z"},
		{"3 天前更新", "2026-02-27T00:00:00Z"},
		{"2小时前", "2026-03-02T13:30:00Z"},
		{"45分钟前", "2026-03-02T14:45:00Z"},
		{"刚刚", "2026-03-02T00:00:00Z"},
		{"2周前", "2026-02-16T00:00:00Z"},
		{"1个月前", "2026-02-02T00:00:00Z"},
		{"today", "2026-03-02T00:00:00Z"},
		{"30+ days ago", "2026-01-31T00:00:00Z"},
		{"1 hour ago", "2026-03-02T14:30:00Z"},
		{"3月1日", "2026-03-01T00:00:00Z"},
		{"3月1日更新", "2026-03-01T00:00:00Z"},
		{"3月3日", "2025-03-03T00:00:00Z"}, // not yet this year
		{"12月31日", "2025-12-31T00:00:00Z"},
		{"2月29日", "2024-02-29T00:00:00Z"},
		{"03-01", "2026-03-01T00:00:00Z"},
		{"03-01 10:20", "2026-03-01T10:20:00Z"},
	} {
		got, err := text.Date(c.in, ref)
		if err != nil || got.Format(time.RFC3339Nano) != c.want {
			t.Errorf("%q: %s, %v, want %s", c.in, got.Format(time.RFC3339Nano), err, c.want)
		}
	}
	for _, in := range []string{"", "soon", "2026-13-01", "2月30日", "0000-00-00", "1", "12345", "0001-01-01T00:00:00Z", "9999-12-31", "昨天 25:00", "99999999999999999999", "面议"} {
		if got, err := text.Date(in, ref); err == nil {
			t.Errorf("%q was read as %s", in, got)
		}
	}
	for _, in := range []string{"今天 14:30", "3天前", "5月13日", "05-13", "yesterday"} {
		if _, err := text.Date(in, time.Time{}); !errors.Is(err, text.ErrNeedsReference) {
			t.Errorf("%q without a reference: %v", in, err)
		}
	}
}

// TestDateKeepsTheZoneOfTheReference: 今天 in China is not today in Greenwich.
func TestDateKeepsTheZoneOfTheReference(t *testing.T) {
	ref := time.Date(2026, 3, 2, 1, 0, 0, 0, time.FixedZone("", 8*3600)) // still 1 March in UTC
	got, err := text.Date("今天", ref)
	if err != nil || got.Format(time.RFC3339) != "2026-03-02T00:00:00+08:00" {
		t.Errorf("%s, %v", got.Format(time.RFC3339), err)
	}
}

// TestDateRoundTrip: a date comes back from each way of writing it, and a date without a year is never in the future.
func TestDateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 60*365).Draw(t, "day"))
		for _, layout := range []string{time.DateOnly, "2006/1/2", "2006年1月2日", "20060102", time.RFC3339, time.RFC1123Z, "Jan 2, 2006"} {
			if got, err := text.Date(day.Format(layout), time.Time{}); err != nil || !got.Equal(day) {
				t.Fatalf("%s: %s, %v", day.Format(layout), got, err)
			}
		}
		ref := day.AddDate(0, 0, rapid.IntRange(0, 364).Draw(t, "later"))
		if got, err := text.Date(day.Format("1月2日"), ref); err != nil || got.After(ref) || ref.Sub(got) > 8*366*24*time.Hour || got.Format("01-02") != day.Format("01-02") {
			t.Fatalf("%s read on %s: %s, %v", day.Format("1月2日"), ref.Format(time.DateOnly), got, err)
		}
	})
}

func TestDay(t *testing.T) {
	want := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, s := range []string{"2027-03-01", "2027-3-1", " 2027/3/1 ", "2027.3.1", "2027年3月1日", "46447"} {
		if got, ok := text.Day(s); !ok || !got.Equal(want) {
			t.Errorf("%q: %s, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "soon", "3月1日", "18263", "73051", "2027-02-30", "1772352550"} {
		if got, ok := text.Day(s); ok {
			t.Errorf("%q was read as %s", s, got)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2026-03-01", "今天 14:30", "3天前", "5月13日更新", "1772352550", "30+ days ago"} {
		f.Add(s)
	}
	ref := time.Date(2026, 3, 2, 15, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := text.Date(s, ref)
		if err != nil {
			return
		}
		if y := got.Year(); y < 1980 || y > 2200 {
			t.Fatalf("%q: year %d", s, y)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
