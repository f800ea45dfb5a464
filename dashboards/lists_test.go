package dashboards

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// walk reads a list to its end in pages of a size.
func walk[T any](t *testing.T, address string, limit int) []T {
	t.Helper()
	var out []T
	cursor := ""
	for range 1000 {
		var page httpd.Page[T]
		body := get(t, fmt.Sprintf("%s&limit=%d&cursor=%s", address, limit, url.QueryEscape(cursor)), http.StatusOK)
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Items) > limit || (page.NextCursor != "" && len(page.Items) < limit) {
			t.Fatalf("a page of %d items with limit %d, next cursor %q", len(page.Items), limit, page.NextCursor)
		}
		out = append(out, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			return out
		}
	}
	t.Fatal("the list does not end")
	return nil
}

// testLists: whatever the page size, a list holds every item once and in the same order.
// listed is what the tests read of an item of any list.
type listed struct {
	ID, Name, Region string
	Points           []struct {
		Period, State string
		Demand        float64
		Exposure      int
		Supply        *float64
		Band          *struct{ Window int }
	}
}

func testLists(t *testing.T, store *clickhouse.Store, base string) {
	skills := func(n int) (ids []string) {
		for _, s := range walk[listed](t, base+"/api/v1/skills?", n) {
			ids = append(ids, s.ID)
		}
		return ids
	}
	alerts := func(n int) (ids []string) {
		for _, a := range walk[listed](t, base+"/api/v1/alerts?", n) {
			ids = append(ids, a.ID)
		}
		return ids
	}
	sources := func(n int) (ids []string) {
		for _, s := range walk[listed](t, base+"/api/v1/sources?", n) {
			ids = append(ids, s.Name)
		}
		return ids
	}
	series := func(n int) (ids []string) {
		for _, s := range walk[listed](t, base+"/api/v1/series?grain=week&region=*&from=2026-10-01&to=2026-11-20", n) {
			ids = append(ids, s.ID)
		}
		return ids
	}
	for name, list := range map[string]func(int) []string{"skills": skills, "alerts": alerts, "sources": sources, "series": series} {
		whole := list(500)
		if len(whole) < 2 || len(slices.Compact(slices.Sorted(slices.Values(whole)))) != len(whole) {
			t.Errorf("%s: %d items, some twice", name, len(whole))
		}
		for _, n := range []int{1, 7, len(whole)} {
			if n == 1 && len(whole) > 40 {
				n = 13
			}
			if got := list(n); !slices.Equal(got, whole) {
				t.Errorf("%s in pages of %d: %d items in another order than %d at once", name, n, len(got), len(whole))
			}
		}
	}
	testSeriesNumbers(t, store, base)
	testWorstFirst(t, store)
}

// testWorstFirst pages through the firing alerts by severity, as the page does.
func testWorstFirst(t *testing.T, store *clickhouse.Store) {
	t.Helper()
	read := func(size int) (ids []string) {
		f := talent.AlertFilter{Status: talent.AlertFiring, Worst: true, Limit: size}
		for {
			got, err := store.Alerts(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range got {
				ids = append(ids, a.ID)
			}
			if len(got) < size {
				return ids
			}
			if err := read.AfterAlert(read.AlertCursor(got[size-1]), &f); err != nil {
				t.Fatal(err)
			}
		}
	}
	if whole, parts := read(500), read(3); len(whole) < 5 || !slices.Equal(whole, parts) {
		t.Errorf("%d alerts at once, %d in pages of 3, or in another order", len(whole), len(parts))
	}
}

// testSeriesNumbers compares the list with the series that the rest of the system reads.
func testSeriesNumbers(t *testing.T, store *clickhouse.Store, base string) {
	t.Helper()
	items := walk[listed](t, base+"/api/v1/series?skill=large-language-models&bands=true", 50)
	if len(items) != 1 || items[0].Region != "" {
		t.Fatalf("one skill of the whole market gives %d series", len(items))
	}
	want, err := store.Series(t.Context(), talent.SeriesKey{Grain: talent.Week, Skill: "large-language-models"}, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Points) != len(items[0].Points) {
		t.Fatalf("%d periods in the list, %d in the series", len(items[0].Points), len(want.Points))
	}
	banded := 0
	for i, p := range want.Public().Points {
		got := items[0].Points[i]
		if got.Period != words.Day(p.Period) || got.Demand != p.Demand() || got.Exposure != p.Exposure || got.State != string(p.State) || (got.Supply == nil) != (p.Supply == nil) {
			t.Errorf("period %d: list %+v, series %+v", i, got, p)
		}
		if got.Band != nil {
			banded++
		}
	}
	if banded < 50 {
		t.Errorf("%d periods have a band", banded)
	}
	var detail struct {
		Words   map[string][]string
		Events  []any
		Courses []any
	}
	id := firstAlert(t, store, "large-language-models").ID
	if err := json.Unmarshal([]byte(get(t, base+"/api/v1/alerts/"+id, http.StatusOK)), &detail); err != nil {
		t.Fatal(err)
	}
	if len(detail.Events) != 2 || len(detail.Words[words.Chinese]) < 4 || len(detail.Words[words.English]) != len(detail.Words[words.Chinese]) || len(detail.Courses) != 1 {
		t.Errorf("alert = %d events, %d/%d sentences, %d courses", len(detail.Events), len(detail.Words[words.Chinese]), len(detail.Words[words.English]), len(detail.Courses))
	}
}

// testSpeed reads the two heaviest pages with 20 visitors at once and logs how long they take; it fails only when a
// page fails.
func testSpeed(t *testing.T, store *clickhouse.Store) {
	base := site(t, store, func(c *Config) { c.CacheFor = DefaultConfig().CacheFor })
	for _, path := range []string{"/", "/skills/large-language-models", "/alerts", "/api/v1/series?skill=pytorch"} {
		var mu sync.Mutex
		var times []time.Duration
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				for range 10 {
					start := time.Now()
					r, err := http.Get(base + path) //nolint:noctx // a test's own server
					if err != nil {
						t.Error(err)
						return
					}
					_ = r.Body.Close()
					if r.StatusCode != http.StatusOK {
						t.Errorf("%s: %s", path, r.Status)
					}
					mu.Lock()
					times = append(times, time.Since(start))
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		slices.Sort(times)
		t.Logf("%s: p50 %s, p95 %s", path, times[len(times)/2], times[len(times)*95/100])
	}
}
