package normalise_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/aggregate/dedup"
	"github.com/gapwatch/gapwatch/aggregate/normalise"
	"github.com/gapwatch/gapwatch/internal/mask"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// A posting that the outbox masked and the same one of a producer that did not are one fact and one vacancy.
func TestMaskedBeforeOrAfter(t *testing.T) {
	field := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{
		"北京市海淀区 13800138000", "算法工程师 hr@xinghe.example.com", "联系人：张先生", "本科及以上，3-5年经验", "15-25k·14薪", "招聘 3 名，微信：xinghe_hr",
		"San Francisco, CA (415) 555-0132", "PhD, 5+ years; contact: Jane Doe", "mailto:jane@example.com", "https://example.com/apply?to=jane%40example.com",
	}))
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) string { return field.Draw(t, name) }
		p := talent.Posting{Source: "board", Key: draw("key"), URL: draw("url"), Title: draw("title"), Employer: draw("employer"), Location: draw("location"),
			Industry: draw("industry"), Education: draw("education"), Experience: draw("experience"), Salary: draw("salary"), Text: draw("text") + draw("more"), FirstSeen: time.Unix(1_760_000_000, 0)}
		p.ID = talent.PostingID(p.Source, p.Key)
		masked, _ := mask.Posting(p)
		a, b := normalise.Posting(p), normalise.Posting(masked)
		if a.VacancyID, b.VacancyID = dedup.VacancyID(a), dedup.VacancyID(b); a.ID != p.ID || !equal(a, b) {
			t.Fatalf("%+v\n%+v", a, b)
		}
	})
}

// equal compares what normalise fills; the lists are filled by others.
func equal(a, b talent.PostingFact) bool { return reflect.DeepEqual(a, b) }

// FuzzPosting: no text makes it panic, and what it stores is masked.
func FuzzPosting(f *testing.F) {
	f.Add("算法工程师", "示例科技", "北京 / 上海", "计算机", "本科", "3-5年", "15-25k", "招聘 3 名 a@b.com")
	f.Add("ML", "Acme (YC)", "Remote, US", "\xff", "PhD", "5+ years", "$120,000", "tel 13800138000")
	f.Fuzz(func(t *testing.T, title, employer, location, industry, education, experience, salary, text string) {
		p := talent.Posting{Source: "s", Key: "k", Title: title, Employer: employer, Location: location, Industry: industry, Education: education, Experience: experience, Salary: salary, Text: text}
		fact := normalise.Posting(p)
		for _, s := range []string{fact.Title, fact.Employer, fact.Location, fact.Text} {
			if mask.Text(s) != s {
				t.Errorf("%q is stored, masked it would be %q", s, mask.Text(s))
			}
		}
		dedup.VacancyID(fact)
	})
}
