package dashboards

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/taxonomy"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// Whatever the taxonomy calls a skill, the API finds it by that, and the page by every first of its names and forms.
func TestEveryNameOfASkillIsFound(t *testing.T) {
	store := testenv.Store(t)
	tax, err := taxonomy.Embedded()
	if err == nil {
		err = store.PutSkills(t.Context(), tax.Skills(), 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	base := site(t, store, func(cfg *Config) { cfg.CacheFor = time.Minute })
	asked, pages := 0, 0
	for _, e := range tax.Entries {
		for i, name := range slices.Concat([]string{e.ID, e.NameEN, e.NameZH}, e.Aliases, e.Exact, e.Guarded, e.Listed) {
			var page httpd.Page[struct{ ID, Matched string }]
			if err := json.Unmarshal([]byte(get(t, base+"/api/v1/skills?limit=10&q="+url.QueryEscape(name), http.StatusOK)), &page); err != nil {
				t.Fatal(err)
			}
			asked++
			if len(page.Items) == 0 || page.Items[0].ID != e.ID || page.Items[0].Matched == "" {
				t.Errorf("q=%s finds %v, want %s first", name, page.Items, e.ID)
			}
			if i%8 == 3 { // the first alias, and one in eight behind it: a page costs more than an answer
				pages++
				if !strings.Contains(get(t, base+"/skills?q="+url.QueryEscape(name), http.StatusOK), `href="/skills/`+e.ID+`"`) {
					t.Errorf("the page does not find %s by %s", e.ID, name)
				}
			}
		}
	}
	t.Logf("%d names asked of the API, %d of the page", asked, pages)
	for _, address := range []string{"/api/v1/skills/LLM", "/skills/LLM", "/export/series.csv?skill=LLM", "/api/v1/alerts?skill=LLM", "/api/v1/series?skill=LLM"} {
		get(t, base+address, http.StatusOK)
	}
	for _, address := range []string{"/api/v1/alerts?skill=pytroch", "/api/v1/series?skill=pytroch"} {
		if said := get(t, base+address, http.StatusUnprocessableEntity); !strings.Contains(said, "did you mean pytorch?") {
			t.Errorf("%s: %s", address, said)
		}
	}
	for q, want := range map[string]string{"dmx": "大语言模型", "damoxing": "大语言模型", "LLM": "大语言模型", "pytroch": "您是否在找", "炼金术": "没有名为“炼金术”的技能"} {
		if page := get(t, base+"/skills?lang=zh&q="+url.QueryEscape(q), http.StatusOK); !strings.Contains(page, want) {
			t.Errorf("q=%s does not say %s", q, want)
		}
	}
}
