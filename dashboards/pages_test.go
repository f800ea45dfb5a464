package dashboards

import (
	"encoding/csv"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/gapwatch/gapwatch/alerts/judge"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/words"
)

// get reads a page and checks its status.
func get(t testing.TB, url string, status int) string {
	t.Helper()
	r, err := http.Get(url) //nolint:noctx // a test's own server
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r.StatusCode != status {
		t.Fatalf("GET %s = %d, want %d\n%.600s", url, r.StatusCode, status, b)
	}
	return string(b)
}

func firstAlert(t testing.TB, store *clickhouse.Store, skill string) talent.Alert {
	t.Helper()
	alerts, err := store.Alerts(t.Context(), talent.AlertFilter{Skill: skill, Worst: true, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(alerts) == 0 {
		t.Fatalf("the market has no alert about %s", skill)
	}
	return alerts[0]
}

// TestMarket looks at one filled store in every way.
func TestMarket(t *testing.T) {
	store := testenv.Store(t)
	market(t, store)
	base := site(t, store, nil)
	t.Run("pages", func(t *testing.T) { testPages(t, store, base) })
	t.Run("hostile", func(t *testing.T) { testHostileTextIsShown(t, store, base) })
	t.Run("links", func(t *testing.T) {
		testEveryLink(t, site(t, store, func(c *Config) { c.CacheFor = time.Minute }))
	})
	t.Run("exports", func(t *testing.T) { testExports(t, base) })
	t.Run("lists", func(t *testing.T) { testLists(t, store, base) })
	t.Run("cursors", func(t *testing.T) { testCursors(t, base) })
	t.Run("cache", func(t *testing.T) { testSpeed(t, store) })
	t.Run("browser", func(t *testing.T) { testBrowser(t, store) })
	t.Run("controls", func(t *testing.T) { testControls(t, store) })
	t.Run("blocks", func(t *testing.T) { testBlocks(t, store, base) })
}

// testPages renders every page in both languages.
func testPages(t *testing.T, store *clickhouse.Store, base string) {
	alert := firstAlert(t, store, "large-language-models")
	pages := []struct {
		path   string
		zh, en []string // texts that must stand in the page
	}{
		{"/", []string{"缺口最大的技能", "大语言模型", "红色", "短缺", "零需求", "失败"}, []string{"Largest gaps", "Large language models", "shortage", "Failed"}},
		{"/?region=310000", []string{"供给未知", "上海"}, []string{"Supply unknown", "Shanghai"}},
		{"/?all=1&sort=demand", []string{"Python"}, []string{"Python"}},
		{"/skills", []string{"检索增强生成", "技能词表共 14 项"}, []string{"Retrieval-augmented generation", "14 skills"}},
		{"/skills?q=%E5%BC%BA%E5%8C%96", []string{"强化学习"}, []string{"Reinforcement learning"}},
		{"/skills/large-language-models", []string{"需求与趋势带", "数据源中断", "无数据", "历史不足", "企业直报", "大语言模型应用"}, []string{"Demand and its trend band", "Source down", "No data", "Short history", "Requested"}},
		{"/skills/quantum-ml", []string{"还没有需求"}, []string{"Nobody has asked for this skill"}},
		{"/alerts", []string{"短缺预警", "生效中"}, []string{"Shortage warnings", "Active"}},
		{"/alerts?status=resolved", []string{"TensorFlow", "已解除"}, []string{"TensorFlow", "Resolved"}},
		{"/alerts/" + alert.ID, []string{"为什么预警", "此前", "升级", "gapwatch explain", `href="/subscribe?`}, []string{"Why this warning", "Escalated", "What to do next", "skill=large-language-models"}},
		{"/sources", []string{"harbour-board", "完整", "导入", "待运行", "403"}, []string{"Complete", "Imported", "Waiting"}},
		{"/sources/northwind-feed", []string{"运行记录", "为空", "失败"}, []string{"Runs", "Empty", "Failed"}},
		{"/request", []string{"提交技能人才需求", "API 密钥", "上传表格"}, []string{"Post a demand", "API key", "Upload a table"}},
		{"/programmes", []string{"登记培养方案与课程", "下载空白模板"}, []string{"Register programmes", "Download an empty table"}},
		{"/api", []string{"list-series", "/api/v1/alerts/{id}"}, []string{"/api/v1/skills", "next_cursor"}},
		{"/about", []string{"求人倍率", "趋势带如何得出"}, []string{"How a trend band is made"}},
	}
	unknownKey := regexp.MustCompile(`⟦[^⟧]*⟧`)
	for _, p := range pages {
		for lang, want := range map[string][]string{words.Chinese: p.zh, words.English: p.en} {
			t.Run(lang+p.path, func(t *testing.T) {
				sep := "?"
				if strings.Contains(p.path, "?") {
					sep = "&"
				}
				body := get(t, base+p.path+sep+"lang="+lang, http.StatusOK)
				for _, w := range append(want, "示例数据 / Sample data", `aria-label=`) {
					if !strings.Contains(body, w) {
						t.Errorf("the page lacks %q", w)
					}
				}
				if miss := unknownKey.FindAllString(body, -1); miss != nil {
					t.Errorf("texts that no language file has: %v", miss)
				}
				for _, bad := range []string{"<script>alert", "onerror=alert(2)>", "javascript:alert", "org-secret-motors", "a private note", "ZgotmplZ", "&lt;no value&gt;", "%!", "NaN"} {
					if strings.Contains(body, bad) {
						t.Errorf("the page holds %q", bad)
					}
				}
				if regexp.MustCompile(`<script>|<script type="text|style="|on(click|load)=`).MatchString(body) {
					t.Error("the page has an inline script, style or handler")
				}
			})
		}
	}
}

// testHostileTextIsShown makes sure that the hostile posting is on the page, as text.
func testHostileTextIsShown(t *testing.T, store *clickhouse.Store, base string) {
	a := firstAlert(t, store, "large-language-models")
	if a.Key.Region != "" {
		t.Fatalf("the worst alert is about region %s", a.Key.Region)
	}
	found := false
	for _, path := range []string{"/skills/large-language-models?region=110000", "/skills/large-language-models?industry=I", "/sources/northwind-feed"} {
		if strings.Contains(get(t, base+path, http.StatusOK), "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;") {
			found = true
		}
	}
	if !found {
		t.Error("no page shows the hostile text")
	}
}

func TestErrorPages(t *testing.T) {
	store := testenv.Store(t)
	base := site(t, store, nil)
	for path, status := range map[string]int{
		"/nowhere": 404, "/skills/unknown": 404, "/skills/a%5C%27b": 404, "/alerts/xyz": 404, "/alerts/" + strings.Repeat("0", 32): 404, "/sources/none": 404,
		"/?region=%27%3B--": 400, "/?region=999999": 400, "/?tier=lead&region=310000": 400, "/skills?region=999999": 400, "/skills?industry=ZZ": 400, "/alerts?skill=nosuch": 400, "/export/gaps.csv?region=999999": 400, "/export/gaps.csv?tier=lead&industry=I": 400, "/export/alerts.csv?severity=pink": 400, "/?region=440300": 400, "/?grain=day": 400, "/?tier=boss": 400, "/?sort=x": 400, "/alerts?status=odd": 400, "/alerts?cursor=%00": 400,
		"/export/series.csv?skill=none": 404, "/assets/none.js": 404, "/api/v1/none": 404, "/api/v1/skills/none": 404, "/api/v1/alerts/none": 404,
		"/api/v1/skills?cursor=!": 422, "/api/v1/series?from=yesterday": 422, "/api/v1/series?cursor=abc": 422, "/api/v1/series?region=999999": 400, "/api/v1/series?tier=lead&industry=I": 400, "/api/v1/alerts?region=440300": 400, "/api/v1/alerts?industry=ZZ": 400, "/api/v1/alerts?region=%E4%B8%8A%E6%B5%B7": 200, "/api/v1/alerts?cursor=abc": 422, "/api/v1/alerts?limit=0": 422,
	} {
		body := get(t, base+path, status)
		if strings.HasPrefix(path, "/api/") != strings.HasPrefix(body, "{") {
			t.Errorf("%s is answered in the wrong form: %.80s", path, body)
		}
	}
}

// TestEmptySystem: a system without any data says what to do, and shows no broken picture.
func TestEmptySystem(t *testing.T) {
	store := testenv.Store(t)
	base := site(t, store, func(c *Config) { c.Sample = false })
	for _, lang := range words.Languages() {
		for _, path := range []string{"/", "/skills", "/alerts", "/sources", "/request", "/programmes", "/api", "/about"} {
			body := get(t, base+path+"?lang="+lang, http.StatusOK)
			if strings.Contains(body, "chart-canvas") || strings.Contains(body, "<svg") || strings.Contains(body, "Sample data") {
				t.Errorf("%s of an empty system shows a chart or calls itself a sample", path)
			}
			if path == "/" && !strings.Contains(body, "gapwatch up --sample") {
				t.Errorf("%s does not say what to do: %.300s", path, body)
			}
		}
	}
	if body := get(t, base+"/export/gaps.csv", http.StatusOK); !strings.HasPrefix(body, "\ufeff技能代码,技能,") {
		t.Errorf("empty export = %q", body)
	}
}

// testExports reads the files back as a spreadsheet would.
func testExports(t *testing.T, base string) {
	for path, least := range map[string]int{"/export/gaps.csv": 13, "/export/series.csv?skill=large-language-models": 109, "/export/alerts.csv": 2} {
		body, ok := strings.CutPrefix(get(t, base+path, http.StatusOK), "\ufeff")
		if !ok {
			t.Errorf("%s has no byte order mark", path)
		}
		lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if len(lines) <= least {
			t.Errorf("%s has %d lines, want more than %d", path, len(lines), least)
		}
	}
	body := get(t, base+"/export/series.csv?skill=pytorch", http.StatusOK)
	if !regexp.MustCompile(`(?m)^2026-04-27,week,pytorch,PyTorch,,全部地区,,全部行业,,全部层次,no_data,,0,,,,,,,`).MatchString(body) {
		t.Error("the week without any posting is not an empty line of state no_data")
	}
	if !strings.Contains(body, ",source_down,") {
		t.Error("the week in which every source failed is not called source_down")
	}
}

// TestBadQueriesSayWhatIsMeant: an address that cannot be answered names the parameter, offers what may be meant, and
// leads back to what can be shown.
func TestBadQueriesSayWhatIsMeant(t *testing.T) {
	base := site(t, testenv.Store(t), nil)
	for _, c := range []struct{ path, zh, en, offer string }{
		{"/?region=999999", "“999999”不是地区", "“999999” is not a region", ""},
		{"/?region=440300", "“440300”是城市", "is a city", "/?region=440000"},
		{"/skills?region=4499", "“4499”不是地区", "is not a region", "/?region=440000"},
		{"/?industry=Z9", "不是行业门类", "is not an industry section", ""},
		{"/skills?tier=boss&industry=I", "不是人才层次", "is not a talent tier", "/?industry=I&tier=lead"},
		{"/?tier=lead&region=310000", "只对全部市场统计", "counted for the whole market only", "/?region=310000"},
		{"/?sort=x&region=310000", "不能按“x”排序", "not a column to sort by", "/?region=310000&sort=gap"},
		{"/alerts?status=odd&region=310000", "不是预警状态", "not a status of a warning", "/?region=310000"},
	} {
		for lang, want := range map[string]string{words.Chinese: c.zh, words.English: c.en} {
			sep := map[bool]string{true: "&", false: "?"}[strings.Contains(c.path, "?")]
			page, err := goquery.NewDocumentFromReader(strings.NewReader(get(t, base+c.path+sep+"lang="+lang, http.StatusBadRequest)))
			if err != nil {
				t.Fatal(err)
			}
			if said := page.Find(".failure .lead").Text(); !strings.Contains(said, want) {
				t.Errorf("%s %s says %q", lang, c.path, said)
			}
			offers := page.Find(".failure a").Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
			if c.offer != "" && !slices.Contains(offers, c.offer) {
				t.Errorf("%s offers %v, want %s", c.path, offers, c.offer)
			}
		}
	}
	// Names work as codes do.
	if body := get(t, base+"/?region=%E4%B8%8A%E6%B5%B7&lang=en", http.StatusOK); body == "" {
		t.Error("a region's name is refused")
	}
}

// TestNavigation: the header leads where every other part of the program says it does.
func TestNavigation(t *testing.T) {
	base := site(t, testenv.Store(t), func(c *Config) { c.MailboxPath = "/mailbox" })
	for lang, text := range map[string]string{words.Chinese: "总览", words.English: "Overview"} {
		page, err := goquery.NewDocumentFromReader(strings.NewReader(get(t, base+"/about?lang="+lang, http.StatusOK)))
		if err != nil {
			t.Fatal(err)
		}
		links := page.Find("nav .nav a")
		got := links.Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
		var want []string
		for _, place := range words.Navigation(true) {
			want = append(want, place.Path)
		}
		if !slices.Equal(got, want) || links.First().Text() != text {
			t.Errorf("%s: the header leads to %v, words.Navigation to %v", lang, got, want)
		}
	}
}

// TestDefinitionsAreOfTheRunningSystem: the page says the numbers that warnings follow, whatever they are set to.
func TestDefinitionsAreOfTheRunningSystem(t *testing.T) {
	rules := judge.DefaultConfig()
	rules.Band.Alpha, rules.Band.MinHeads, rules.Band.MinEmployers, rules.ResolveWeeks = 0.00347, 17, 13, 29
	rules.Band.Week.Window, rules.Band.Week.Gap, rules.Band.Month.History, rules.Band.Month.Minimum = 5, 11, 47, 19
	base := site(t, testenv.Store(t), func(c *Config) { c.Rules = rules.Rules() })
	for _, lang := range words.Languages() {
		page, err := goquery.NewDocumentFromReader(strings.NewReader(get(t, base+"/about?lang="+lang, http.StatusOK)))
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Join(strings.Fields(page.Find("main").Text()), " ")
		for _, want := range []string{"0.00347", " 17 ", " 13 ", rules.Rules().Version, "21 "} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the page lacks %q", lang, want)
			}
		}
		var numbers []string
		page.Find("td.num").Each(func(_ int, td *goquery.Selection) { numbers = append(numbers, td.Text()) })
		if got := strings.Join(numbers, " "); got != "5 104 26 11 29 3 47 19 3 2 5 50 3 20 2 10 – –" {
			t.Errorf("%s: numbers of the tables are %s", lang, got)
		}
		if n := page.Find("main li").Length(); n < 9 {
			t.Errorf("%s: %d limits", lang, n)
		}
	}
}
