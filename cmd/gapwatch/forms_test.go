package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// visitor is a person at a browser.
type visitor struct {
	*testing.T
	ctx context.Context
}

func (v visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.Helper()
	if err := chromedp.Do(v.ctx, steps...); err != nil {
		v.Fatal(err)
	}
}

func (v visitor) text(sel string) string {
	v.Helper()
	s, err := chromedp.Run(v.ctx, chromedp.Text(sel))
	if err != nil {
		v.Fatal(err)
	}
	return s
}

// eval returns what a script says.
func (v visitor) eval(script string) string {
	v.Helper()
	s, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		v.Fatal(err)
	}
	return s
}

// until waits for a script to say yes.
func (v visitor) until(script string) {
	v.Helper()
	if _, err := chromedp.Run(v.ctx, chromedp.Poll[bool](script)); err != nil {
		v.Fatalf("%s: %v; the page says %s", script, err, v.text("main"))
	}
}

// checkFile has the page show what would become of a table.
func (v visitor) checkFile(name, table string) {
	v.Helper()
	path := filepath.Join(v.TempDir(), name)
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		v.Fatal(err)
	}
	v.do(chromedp.SetUploadFiles("#u-file", []string{path}), chromedp.Click("#upload form button"), chromedp.WaitVisible("[data-part=preview]"))
}

// listens runs the program with its aggregator, for a test in a browser.
func listens(t *testing.T) (*stage, string, visitor) {
	s, base := served(t, func(*config.Config) {})
	a, err := newAggregator(s)
	if err != nil {
		t.Fatal(err)
	}
	keepRunning(t, a.Run)
	return s, base, visitor{t, testenv.Browser(t)}
}

// An enterprise picks a skill by the words that it uses, then uploads a table with a mistake, corrects it and sends it.
func TestRequestsInABrowser(t *testing.T) {
	s, base, v := listens(t)
	v.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(base+"/request?lang=zh"), chromedp.WaitReady("#request-form"),
		chromedp.SetValue("#f-key", s.key(t, "Nebula Robotics", talent.RoleEnterprise)))
	for i, typed := range []string{"大模型", "LLM", "dmx"} {
		v.do(chromedp.SendKeys("#f-skill", typed), chromedp.WaitVisible("#f-skill-list"))
		if role, open := v.eval(`document.getElementById("f-skill").role`), v.eval(`document.getElementById("f-skill").ariaExpanded`); role != "combobox" || open != "true" {
			t.Errorf("the picker is a %s, expanded %s", role, open)
		}
		v.do(chromedp.KeyEvent(kb.ArrowDown))
		if chosen := v.eval(`document.querySelector("#" + document.getElementById("f-skill").getAttribute("aria-activedescendant") + "[aria-selected=true]").textContent`); !strings.Contains(chosen, "大语言模型") {
			t.Errorf("%s offers %q first", typed, chosen)
		}
		if i == 0 {
			testenv.Picture(v.ctx, t, "picker-zh")
		}
		if i == 2 {
			v.do(chromedp.KeyEvent(kb.Escape), chromedp.WaitNotVisible("#f-skill-list"), chromedp.KeyEvent(kb.ArrowDown), chromedp.WaitVisible("#f-skill-list"), chromedp.Click("#f-skill-list li"))
		} else {
			v.do(chromedp.KeyEvent(kb.Enter))
		}
		v.do(chromedp.SetValue("#f-heads", fmt.Sprint(i+1)), chromedp.Click("#f-submit"))
		v.until(fmt.Sprintf(`document.querySelectorAll("#mine li").length === %d`, i+1))
		if mine := v.text("#mine"); !strings.Contains(mine, fmt.Sprintf("大语言模型 · %d 人", i+1)) {
			t.Errorf("after %s the list is %s", typed, mine)
		}
	}
	// Without a choice the text itself is sent, and the answer names what may be meant, in the page's language.
	v.do(chromedp.SendKeys("#f-skill", "LLMM"), chromedp.SetValue("#f-heads", "1"), chromedp.Click("#f-submit"), chromedp.WaitVisible("#e-skill"))
	if says := v.text("#e-skill"); !strings.Contains(says, "您是否指") || !strings.Contains(says, "大语言模型") {
		t.Errorf("LLMM: %s", says)
	}

	const table = "技能,人数,地区\nRAG,2,杭州\nK8s,两个,\n昇腾,1,北京\n"
	v.checkFile("requests.csv", table)
	rows := v.text("[data-part=rows]")
	testenv.Picture(v.ctx, t, "upload-wrong-zh")
	for _, want := range []string{"检索增强生成", "杭州市", "应为 1 至 10000 的整数", "不接收", "AI 芯片", "新增"} {
		if !strings.Contains(rows, want) {
			t.Errorf("the preview does not show %s: %s", want, rows)
		}
	}
	if sum := v.text("[data-part=sum]"); sum != "可提交 2 项，未变 0 项，有错误 1 项" {
		t.Errorf("the preview sums up: %s", sum)
	}
	if got, _, err := s.backend.store.RequestsByOrg(t.Context(), org.ID("Nebula Robotics"), "", 10); err != nil || len(got) != 3 {
		t.Errorf("after a preview there are %d requests: %v", len(got), err)
	}
	v.checkFile("corrected.csv", strings.Replace(table, "两个", "2", 1))
	v.until(`document.querySelectorAll("[data-part=rows] .error").length === 0`)
	v.do(chromedp.Click("[data-part=send]"))
	v.until(`document.querySelectorAll("#mine li").length === 6`)
	if told, mine := v.text("#form-summary"), v.text("#mine"); !strings.Contains(told, "接收 3 项") || !strings.Contains(mine, "Kubernetes 编排 · 2 人") {
		t.Errorf("sent: %s\n%s", told, mine)
	}
	testenv.Picture(v.ctx, t, "upload-sent-zh")
}

// A university uploads its programmes with a mistake, corrects it, sends them, and closes one.
func TestProgrammesInABrowser(t *testing.T) {
	s, base, v := listens(t)
	v.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(base+"/programmes?lang=en"), chromedp.WaitReady("#upload"),
		chromedp.SetValue("#f-key", s.key(t, "Lakeside University", talent.RoleUniversity)))
	const table = "school,name,degree,region,cohort_size,graduation_month,first_year,course,description,hours,required\n" +
		"Lakeside,AI,bachelor,Hangzhou,120,6,2024,Deep learning,\"PyTorch, transformers\",48,yes\n" +
		"Lakeside,AI,bachelor,Hangzhou,120,6,2024,Ethics,,16,perhaps\n" +
		"Lakeside,Data,master,Hangzhou,30,7,2025,,,,\n"
	v.checkFile("programmes.csv", table)
	if sum, rows := v.text("[data-part=sum]"), v.text("[data-part=rows]"); sum != "1 to take, 0 unchanged, 1 with errors" || !strings.Contains(rows, "must be yes or no") {
		t.Errorf("the preview shows %s\n%s", sum, rows)
	}
	testenv.Picture(v.ctx, t, "programmes-wrong-en")
	v.checkFile("corrected.csv", strings.Replace(table, "perhaps", "no", 1))
	v.until(`document.querySelectorAll("[data-part=rows] .error").length === 0`)
	v.do(chromedp.Click("[data-part=send]"))
	v.until(`document.querySelectorAll("#mine li").length === 2`)
	if mine := v.text("#mine"); !strings.Contains(mine, "Lakeside · AI · bachelor") || !strings.Contains(mine, "courses: 2") {
		t.Errorf("registered: %s", mine)
	}
	v.eval(`(window.confirm = () => true, "")`)
	v.do(chromedp.Click("#mine li button"))
	v.until(`document.querySelectorAll("#mine li.gone").length === 1`)
	testenv.Picture(v.ctx, t, "programmes-sent-en")
}
