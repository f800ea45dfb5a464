package dashboards

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// TestStoreAway: a page says that it cannot be shown now, and when to come again, and nothing in the store's own words.
func TestStoreAway(t *testing.T) {
	base := site(t, testenv.Open(t, testenv.StoreConfig(t)), nil) // never migrated
	for _, path := range []string{"/", "/skills/pytorch", "/sources", "/about", "/export/gaps.csv"} {
		if body := get(t, base+path+"?lang=en", http.StatusServiceUnavailable); !strings.Contains(body, "This cannot be shown right now") || strings.Contains(body, "UNKNOWN_TABLE") {
			t.Errorf("%s: %.400s", path, body)
		}
	}
	for _, path := range []string{"/", "/api/v1/series", "/api/v1/sources", "/api/v1/alerts"} {
		res, err := http.Get(base + path) //nolint:noctx // a test's own server
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s, Retry-After %q", path, res.Status, res.Header.Get("Retry-After"))
		}
	}
}

// TestLostIsSaid: while stored data is lost every page says so, in its language, and no longer after the repair.
func TestLostIsSaid(t *testing.T) {
	store := testenv.Store(t)
	base := site(t, store, nil)
	say := map[string]string{"en": "Stored data was lost", "zh": "部分数据已丢失"}
	check := func(ok bool, want bool) {
		t.Helper()
		if err := store.PutCheck(t.Context(), clickhouse.IntegrityCheck{At: time.Now(), OK: ok, Findings: []string{"table postings: part all_1_1_0 is missing"}}); err != nil {
			t.Fatal(err)
		}
		for lang, words := range say {
			for _, path := range []string{"/", "/skills", "/alerts", "/sources", "/about"} {
				if body := get(t, base+path+"?lang="+lang, http.StatusOK); strings.Contains(body, words) != want || strings.Contains(body, "all_1_1_0") {
					t.Errorf("ok %v: %s in %s says %q: %v", ok, path, lang, words, !want)
				}
			}
		}
	}
	check(false, true)
	check(true, false)
}
