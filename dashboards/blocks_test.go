package dashboards

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

func page(t *testing.T, address string) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(get(t, address, http.StatusOK)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// testBlocks: on the page of a part of the market each block either answers for that part or says that it does not, and
// a page that is not narrowed says nothing of the kind.
func testBlocks(t *testing.T, store *clickhouse.Store, base string) {
	everywhere := map[string]string{}
	for _, lang := range words.Languages() {
		text, err := words.Load(lang)
		if err != nil {
			t.Fatal(err)
		}
		everywhere[lang] = text.Say("figure.everywhere")
	}
	for _, f := range []talent.AlertFilter{{}, {Region: "110000"}, {Region: "310000"}, {Industry: "I"}, {Tier: talent.TierBackbone}} {
		query := "&region=" + f.Region + "&industry=" + f.Industry + "&tier=" + string(f.Tier)
		counts, err := store.AlertCounts(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		ask := f
		ask.Status, ask.Worst, ask.Limit = talent.AlertFiring, true, 500
		alerts, err := store.Alerts(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		own := map[string]bool{}
		for _, a := range alerts {
			own["/alerts/"+a.ID] = true
		}
		narrowed := f != talent.AlertFilter{}
		for _, lang := range words.Languages() {
			says := func(what string, block *goquery.Selection) {
				t.Helper()
				if block.Length() == 0 {
					t.Errorf("%s%s: no block of %s", lang, query, what)
				}
				block.Each(func(_ int, b *goquery.Selection) {
					if said := strings.Contains(b.Text(), everywhere[lang]); said != narrowed {
						t.Errorf("%s%s: the block of %s says that it is not filtered: %t", lang, query, what, said)
					}
				})
			}
			overview := page(t, base+"/?lang="+lang+query)
			figures := overview.Find(".figures > div")
			if got := strings.TrimSpace(figures.Eq(0).Find(".big").Text()); got != strconv.Itoa(counts.Of(talent.AlertFiring)) {
				t.Errorf("%s%s: %s active warnings are shown, the store has %d", lang, query, got, counts.Of(talent.AlertFiring))
			}
			figures.Eq(0).Find(".sevcount a").Each(func(i int, a *goquery.Selection) {
				worst := talent.Severities()
				want := counts[talent.AlertFiring][worst[len(worst)-1-i]]
				if !strings.HasSuffix(a.Text(), " "+strconv.Itoa(want)) {
					t.Errorf("%s%s: a level is shown as %q, the store has %d", lang, query, a.Text(), want)
				}
			})
			says("the data's date", figures.Eq(1))
			says("the roll-up", figures.Eq(2))
			says("the sources", figures.Eq(3))
			says("the health of sources", overview.Find("section[aria-labelledby=health]"))
			lines := overview.Find(".alertline > a")
			if (lines.Length() > 0) != (len(alerts) > 0) {
				t.Errorf("%s%s: %d lines for %d warnings", lang, query, lines.Length(), len(alerts))
			}
			lines.Each(func(_ int, a *goquery.Selection) {
				if !own[a.AttrOr("href", "")] {
					t.Errorf("%s%s: the warning %q is of another part of the market", lang, query, a.Text())
				}
			})
			skill := page(t, base+"/skills/large-language-models?lang="+lang+query)
			says("a skill's warnings", skill.Find("section[aria-labelledby=related]"))
			says("a skill's breakdowns", skill.Find("ul.bars").Parent())
			says("courses", skill.Find("section[aria-labelledby=courses]"))
			// the list of warnings: the worst first, then those furthest above what was expected
			rows := page(t, base+"/alerts?lang="+lang+query).Find("table.alerts tbody tr")
			if want := min(len(alerts), 50); rows.Length() != want {
				t.Errorf("%s%s: %d rows of warnings, want %d", lang, query, rows.Length(), want)
			}
			rows.Each(func(i int, r *goquery.Selection) {
				if got := r.Find("th a").AttrOr("href", ""); got != "/alerts/"+alerts[i].ID {
					t.Errorf("%s%s: row %d is %s", lang, query, i, got)
				}
			})
		}
		items := walk[listed](t, base+"/api/v1/alerts?status=firing"+query, 20)
		if len(items) != len(alerts) {
			t.Errorf("%s: the API lists %d warnings, the store %d", query, len(items), len(alerts))
		}
		for _, a := range items {
			if !own["/alerts/"+a.ID] {
				t.Errorf("%s: the API lists %s of another part of the market", query, a.ID)
			}
		}
		for i := 1; i < len(alerts); i++ {
			a, b := alerts[i-1], alerts[i]
			if x, y := a.Severity.Rank(), b.Severity.Rank(); x < y || x == y && a.Evidence.Observed-a.Evidence.Expected < b.Evidence.Observed-b.Evidence.Expected {
				t.Errorf("%s: warning %d stands before a worse one", query, i-1)
			}
		}
	}
}
