// Package browser opens pages in a real Chromium, for tests.
package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gapwatch/gapwatch/internal/testenv"
)

// Browser is a window with one page.
type Browser struct {
	ctx context.Context
	t   testing.TB

	console testenv.Console
}

// Start starts Chromium, until the test ends; without one the test is skipped, and fails in CI.
func Start(t testing.TB) *Browser {
	t.Helper()
	ctx := testenv.Browser(t)
	b := &Browser{ctx: ctx, t: t}
	b.console.Listen(ctx)
	return b
}

// Do takes steps, one after the other.
func (b *Browser) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// Text is the text of the first element of a selector.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	return Get(b, chromedp.Text(selector))
}

// Get takes a step that answers.
func Get[T any](b *Browser, a chromedp.Action[T]) T {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, a)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

// Overflow is by how many pixels the page is wider than the window, and what sticks out.
func (b *Browser) Overflow() (pixels int, what []string) {
	b.t.Helper()
	pixels = Get(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
	what = Get(b, chromedp.Evaluate[[]string](`[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".scroll") && !e.closest("nav")).slice(0, 5).map(e => e.tagName + "." + e.className)`))
	return pixels, what
}

// Complaints are the errors and warnings of the console since the last call.
func (b *Browser) Complaints() []string { return b.console.Take() }

// Picture writes a screenshot for people to look at; see testenv.Picture.
func (b *Browser) Picture(name string) {
	b.t.Helper()
	testenv.Picture(b.ctx, b.t, name)
}
