package schedule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParse(t *testing.T) {
	for spec, says := range map[string]string{
		"0 0 30 2 *":                       "never comes",
		"0 0 31 4,6,9,11 *":                "never comes",
		"@every 1ms":                       "at least 1s",
		"@every 0s":                        "at least 1s",
		"@every -1h":                       "at least 1s",
		"@every soon":                      "at least 1s",
		"daily":                            "not a cron schedule",
		"":                                 "not a cron schedule",
		"* * * * * *":                      "not a cron schedule",
		"TZ=":                              "UTC",
		"CRON_TZ=Asia/Shanghai 0 3 * * *":  "UTC",
		"CRON_TZ=Asia/Shanghai @every 1ms": "UTC",
	} {
		if _, err := Parse(spec); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want a refusal that says %q", spec, err, says)
		}
	}
	for spec, want := range map[string]string{
		"*/10 * * * *": "2026-11-24 12:40:00",
		"@every 1s":    "2026-11-24 12:30:41",
		" @every 6h ":  "2026-11-24 18:30:40",
		"@daily":       "2026-11-25 00:00:00",
		"0 0 29 2 *":   "2028-02-29 00:00:00",
	} {
		s, err := Parse(spec)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if got := s.Next(at(t, "2026-11-24 12:30:40")); !got.Equal(at(t, want)) {
			t.Errorf("%q is next due at %s, want %s", spec, got, want)
		}
	}
	leap, err := Parse("0 0 29 2 *")
	if got, want := leap.Next(at(t, "2096-03-01 00:00:00")), at(t, "2104-02-29 00:00:00"); err != nil || !got.Equal(want) {
		t.Errorf("29 February after 2096 is %s, want %s (%v)", got, want, err)
	}
}

// TestWhatIsAcceptedCanRun: every accepted schedule is due again, and not immediately, from any moment of two centuries: a
// job that sleeps until Next neither spins nor sleeps for ever.
func TestWhatIsAcceptedCanRun(t *testing.T) {
	field := func(low, high int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			a, b := rapid.IntRange(low, high).Draw(t, "a"), rapid.IntRange(low, high).Draw(t, "b")
			return rapid.SampledFrom([]string{"*", fmt.Sprint(a), fmt.Sprintf("%d,%d", a, b), fmt.Sprintf("%d-%d", min(a, b), max(a, b)), fmt.Sprintf("*/%d", max(1, a))}).Draw(t, "form")
		})
	}
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		spec := rapid.OneOf(
			rapid.Custom(func(t *rapid.T) string {
				return strings.Join([]string{field(0, 59).Draw(t, "minute"), field(0, 23).Draw(t, "hour"), field(1, 31).Draw(t, "day"), field(1, 12).Draw(t, "month"), field(0, 6).Draw(t, "weekday")}, " ")
			}),
			rapid.Custom(func(t *rapid.T) string { return "@every " + time.Duration(rapid.Int64().Draw(t, "ns")).String() }),
			rapid.SampledFrom([]string{"@hourly", "@daily", "@weekly", "@monthly", "@yearly"}),
		).Draw(t, "spec")
		s, err := Parse(spec)
		if err != nil {
			return
		}
		accepted++
		now := time.Unix(rapid.Int64Range(0, 6_000_000_000).Draw(t, "now"), rapid.Int64Range(0, 999_999_999).Draw(t, "fraction"))
		next := s.Next(now)
		if next.IsZero() || !next.After(now) {
			t.Fatalf("%q is next due at %s, seen from %s", spec, next, now)
		}
		if again := s.Next(next); again.Sub(next) < Least {
			t.Fatalf("%q is due at %s and again at %s", spec, next, again)
		}
		if due := s.LastDue(time.Time{}, now); due.After(now) || due.IsZero() {
			t.Fatalf("%q was last due at %s, seen from %s", spec, due, now)
		}
	})
	if accepted == 0 {
		t.Error("no schedule was accepted")
	}
}

func TestLastDue(t *testing.T) {
	now := at(t, "2026-11-24 12:30:40")
	for _, c := range []struct{ spec, last, want string }{
		{"*/10 * * * *", "", "2026-11-24 12:30:00"},
		{"30 3 * * *", "", "2026-11-24 03:30:00"},
		{"30 13 * * *", "", "2026-11-23 13:30:00"},
		{"0 4 * * 1", "", "2026-11-23 04:00:00"},
		{"0 4 2 * *", "", "2026-11-02 04:00:00"},
		{"0 4 1 1 *", "", "2026-01-01 04:00:00"},
		{"0 4 29 2 *", "", "2024-02-29 04:00:00"},
		{"@every 1h", "", "2026-11-24 12:30:40"},
		{"@every 1h", "2026-11-24 12:00:00", "2026-11-24 12:00:00"}, // not due again
		{"@every 1h", "2026-11-24 11:00:00", "2026-11-24 12:30:40"},
	} {
		s, err := Parse(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		var last time.Time
		if c.last != "" {
			last = at(t, c.last)
		}
		if got := s.LastDue(last, now); !got.Equal(at(t, c.want)) {
			t.Errorf("LastDue(%s, %s) = %s, want %s", c.spec, c.last, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"TZ=", "CRON_TZ=UTC", "@every 1s", "0 0 29 2 *", "@daily", "*/0 * * * *", "1-0 * * * *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := Parse(spec)
		if err != nil {
			return
		}
		now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		if due := s.LastDue(time.Time{}, now); due.After(now) {
			t.Errorf("%q was due at %s, which is to come", spec, due)
		}
		if next := s.Next(now); !next.After(now) {
			t.Errorf("%q is next due at %s, which is not to come", spec, next)
		}
	})
}
