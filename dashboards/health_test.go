package dashboards

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestReady(t *testing.T) {
	store := testenv.Store(t)
	broker := errors.New("no broker")
	base := site(t, store, func(c *Config) {
		c.Checks = map[string]func(context.Context) error{"kafka": func(context.Context) error { return broker }}
	})
	body := get(t, base+"/readyz", http.StatusServiceUnavailable)
	if !strings.Contains(body, `{"name":"clickhouse","ready":true}`) || !strings.Contains(body, `"name":"kafka","ready":false`) || strings.Contains(body, "no broker") {
		t.Errorf("without a broker: %s", body)
	}
	broker = nil
	if body := get(t, base+"/readyz", http.StatusOK); !strings.HasPrefix(body, `{"ready":true`) {
		t.Errorf("with all: %s", body)
	}
	get(t, base+"/metrics", http.StatusOK)
}

func TestNotMigrated(t *testing.T) {
	store, err := clickhouse.Open(t.Context(), testenv.StoreConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	base := site(t, store, nil)
	if body := get(t, base+"/readyz", http.StatusServiceUnavailable); !strings.Contains(body, "gapwatch migrate") {
		t.Errorf("an empty database: %s", body)
	}
	// A page says that it cannot be shown, and nothing of the store's own words.
	for _, path := range []string{"/", "/skills/pytorch", "/sources", "/export/gaps.csv"} {
		if body := get(t, base+path+"?lang=en", http.StatusInternalServerError); !strings.Contains(body, "This cannot be shown right now") || strings.Contains(body, "UNKNOWN_TABLE") {
			t.Errorf("%s: %.400s", path, body)
		}
	}
	get(t, base+"/api/v1/series", http.StatusServiceUnavailable)
	get(t, base+"/healthz", http.StatusOK)
	get(t, base+"/about", http.StatusInternalServerError)
}
