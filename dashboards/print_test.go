package dashboards

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/ledongthuc/pdf"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/words"
)

// testPrint prints every page on A4 and reads the PDF as a printer would: no letter lies in the margin or beyond the
// paper, hardly one is missing, and a chart stands whole on one sheet.
func testPrint(ctx context.Context, t *testing.T, store *clickhouse.Store, base string) {
	alert := firstAlert(t, store, "large-language-models").ID
	charts := hasCharts(t)
	zh, en := []string{words.Chinese}, []string{words.English}
	for _, p := range []struct {
		path      string
		chart     bool
		languages []string
	}{
		{"/?x=1", false, words.Languages()}, {"/?region=110000", false, zh}, {"/?all=1&sort=demand", false, en}, {"/skills/large-language-models?x=1", true, words.Languages()},
		{"/skills/large-language-models?region=110000&all=1", true, zh}, {"/alerts/" + alert + "?x=1", true, words.Languages()}, {"/skills?x=1", false, en}, {"/alerts?status=all", false, zh},
		{"/sources?x=1", false, zh}, {"/sources/northwind-feed?x=1", false, en}, {"/request?x=1", false, en}, {"/about?x=1", false, words.Languages()}, {"/api?x=1", false, zh},
	} {
		for _, lang := range p.languages {
			t.Run("print "+lang+p.path, func(t *testing.T) {
				do(ctx, t, testenv.Width(1440), chromedp.Navigate(base+p.path+"&lang="+lang), chromedp.WaitReady("main"))
				if p.chart && charts {
					do(ctx, t, chromedp.WaitReady("[data-drawn]"))
				}
				shown := run(ctx, t, chromedp.Evaluate[int](`[...document.querySelectorAll("main table, main .words, main .prose")].map(e => e.innerText.replace(/\s/g, "").length).reduce((a, b) => a + b, 0)`))
				letters, images := printed(ctx, t, strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-").Replace(lang+p.path), "-"))
				if 10*letters < 9*shown { // some of the page's letters are for screen readers only
					t.Errorf("the paper has %d letters, the tables and texts of the page alone %d", letters, shown)
				}
				if p.chart && charts && images != 1 {
					t.Errorf("the chart stands on %d sheets, want one", images)
				}
			})
		}
	}
}

// printed returns how many letters a page has on A4, and on how many sheets a chart is drawn. A letter in the margin or
// beyond the paper fails the test. Fonts may be pictures of letters, so which letters they are cannot be read.
func printed(ctx context.Context, t *testing.T, name string) (letters, charts int) {
	t.Helper()
	b := run(ctx, t, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if dir := os.Getenv("GAPWATCH_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := pdf.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= doc.NumPage(); i++ {
		page := doc.Page(i)
		width := page.V.Key("MediaBox").Index(2).Float64()
		if width < 590 || width > 600 {
			t.Fatalf("sheet %d is %g points wide, A4 has 595", i, width)
		}
		beyond := 0
		for _, glyph := range page.Content().Text {
			letters++
			if glyph.X < 20 || glyph.X+glyph.FontSize/3 > width-20 {
				beyond++
			}
		}
		if beyond > 0 {
			t.Errorf("sheet %d has %d letters in the margin or beyond the paper", i, beyond)
		}
		objects := page.Resources().Key("XObject")
		for _, k := range objects.Keys() {
			if o := objects.Key(k); o.Key("Subtype").Name() == "Image" && o.Key("Width").Int64() > 400 {
				charts++
			}
		}
	}
	return letters, charts
}
