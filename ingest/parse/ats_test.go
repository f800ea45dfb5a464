package parse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestATS(t *testing.T) {
	for _, c := range []struct {
		name string
		read func([]byte) ([]talent.Posting, error)
		body string
		want []talent.Posting
	}{
		{"greenhouse", parse.Greenhouse, `{"jobs":[
			{"id":81,"absolute_url":"https://boards.example/81","title":"Cook","company_name":"Sample Works","location":{"name":"Graz"},
			 "content":"&lt;p&gt;R&amp;amp;D &lt;b&gt;kitchen&lt;/b&gt;&lt;/p&gt;&lt;ul&gt;&lt;li&gt;one&lt;/li&gt;&lt;/ul&gt;","first_published":"2026-03-01T08:00:00-05:00","updated_at":"2026-03-09T08:00:00-05:00","application_deadline":null},
			{"id":82,"title":"Baker","location":null,"updated_at":"2026-03-01T08:00:00Z"}]}`,
			[]talent.Posting{
				{Key: "81", URL: "https://boards.example/81", Title: "Cook", Employer: "Sample Works", Location: "Graz", Text: "R&D kitchen\n\n- one",
					PostedAt: time.Date(2026, 3, 1, 8, 0, 0, 0, time.FixedZone("", -5*3600))},
				{Key: "82", Title: "Baker", PostedAt: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)},
			}},
		{"greenhouse empty board", parse.Greenhouse, `{"jobs":[],"meta":{"total":0}}`, []talent.Posting{}},
		{"lever", parse.Lever, `[{"id":"a-1","hostedUrl":"https://jobs.example/a-1","text":"Cook","createdAt":1772352000000,
			"descriptionPlain":"We cook.\n","lists":[{"text":"Duties","content":"<li>one</li><li>two</li>"}],"additionalPlain":"Benefits.",
			"categories":{"location":"Graz","allLocations":["Graz","Linz"]},"salaryRange":{"currency":"EUR","interval":"per-year-salary","min":30000,"max":40000}}]`,
			[]talent.Posting{{Key: "a-1", URL: "https://jobs.example/a-1", Title: "Cook", Location: "Graz / Linz", Salary: "EUR 30000-40000 / per-year-salary",
				Text: "We cook.\n\nDuties\n- one\n- two\n\nBenefits.", PostedAt: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}}},
		{"lever empty board", parse.Lever, `[]`, []talent.Posting{}},
		{"ashby", parse.Ashby, `{"jobs":[{"id":"b-1","jobUrl":"https://jobs.example/b-1","title":"Cook","location":"Graz","secondaryLocations":[{"location":"Linz"},{"location":"Graz"}],
			"publishedAt":"2026-03-01T08:00:00.000+00:00","isListed":true,"descriptionHtml":"<p>We cook.</p>","compensation":{"compensationTierSummary":"€30K – €40K"}},
			{"id":"b-2","title":"Secret","isListed":false},{"id":"b-3","title":"Old answer","descriptionPlain":"plain"}]}`,
			[]talent.Posting{
				{Key: "b-1", URL: "https://jobs.example/b-1", Title: "Cook", Location: "Graz / Linz", Salary: "€30K – €40K", Text: "We cook.", PostedAt: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)},
				{Key: "b-3", Title: "Old answer", Text: "plain"},
			}},
	} {
		got, err := c.read([]byte(c.body))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(c.want, got, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) && a.Day() == b.Day() })); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestATSRefuses: an error page in JSON is an error, not an empty board.
func TestATSRefuses(t *testing.T) {
	for name, read := range map[string]func([]byte) ([]talent.Posting, error){"Greenhouse": parse.Greenhouse, "Lever": parse.Lever, "Ashby": parse.Ashby} {
		for _, body := range []string{`{"status":404,"error":"Job not found"}`, `<html>`, ``, `{"jobs":"none"}`, `{"jobs":null}`} {
			if _, err := read([]byte(body)); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s took %q: %v", name, body, err)
			}
		}
	}
}
