package talent

import (
	"testing"
	"time"
)

func TestGrain(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		grain           Grain
		day, start, add string
	}{
		{Week, "2026-11-24", "2026-11-23", "2026-11-30"}, // Tuesday
		{Week, "2026-11-23", "2026-11-23", "2026-11-30"}, // Monday
		{Week, "2026-11-22", "2026-11-16", "2026-11-23"}, // Sunday
		{Week, "2027-01-01", "2026-12-28", "2027-01-04"}, // across the year
		{Month, "2026-11-24", "2026-11-01", "2026-12-01"},
		{Month, "2026-12-31", "2026-12-01", "2027-01-01"},
		{Month, "2024-01-31", "2024-01-01", "2024-02-01"}, // no spill into March
	} {
		if got := c.grain.Start(day(c.day).Add(13 * time.Hour)); !got.Equal(day(c.start)) {
			t.Errorf("%s start of %s = %s, want %s", c.grain, c.day, got, c.start)
		}
		if got := c.grain.Add(day(c.day), 1); !got.Equal(day(c.add)) {
			t.Errorf("%s after %s = %s, want %s", c.grain, c.day, got, c.add)
		}
	}
	if got := Week.LastComplete(day("2026-11-24")); !got.Equal(day("2026-11-16")) {
		t.Errorf("last complete week = %s", got)
	}
}

func TestNewIDDelimitsParts(t *testing.T) {
	if NewID("a", "bc") == NewID("ab", "c") {
		t.Error("ids of different parts are equal")
	}
	if id := NewID("a"); id != NewID(string([]byte{'a'})) || len(id) != 32 {
		t.Error("ids are not stable 32-digit hexadecimals")
	}
}
