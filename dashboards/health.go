package dashboards

import (
	"context"
	"encoding/json"
	"net/http"
	"sort"
	"time"
)

// readyWithin bounds each check of /readyz.
const readyWithin = 3 * time.Second

// healthz says that the process lives.
func (d *Dashboards) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// readyz says whether the store answers and is migrated, and whether the other checks pass.
func (d *Dashboards) readyz(w http.ResponseWriter, r *http.Request) {
	type check struct {
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
		Hint  string `json:"hint,omitempty"`
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	store := check{Name: "clickhouse", Ready: true}
	missing, err := d.store.PageMigrated(ctx)
	switch {
	case err != nil:
		store.Ready, store.Hint = false, "the store does not answer, or was never migrated: check clickhouse.addr, then run gapwatch migrate"
		d.log.Warn("not ready", "check", "clickhouse", "error", err)
	case len(missing) > 0:
		store.Ready, store.Hint = false, "the store lacks migrations of this version: run gapwatch migrate"
	}
	checks := []check{store}
	names := make([]string, 0, len(d.cfg.Checks))
	for n := range d.cfg.Checks {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		c := check{Name: n, Ready: true}
		if err := d.cfg.Checks[n](ctx); err != nil {
			c.Ready, c.Hint = false, "does not answer: check its address and whether it runs"
			d.log.Warn("not ready", "check", n, "error", err)
		}
		checks = append(checks, c)
	}
	status := http.StatusOK
	for _, c := range checks {
		if !c.Ready {
			status = http.StatusServiceUnavailable
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Ready  bool    `json:"ready"`
		Checks []check `json:"checks"`
	}{status == http.StatusOK, checks})
}
