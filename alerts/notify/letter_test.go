package notify_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Every letter that can be written has all its words, in its own language, and the numbers as the pages write them.
func TestLettersAreWhole(t *testing.T) {
	supply, gap := 12.44, 22.04
	english := regexp.MustCompile(`[A-Za-z]{2,} [A-Za-z]{2,}`)
	texts, err := words.LoadAll()
	if err != nil {
		t.Fatal(err)
	}
	for lang, text := range texts {
		n := words.Names{Lang: lang, Text: text, Skills: map[string]talent.Skill{"rag": {ID: "rag", NameZH: "检索增强生成", NameEN: "Retrieval-augmented generation"}}}
		var letters []notify.Letter
		for _, grain := range []talent.Grain{talent.Week, talent.Month} {
			for _, kind := range []talent.AlertEventKind{talent.EventFired, talent.EventEscalated, talent.EventResolved} {
				for _, severity := range []talent.Severity{talent.Blue, talent.Yellow, talent.Orange, talent.Red} {
					for _, known := range []bool{true, false} {
						for courses := range 11 {
							m := notify.Message{Names: n, BaseURL: "https://gapwatch.example", Sample: courses%2 == 0, LastToday: known, Programmes: min(courses, 2), Subscription: talent.Subscription{ID: "s1"},
								Event: talent.AlertEvent{Kind: kind, Grain: grain, Skill: "rag", Region: "440000", Severity: severity, Opened: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
									Evidence: talent.Evidence{Period: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), Window: 1 + courses%4, Observed: 1234.4, Expected: 12.44, Lower: 3.04, Upper: 18.62, P: 1e-9,
										TrendYear: float64(courses-5) / 10, Requested: float64(courses), Requesters: courses, Stated: 40, Vacancies: 1000, Employers: 17, Exposure: 24000, History: 104}}}
							if known {
								m.Event.Evidence.Supply, m.Event.Evidence.Gap = &supply, &gap
							}
							for range max(0, courses-1) {
								m.Courses = append(m.Courses, notify.Course{Programme: notify.Theirs("人工智能"), Title: notify.Theirs("大模型应用"), Hours: 32, Required: known})
							}
							letters = append(letters, notify.Write(m))
						}
					}
				}
			}
		}
		for _, l := range []*notify.Letter{notify.Ask(n, notify.Theirs("湖畔大学"), 7, "https://gapwatch.example/mail/confirm?t=T"), notify.Failing(n, notify.Theirs("湖畔"), subscribe.Standing{Detail: "http_5xx"}, "s1", "https://gapwatch.example/subscribe")} {
			letters = append(letters, notify.Write(notify.Message{Names: n, BaseURL: "https://gapwatch.example", Letter: l}))
		}
		for _, l := range letters {
			all := strings.Join([]string{l.Subject, l.Title, l.Lead, l.Sample, l.FactsAre, fmt.Sprint(l.Facts), fmt.Sprint(l.Notes), l.NextIs, fmt.Sprint(l.Next), l.Picture, l.LinkText, l.Why, l.Leave, l.Manage}, "\n")
			if strings.Contains(all, "⟦") || regexp.MustCompile(`\{\d\}`).MatchString(all) {
				t.Fatalf("%s: a word is missing in\n%s", lang, all)
			}
			if lang == words.Chinese {
				if found := english.FindString(all); found != "" {
					t.Fatalf("%q in a Chinese letter:\n%s", found, all)
				}
			}
			if l.Facts == nil {
				continue
			}
			for _, number := range []string{"1,234", "12.4", "3.0 – 18.6", "<0.001%"} {
				if !strings.Contains(all, number) {
					t.Fatalf("%s: no %s in\n%s", lang, number, all)
				}
			}
		}
	}
}
