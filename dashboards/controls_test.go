package dashboards

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/words"
)

// cell is the part of the market that a page says it answers for.
type cell map[string]string

// shown reads the cell of the open page.
func shown(ctx context.Context, t *testing.T) cell {
	t.Helper()
	got := run(ctx, t, chromedp.Evaluate[map[string]string](`Object.fromEntries(["region", "industry", "tier"].map(k => [k, document.querySelector("main").dataset[k] ?? "missing"]))`))
	maps.DeleteFunc(got, func(_, v string) bool { return v == "" })
	return got
}

// leave acts on the open page and waits for the page that follows.
func leave(ctx context.Context, t *testing.T, act chromedp.Action[chromedp.Void]) {
	t.Helper()
	run(ctx, t, chromedp.Evaluate[string](`document.documentElement.dataset.old = "1"`))
	do(ctx, t, act, chromedp.WaitReady("html:not([data-old]) footer"))
}

func open(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(address), chromedp.WaitReady("footer"))
}

func count(ctx context.Context, t *testing.T, selector string) int {
	t.Helper()
	return run(ctx, t, chromedp.Evaluate[int](fmt.Sprintf(`document.querySelectorAll(%q).length`, selector)))
}

// testControls operates selects, sort headers, buttons, tabs, searches and toggles as a visitor does, with and without a
// filter, and checks that each page that follows is for what was chosen.
func testControls(t *testing.T, store *clickhouse.Store) {
	base := site(t, store, func(c *Config) { c.CacheFor = DefaultConfig().CacheFor })
	ctx := testenv.Browser(t)
	starts := map[string][]cell{words.Chinese: {{}, {"region": "310000", "industry": "I"}}, words.English: {{}, {"region": "110000"}, {"tier": "backbone"}}}
	do(ctx, t, testenv.Width(1440))
	for _, lang := range words.Languages() {
		for _, start := range starts[lang] {
			q := url.Values{"lang": {lang}}
			for k, v := range start {
				q.Set(k, v)
			}
			t.Run(lang+"-"+strings.TrimPrefix(fmt.Sprint(start), "map"), func(t *testing.T) {
				at := func(path string) string { return base + path + "?" + q.Encode() }
				stays := func(what string) {
					t.Helper()
					if got := shown(ctx, t); !maps.Equal(got, start) {
						t.Errorf("%s: the page answers for %v, want %v", what, got, start)
					}
					if got := run(ctx, t, chromedp.Evaluate[string](`document.documentElement.lang.slice(0, 2)`)); got != lang {
						t.Errorf("%s: the page is in %s", what, got)
					}
				}
				// every select, on every page that has a filter
				for _, path := range []string{"/", "/skills/large-language-models", "/alerts"} {
					open(ctx, t, at(path))
					stays(path)
					for _, name := range []string{"region", "industry", "tier"} {
						sel := fmt.Sprintf(`form.filters select[name=%s]`, name)
						values := run(ctx, t, chromedp.Evaluate[[]string](fmt.Sprintf(`[...document.querySelectorAll(%q)].map(o => o.value)`, sel+" option")))
						if len(values) < 3 {
							t.Errorf("%s offers %v as %s", path, values, name)
						}
						for _, v := range []string{values[len(values)-1], ""} {
							if v == start[name] {
								continue
							}
							want := maps.Clone(start)
							if want[name] = v; v == "" {
								delete(want, name)
							}
							if want["tier"] != "" && len(want) > 1 {
								continue // not counted together: TestBadQueriesSayWhatIsMeant
							}
							open(ctx, t, at(path))
							do(ctx, t, chromedp.SetValue(sel, v))
							leave(ctx, t, chromedp.Click("form.filters button"))
							if got := shown(ctx, t); !maps.Equal(got, want) {
								t.Errorf("%s: choosing %s %q gives %v, want %v", path, name, v, got, want)
							}
							if chosen := run(ctx, t, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).value`, sel))); chosen != v {
								t.Errorf("%s: after choosing %s %q the form shows %q", path, name, v, chosen)
							}
						}
					}
					if len(start) > 0 {
						open(ctx, t, at(path))
						leave(ctx, t, chromedp.Click("form.filters .clear"))
						if got := shown(ctx, t); len(got) > 0 {
							t.Errorf("%s: cleared, it shows %v", path, got)
						}
					}
				}
				// the headers that sort
				open(ctx, t, at("/"))
				headers := count(ctx, t, "th a[href*=sort]")
				for i := range headers {
					leave(ctx, t, chromedp.Click(fmt.Sprintf(`th:nth-child(%d of :has(a[href*=sort])) a`, i+1)))
					stays("sort")
					if on := run(ctx, t, chromedp.Evaluate[int](`[...document.querySelectorAll("th:has(a[href*=sort])")].findIndex(h => h.ariaSort === "descending")`)); on != i {
						t.Errorf("column %d was clicked, %d is marked as sorted", i, on)
					}
				}
				if headers != 4 {
					t.Errorf("%d headers sort, want 4", headers)
				}
				// navigation, other language, first skill, every period, breakdown
				for _, href := range []string{"/skills", "/alerts", "/?", "/"} {
					if link := fmt.Sprintf(`.nav a[href^=%q]:not([href^="/subscribe"])`, href); href != "/" && count(ctx, t, link) > 0 {
						leave(ctx, t, chromedp.Click(link))
						stays("navigation to " + href)
					}
				}
				open(ctx, t, at("/"))
				leave(ctx, t, chromedp.Click("tbody th a"))
				stays("the first skill")
				if count(ctx, t, "table.periods tbody tr") == 26 {
					leave(ctx, t, chromedp.Click(".after a.button"))
					stays("every period")
					if n := count(ctx, t, "table.periods tbody tr"); n < 100 {
						t.Errorf("every period shows %d rows", n)
					}
				}
				leave(ctx, t, chromedp.Click(".crumb a"))
				stays("back to the skills")
				do(ctx, t, chromedp.SetValue("input[name=q]", "python"))
				leave(ctx, t, chromedp.Click("form[role=search] button"))
				stays("search")
				if n := count(ctx, t, ".skillgrid li"); n != 1 {
					t.Errorf("the search finds %d skills", n)
				}
				// statuses and severities of the warnings, and a skill
				for _, tab := range []string{".tabs > a:nth-of-type(2)", ".tabs > a:nth-of-type(3)", ".tabs-sev a:nth-of-type(1)"} {
					open(ctx, t, at("/alerts"))
					leave(ctx, t, chromedp.Click(tab))
					stays(tab)
				}
				do(ctx, t, chromedp.SetValue("select[name=skill]", "python"))
				leave(ctx, t, chromedp.Click("form.filters button"))
				stays("warnings of a skill")
				if at := run(ctx, t, chromedp.Location()); !strings.Contains(at, "skill=python") || !strings.Contains(at, "severity=red") {
					t.Errorf("choosing a skill leads to %s", at)
				}
				open(ctx, t, at("/"))
				leave(ctx, t, chromedp.Click("a.language"))
				if got, now := shown(ctx, t), run(ctx, t, chromedp.Evaluate[string](`document.documentElement.lang.slice(0, 2)`)); !maps.Equal(got, start) || now != words.Other(lang) {
					t.Errorf("the other language is %s for %v", now, got)
				}
			})
		}
		t.Run(lang+"-toggles", func(t *testing.T) {
			open(ctx, t, base+"/alerts/"+firstAlert(t, store, "large-language-models").ID+"?lang="+lang)
			run(ctx, t, chromedp.Evaluate[int](`document.querySelectorAll("details > summary").forEach(s => s.click()) ?? 0`))
			if all, opened := count(ctx, t, "details"), count(ctx, t, "details[open]"); all < 2 || opened != all {
				t.Errorf("%d of %d folded parts open", opened, all)
			}
		})
	}
}
