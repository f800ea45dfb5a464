package testenv

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/gapwatch/gapwatch/internal/durable"
)

// browserEnds is how long before the test binary is killed its browser stops answering, so that a test that hangs fails by
// name. There is no other limit: how long pages take depends on what else the machine does.
const browserEnds = 20 * time.Second

// Browser starts Chromium and returns the context by which chromedp drives it. Where there is none the test is skipped,
// and fails in CI.
func Browser(t testing.TB) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		missing(t, "no Chromium to test pages with: install it with apt-get install chromium fonts-noto-cjk")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("force-prefers-reduced-motion", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if test, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if end, limited := test.Deadline(); limited {
			ctx, cancel = context.WithDeadline(ctx, end.Add(-browserEnds))
			t.Cleanup(cancel)
		}
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// Console collects the errors and warnings that the pages of a browser cause.
type Console struct {
	mu   sync.Mutex
	said []string
}

// Listen collects from now on, until ctx ends.
func (c *Console) Listen(ctx context.Context) {
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if kind := string(m.Type); m.IsException() || kind == "error" || kind == "warning" {
				c.mu.Lock()
				c.said = append(c.said, m.String()+" "+m.URL)
				c.mu.Unlock()
			}
		}
	}()
}

// Take returns what was said since the last call.
func (c *Console) Take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	said := c.said
	c.said = nil
	return said
}

// Width makes the window as wide; a narrow one is a phone.
func Width(width int64) chromedp.Action[chromedp.Void] {
	if width < 500 {
		return chromedp.EmulateViewport(width, 900, chromedp.EmulateMobile)
	}
	return chromedp.EmulateViewport(width, 900)
}

// Picture writes a screenshot into GAPWATCH_SCREENSHOTS, when that is set, for people to look at.
func Picture(ctx context.Context, t testing.TB, name string) {
	t.Helper()
	dir := os.Getenv("GAPWATCH_SCREENSHOTS")
	if dir == "" {
		return
	}
	b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = durable.WriteFile(filepath.Join(dir, name+".png"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
