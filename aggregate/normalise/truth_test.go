package normalise_test

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/aggregate/normalise"
	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// tally counts how a field was read against what its column says.
type tally struct{ stated, read, right, invented int }

func (c *tally) add(stated, read, right bool) {
	switch {
	case stated && read:
		c.stated++
		c.read++
		if right {
			c.right++
		}
	case stated:
		c.stated++
	case read:
		c.invented++
	}
}

// TestTruth reads a board's listing whose columns state salary, place, experience, degree and heads, and holds
// the result against those columns, read here by other means. It prints the figures of docs/quality.md.
func TestTruth(t *testing.T) {
	rows := readCSV(t, testenv.Shared(t, "data/postings/liepin-2026-zh/cleaned.csv"))
	fields := map[string]*tally{}
	field := func(name string) *tally {
		if fields[name] == nil {
			fields[name] = &tally{}
		}
		return fields[name]
	}
	monthly := regexp.MustCompile(`^(\d+)-(\d+)k(·\d+薪)?$`)
	daily := regexp.MustCompile(`^(?:(\d+)-)?(\d+)元/天$`)
	years := regexp.MustCompile(`^(\d+)(?:-\d+)?年(以上)?$`)
	heads := regexp.MustCompile(`^招(\d+)人$`)
	degrees := map[string]string{"本科": "bachelor", "统招本科": "bachelor", "大专": "college", "硕士": "master", "博士": "doctor"}
	tiers, industries, masked := map[talent.Tier]int{}, 0, 0
	for _, r := range rows {
		openings, stated := normalise.OpeningsIn(r["recruit_count"])
		p := talent.Posting{
			Source: "truth", Key: r["job_url"], Title: r["title"], Employer: r["company_name"], Location: r["location"], Industry: r["company_industry"],
			Education: r["education"], Experience: r["experience"], Salary: r["salary"], Text: r["job_description"], Openings: openings,
		}
		f := normalise.Posting(p)

		city, _, _ := strings.Cut(r["location"], "-")
		name, _ := codes.Region(f.Region)
		field("region").add(city != "", f.Region != "", len(f.Region) == 6 && name.ZH == city+"市")
		low, high, has := 0.0, 0.0, true
		if m := monthly.FindStringSubmatch(r["salary"]); m != nil {
			low, high = 1000*number(t, m[1]), 1000*number(t, m[2])
		} else if m := daily.FindStringSubmatch(r["salary"]); m != nil {
			high = 21.75 * number(t, m[2])
			if low = high; m[1] != "" {
				low = 21.75 * number(t, m[1])
			}
		} else {
			has = false
		}
		field("salary").add(has, f.SalaryMax > 0, abs(low-f.SalaryMin) < 1 && abs(high-f.SalaryMax) < 1)
		want, has := 0, true
		if m := years.FindStringSubmatch(r["experience"]); m != nil {
			want = int(number(t, m[1]))
		} else {
			has = r["experience"] != ""
		}
		field("experience").add(has, f.ExperienceYears >= 0, int(f.ExperienceYears) == want)
		if m := years.FindStringSubmatch(r["experience"]); m != nil {
			n := normalise.Experience("", r["job_description"])
			field("experience from text alone").add(true, n >= 0, n == int(number(t, m[1])))
		}
		degree := degrees[r["education"]]
		field("education").add(degree != "", f.Education != "", f.Education == degree)
		if degree != "" {
			d := normalise.Education("", r["job_description"])
			field("education from text alone").add(true, d != "", d == degree)
		}
		m := heads.FindStringSubmatch(r["recruit_count"])
		field("openings").add(m != nil, stated, m != nil && openings == int(number(t, m[1])))
		tiers[f.Tier]++
		if f.Industry != "" {
			industries++
		}
		// The texts came masked, so whatever Mask still finds is a false alarm or was overlooked before.
		if f.Text != p.Text {
			masked++
		}
	}
	for _, name := range []string{"region", "salary", "experience", "education", "openings", "experience from text alone", "education from text alone"} {
		c := fields[name]
		t.Logf("%-28s stated %3d, read %3d (%.1f %%), right %3d (%.1f %% of read), invented %d",
			name, c.stated, c.read, 100*float64(c.read)/float64(c.stated), c.right, 100*float64(c.right)/float64(max(c.read, 1)), c.invented)
		if strings.HasSuffix(name, "alone") {
			continue
		}
		if c.read < c.stated*99/100 || c.right < c.read*99/100 || c.invented > 0 {
			t.Errorf("%s: below 99 %%, or invented", name)
		}
	}
	t.Logf("%d postings: tier lead %d, backbone %d, reserve %d, unknown %d; industry known %d; masked anew %d", len(rows),
		tiers[talent.TierLead], tiers[talent.TierBackbone], tiers[talent.TierReserve], tiers[""], industries, masked)
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func readCSV(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	var rows []map[string]string
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		row := map[string]string{}
		for i, v := range rec {
			row[head[i]] = v
		}
		rows = append(rows, row)
	}
}
