package explain

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// WriteText writes the explanation for people, in zh or en.
func (x Explanation) WriteText(w io.Writer, lang string) error {
	text, err := words.Load(lang)
	if err != nil {
		return err
	}
	say := text.Say
	names := words.Names{Lang: lang, Text: text, Skills: map[string]talent.Skill{x.Skill.ID: x.Skill}}
	var b strings.Builder
	letter := notify.Write(notify.Message{Event: x.Steps[len(x.Steps)-1].Event, Names: names})
	fmt.Fprintf(&b, "%s\n%s\n\n%s\n\n", letter.Title, strings.Repeat("─", 60), letter.Lead)
	fmt.Fprintf(&b, "%s  %s   %s  %s\n", say("explain.alert"), x.Alert.ID, say("explain.series"), x.Series)
	for _, f := range letter.Facts {
		fmt.Fprintf(&b, "  %s: %s\n", f.Label, f.Value)
	}
	for _, s := range x.Steps {
		fmt.Fprintf(&b, "\n%s %s · %s · %s\n", words.Day(s.Event.Evidence.Period), say("event."+string(s.Event.Kind)),
			say("severity."+string(s.Event.Severity)+".level"), say("explain.checks"))
		t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
		for _, c := range s.Checks {
			verdict := say("explain.same")
			if !c.Same {
				verdict = say("explain.different")
			}
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", c.Name, c.Stored, c.Recomputed, verdict)
		}
		if err := t.Flush(); err != nil {
			return fmt.Errorf("write explanation: %w", err)
		}
		if s.Changed > 0 {
			fmt.Fprintf(&b, "  %s\n", text.Count("explain.changed", s.Changed))
		}
	}
	fmt.Fprintf(&b, "\n%s\n", say("explain.postings"))
	for _, p := range x.Postings {
		fmt.Fprintf(&b, "  %s  %s  %s · %s  ×%d  %s\n", words.Day(p.Date), p.ID, p.Employer, p.Title, p.Openings, p.URL)
	}
	if len(x.Postings) == 0 {
		fmt.Fprintf(&b, "  %s\n", say("explain.nopostings"))
	}
	if len(x.Notifications) > 0 {
		fmt.Fprintf(&b, "\n%s\n", say("explain.notifications"))
		for _, n := range x.Notifications {
			fmt.Fprintf(&b, "  %s  %s %s  %s, %s (%d)\n", n.At.Format(time.RFC3339), n.Channel, n.Target, n.Status, n.Reason, n.Attempt)
		}
	}
	verdict := say("explain.differs")
	if x.Same {
		verdict = say("explain.allsame")
	}
	fmt.Fprintf(&b, "\n%s\n", verdict)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	return nil
}
