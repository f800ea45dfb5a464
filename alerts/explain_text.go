package alerts

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// WriteText writes the explanation for people, in zh or en.
func (x Explanation) WriteText(w io.Writer, lang string) error {
	say := func(zh, en string) string {
		if lang == "zh" {
			return zh
		}
		return en
	}
	var b strings.Builder
	last := x.Steps[len(x.Steps)-1]
	letter := notify.Write(notify.Message{Event: last.Event, Skill: x.Skill, Subscription: talent.Subscription{Language: lang}})
	fmt.Fprintf(&b, "%s\n%s\n\n%s\n\n", letter.Title, strings.Repeat("─", 60), letter.Lead)
	fmt.Fprintf(&b, "%s  %s   %s  %s\n", say("预警", "alert"), x.Alert.ID, say("序列", "series"), x.Series)
	for _, f := range letter.Facts {
		fmt.Fprintf(&b, "  %s: %s\n", f.Label, f.Value)
	}
	for _, u := range letter.Unknown {
		fmt.Fprintf(&b, "  %s\n", u)
	}
	for _, s := range x.Steps {
		fmt.Fprintf(&b, "\n%s %s · %s · %s\n", s.Event.Evidence.Period.Format(time.DateOnly), s.Event.Kind,
			notify.Severity(s.Event.Severity, lang), say("存储值与由事实重算的值：", "stored, and recomputed from the facts:"))
		t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
		for _, c := range s.Checks {
			verdict := say("相同", "same")
			if !c.Same {
				verdict = say("不同！", "DIFFERENT")
			}
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", c.Name, c.Stored, c.Recomputed, verdict)
		}
		if err := t.Flush(); err != nil {
			return fmt.Errorf("write explanation: %w", err)
		}
		if s.Changed > 0 {
			fmt.Fprintf(&b, say("  评估之后，其历史和窗口中有 %d 期的事实发生了变化（迟到的岗位或更正）。\n",
				"  Facts of %d periods of its history and window changed after the evaluation (late postings or corrections).\n"), s.Changed)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", say("窗口内最近的岗位：", "Latest postings in the window:"))
	for _, p := range x.Postings {
		fmt.Fprintf(&b, "  %s  %s  %s · %s  ×%d  %s\n", p.Date.Format(time.DateOnly), p.ID, p.Employer, p.Title, p.Openings, p.URL)
	}
	if len(x.Postings) == 0 {
		fmt.Fprintf(&b, "  %s\n", say("无（需求来自企业直接提报）", "none (the demand was asked for directly)"))
	}
	if len(x.Notifications) > 0 {
		fmt.Fprintf(&b, "\n%s\n", say("通知记录：", "Notifications:"))
		for _, n := range x.Notifications {
			fmt.Fprintf(&b, "  %s  %s %s  %s, %s (%d)\n", n.At.Format(time.RFC3339), n.Channel, n.Target, n.Status, n.Reason, n.Attempt)
		}
	}
	if x.Same {
		fmt.Fprintf(&b, "\n%s\n", say("结论：每个数字都能由事实重算得出。", "Verdict: every number comes out of the facts again."))
	} else {
		fmt.Fprintf(&b, "\n%s\n", say("结论：有数字与重算结果不同，见上。", "Verdict: some numbers differ, see above."))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	return nil
}
