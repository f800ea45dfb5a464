package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gapwatch/gapwatch/dashboards/web"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/words"
)

// testBrowser opens the pages in a real browser, wide and narrow, in both languages.
func testBrowser(t *testing.T, store *clickhouse.Store) {
	var sent sentRequests
	base := site(t, store, nil, sent.serve)
	ctx := testenv.Browser(t)
	var said testenv.Console
	said.Listen(ctx)
	alert := firstAlert(t, store, "large-language-models")
	pages := []struct {
		name, path string
		charts     bool
	}{
		{"overview", "/?x=1", false}, {"skill", "/skills/large-language-models?x=1", true}, {"alert", "/alerts/" + alert.ID + "?x=1", true}, {"skills", "/skills?x=1", false},
		{"alerts", "/alerts?status=all", false}, {"sources", "/sources?x=1", false}, {"source", "/sources/northwind-feed?x=1", false}, {"request", "/request?x=1", false},
		{"programmes", "/programmes?x=1", false},
		{"api", "/api?x=1", false}, {"about", "/about?x=1", false}, {"lost", "/nowhere?x=1", false},
	}
	for _, width := range []int64{1440, 768, 390} {
		for _, p := range pages {
			lang := words.Chinese
			if p.charts && width == 768 || width == 390 && p.name != "overview" {
				lang = words.English
			}
			t.Run(fmt.Sprintf("%s-%d-%s", p.name, width, lang), func(t *testing.T) {
				if p.charts && !hasCharts(t) {
					p.charts = false
				}
				do(ctx, t, testenv.Width(width), chromedp.Navigate(base+p.path+"&lang="+lang), chromedp.WaitReady("main"))
				if overflow := run(ctx, t, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`)); overflow > 0 {
					wide := run(ctx, t, chromedp.Evaluate[[]string](`[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".scroll") && !e.closest("nav")).slice(0, 5).map(e => e.tagName + "." + e.className)`))
					t.Errorf("the page is %d px too wide: %v", overflow, wide)
				}
				if p.charts {
					do(ctx, t, chromedp.WaitReady(".chart-canvas[data-drawn] canvas"))
					if drawn := run(ctx, t, chromedp.Evaluate[int](inkScript)); drawn < 2000 {
						t.Errorf("the chart has only %d coloured pixels", drawn)
					}
				}
				for _, s := range said.Take() {
					if p.name == "lost" && strings.Contains(s, "404") {
						continue
					}
					t.Errorf("the browser complains: %s", s)
				}
				testenv.Picture(ctx, t, fmt.Sprintf("%s-%d-%s", p.name, width, lang))
			})
		}
	}
	t.Run("form", func(t *testing.T) { testForm(ctx, t, base, &sent, &said) })
	testPrint(ctx, t, store, base)
}

func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func run[T any](ctx context.Context, t *testing.T, a chromedp.Action[T]) T {
	t.Helper()
	got, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// inkScript counts the pixels of the first chart that are not transparent.
const inkScript = `(() => { const c = document.querySelector(".chart-canvas canvas"); const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; })()`

func hasCharts(t *testing.T) bool {
	t.Helper()
	if _, err := web.Files.Open("assets/vendor/echarts.min.js"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("this test binary was built without echarts: run make build first")
		}
		return false
	}
	return true
}

// sentRequests answers the form as the API does, and keeps what was sent.
type sentRequests struct {
	mu   sync.Mutex
	keys []string
	all  []map[string]any
}

func (s *sentRequests) serve(mux *http.ServeMux) {
	write := func(w http.ResponseWriter, status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("POST /api/v1/requests", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.Header.Get("Authorization") != "Bearer gw_test_key" {
			write(w, http.StatusUnauthorized, map[string]any{"detail": "the API key is not known"})
			return
		}
		s.keys = append(s.keys, r.Header.Get("Idempotency-Key"))
		if body["needed_by"] == "2099-01-01" {
			write(w, http.StatusUnprocessableEntity, map[string]any{"title": "Unprocessable Entity", "errors": []map[string]any{
				{"location": "body.needed_by", "message": "at most three years from now"}, {"location": "body.heads", "message": "too many <b>heads</b>"}}})
			return
		}
		body["state"] = "counted"
		if heads, _ := body["heads"].(float64); heads > 100 {
			body["state"] = "held"
		}
		body["id"], body["withdrawn"] = fmt.Sprint("r", len(s.all)+1), false
		s.all = append(s.all, body)
		write(w, http.StatusCreated, body)
	})
	mux.HandleFunc("GET /api/v1/requests", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		write(w, http.StatusOK, map[string]any{"items": s.all})
	})
	mux.HandleFunc("DELETE /api/v1/requests/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, q := range s.all {
			if q["id"] == r.PathValue("id") {
				q["withdrawn"] = true
				write(w, http.StatusOK, q)
			}
		}
	})
}

// testForm fills the request form as a person would: wrong, then refused by the server, then right, then withdrawn.
func testForm(ctx context.Context, t *testing.T, base string, sent *sentRequests, said *testenv.Console) {
	do(ctx, t, testenv.Width(1440), chromedp.Navigate(base+"/request?lang=en"), chromedp.WaitReady("#request-form"), chromedp.Click("#f-submit"), chromedp.WaitVisible("#form-summary"))
	if invalid := run(ctx, t, chromedp.Evaluate[int](`document.querySelectorAll("[aria-invalid=true]").length`)); invalid != 3 {
		t.Errorf("an empty form marks %d fields, want 3: key, skill, heads", invalid)
	}
	do(ctx, t, chromedp.SetValue("#f-key", "gw_test_key"), chromedp.SetValue("#f-skill", "robotics"), chromedp.SetValue("#f-heads", "9000"),
		chromedp.SetValue("#f-needed_by", "2099-01-01"), chromedp.Click("#f-submit"), chromedp.WaitVisible("#e-needed_by"))
	summary, heads, needed := run(ctx, t, chromedp.Text("#form-summary")), run(ctx, t, chromedp.Text("#e-heads")), run(ctx, t, chromedp.Text("#e-needed_by"))
	testenv.Picture(ctx, t, "form-errors")
	if !strings.Contains(summary, "2 to correct") || !strings.Contains(heads, "too many <b>heads</b>") || !strings.Contains(needed, "at most three years from now") {
		t.Errorf("errors of the server are shown as %q, %q, %q", summary, heads, needed)
	}
	said.Take() // the browser reports the 422 itself
	run(ctx, t, chromedp.Evaluate[string](`document.getElementById("f-needed_by").value = ""`))
	do(ctx, t, chromedp.SetValue("#f-heads", "9"), chromedp.Click("#f-submit"), chromedp.WaitVisible("#mine li"))
	mine := run(ctx, t, chromedp.Text("#mine"))
	stored := run(ctx, t, chromedp.Evaluate[string](`sessionStorage.getItem("gapwatch-key")`))
	run(ctx, t, chromedp.Evaluate[bool](`(window.confirm = () => true)()`))
	do(ctx, t, chromedp.Click("#mine li button:nth-of-type(2)"), chromedp.WaitVisible("#mine li.gone"))
	if !strings.Contains(mine, "Robotics") || !strings.Contains(mine, "9 heads") || stored != "gw_test_key" {
		t.Errorf("own requests = %q, stored key = %q", mine, stored)
	}
	do(ctx, t, chromedp.SetValue("#f-skill", "robotics"), chromedp.SetValue("#f-heads", "500"), chromedp.Click("#f-submit"), chromedp.WaitVisible("#mine li:nth-of-type(2)"))
	if told, mine := run(ctx, t, chromedp.Text("#form-summary")), run(ctx, t, chromedp.Text("#mine")); !strings.Contains(told, "held") || !strings.Contains(mine, "waits for the operator") {
		t.Errorf("a held request is told as %q and listed as %q", told, mine)
	}
	sent.mu.Lock()
	defer sent.mu.Unlock()
	if len(sent.keys) != 3 || sent.keys[0] == "" || sent.keys[0] == sent.keys[1] {
		t.Errorf("idempotency keys = %q: want different ones for different contents", sent.keys)
	}
	for _, s := range said.Take() {
		t.Errorf("the browser complains: %s", s)
	}
}
