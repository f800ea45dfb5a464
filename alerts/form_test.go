package alerts_test

import (
	"encoding/json"
	"io"
	"mime/quotedprintable"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/testenv/browser"
)

// linkIn finds the address of a page in a mail's text.
func linkIn(t *testing.T, mail, path string) string {
	t.Helper()
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(mail)))
	if err != nil && len(text) == 0 {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`http://127\.0\.0\.1:\d+` + regexp.QuoteMeta(path) + `(\?t=\w+)?`).FindString(string(text))
	if link == "" {
		t.Fatalf("no link to %s in\n%s", path, text)
	}
	return link
}

func listed(t *testing.T, site *apitest.Client, key string) []subscribe.SubscriptionView {
	t.Helper()
	var page httpd.Page[subscribe.SubscriptionView]
	site.Call("GET", "/api/v1/subscriptions", key, "").Into(t, &page)
	return page.Items
}

// A planner follows the link of a warning's page, subscribes by the form, confirms by the mail's link, gets the warning,
// follows its link to the subscriptions, changes and ends one. No line of curl is needed, and none is told.
func TestSubscribeByForm(t *testing.T) {
	w, box := newOffice(t)
	if err := w.store.PutSkills(t.Context(), []talent.Skill{{ID: "retrieval-augmented-generation", NameEN: "Retrieval-augmented generation", NameZH: "检索增强生成"}, {ID: "cuda", NameEN: "CUDA"}}, 1); err != nil {
		t.Fatal(err)
	}
	site, key := w.desk(t)
	b := browser.Start(t)
	b.Do(testenv.Width(1440), chromedp.Navigate(site.URL+"/subscribe?lang=zh&skill=retrieval-augmented-generation&region=330000&skill=nosuch"), chromedp.WaitVisible("#c-skills li"))
	if skills, regions := b.Text("#c-skills"), b.Text("#c-regions"); strings.TrimSpace(skills) != "检索增强生成 ×" || strings.TrimSpace(regions) != "浙江省 ×" {
		t.Errorf("the link's skill and region are %q and %q", skills, regions)
	}

	// Empty, then with a skill and an address that the server refuses: said in Chinese, at the fields.
	b.Do(chromedp.Click("#f-submit"), chromedp.WaitVisible("#e-key"), chromedp.WaitVisible("#e-email"))
	b.Do(chromedp.SetValue("#f-key", key), chromedp.SendKeys("#f-skills", "no such skill"), chromedp.SetValue("#f-email", "planner at uni"), chromedp.Click("#f-submit"), chromedp.WaitVisible("#e-skills"))
	if said := b.Text("#form-summary"); !strings.Contains(said, "有 2 处需要改正") || !strings.Contains(said, "“no such skill”不是已知的技能") || regexp.MustCompile(`must|unknown`).MatchString(said) {
		t.Errorf("refused with %q", said)
	}
	b.Picture("subscribe-errors")
	b.Complaints() // the browser reports the 422 itself

	b.Do(chromedp.Click("#c-skills li:nth-of-type(2) button"), chromedp.SetValue("#f-email", "planner@uni.example"), chromedp.SetValue("#f-min_severity", "yellow"), chromedp.Click("#f-submit"), chromedp.WaitVisible("#mine li"))
	if said, mine := b.Text("#form-summary"), b.Text("#mine"); !strings.Contains(said, "确认邮件") || !strings.Contains(mine, "检索增强生成 · 浙江省 · 黄色Ⅲ级·较重及以上") || !strings.Contains(mine, "planner@uni.example · 待确认") {
		t.Errorf("told %q, listed %q", said, mine)
	}
	b.Picture("subscribe-made")
	made := listed(t, site, key)
	if len(made) != 1 || made[0].MinSeverity != "yellow" || made[0].Language != "zh" || len(made[0].Skills) != 1 || made[0].Skills[0] != "retrieval-augmented-generation" || made[0].Regions[0] != "330000" {
		t.Fatalf("stored %+v", made)
	}

	// The mail that asks, and its page.
	stage := w.start(t)
	notifyOnce(t, stage)
	b.Do(chromedp.Navigate(linkIn(t, box.Last(), "/mail/confirm")), chromedp.WaitVisible("button[value=confirm]"), chromedp.Click("button[value=confirm]"), chromedp.WaitVisible("button[value=leave]"))
	if made = listed(t, site, key); made[0].State != "active" {
		t.Fatalf("after the press: %+v", made)
	}

	// The warning, its link to the subscriptions, and what they say there.
	w.fire(t, "retrieval-augmented-generation")
	notifyOnce(t, stage)
	mail := box.Last()
	if len(box.Mails()) != 2 || strings.Contains(mail, "DELETE") || strings.Contains(mail, "/api/v1") {
		t.Fatalf("%d mails, the last of them\n%s", len(box.Mails()), mail)
	}
	linkIn(t, mail, "/mail/leave")
	b.Do(chromedp.Navigate(linkIn(t, mail, "/subscribe")+"?lang=en"), chromedp.WaitReady("#subscribe-form"), chromedp.Click("#mine-load"), chromedp.WaitVisible("#mine li"))
	if mine := b.Text("#mine"); !strings.Contains(mine, "Retrieval-augmented generation · Zhejiang") || !strings.Contains(mine, "planner@uni.example · active") {
		t.Errorf("listed %q", mine)
	}

	// Changed to another skill and a webhook beside; then ended.
	b.Do(chromedp.Click("#mine li button:nth-of-type(1)"), chromedp.WaitVisible("#f-cancel"), chromedp.Click("#c-skills li button"),
		chromedp.SendKeys("#f-skills", "CUDA"), chromedp.SetValue("#f-webhook", "https://uni.example/hook"), chromedp.SetValue("#f-language", "en"), chromedp.Click("#f-submit"), chromedp.WaitVisible("#form-summary.good"))
	if said := b.Text("#form-summary"); !strings.Contains(said, "Changed.") || !strings.Contains(said, "Signing secret, shown this once") {
		t.Errorf("told %q", said)
	}
	now := listed(t, site, key)
	if len(now) != 1 || now[0].ID != made[0].ID || now[0].State != "active" || now[0].WebhookURL != "https://uni.example/hook" || now[0].Email != "planner@uni.example" || now[0].Skills[0] != "cuda" || now[0].Language != "en" {
		t.Errorf("changed to %+v", now)
	}
	b.Do(testenv.Width(390))
	if overflow, what := b.Overflow(); overflow > 0 {
		t.Errorf("the page is %d px too wide for a phone: %v", overflow, what)
	}
	b.Picture("subscribe-390-en")
	browser.Get(b, chromedp.Evaluate[bool](`(window.confirm = () => true)()`))
	b.Do(chromedp.Click("#mine li button:last-of-type"), chromedp.WaitNotPresent("#mine li"))
	if left := listed(t, site, key); len(left) != 0 {
		t.Errorf("after the end: %+v", left)
	}
	rows, err := json.Marshal(listed(t, site, key))
	if err != nil || string(rows) != "[]" {
		t.Errorf("%s, %v", rows, err)
	}
	for _, s := range b.Complaints() {
		if !strings.Contains(s, "/favicon.ico") { // the pages of mails' links have none
			t.Errorf("the browser complains: %s", s)
		}
	}
}
