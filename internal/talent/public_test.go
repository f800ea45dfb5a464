package talent_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestPublic(t *testing.T) {
	for in, want := range map[string]string{
		"open /srv/gapwatch/dumps/jobs.jsonl: permission denied":           "open jobs.jsonl: permission denied",
		"/var/lib/gapwatch/clickhouse/store/8cb/x/data.bin":                "data.bin",
		`write "/home/anna/data/kafka/segment": no space`:                  `write "segment": no space`,
		"https://jobs.example.com/a/b/c.html: 404":                         "https://jobs.example.com/a/b/c.html: 404",
		"3 pages read, 0 unchanged, 3 postings sent":                       "3 pages read, 0 unchanged, 3 postings sent",
		"全部读取（/data/岗位/清单.csv）":                                            "全部读取（清单.csv）",
		"nothing was read: robots.txt of https://x.example/ (/root/r/x.c)": "nothing was read: robots.txt of https://x.example/ (x.c)",
	} {
		if got := talent.Public(in); got != want {
			t.Errorf("Public(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPublicOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"/srv/dumps/2024/ ../../x/jobs.jsonl.gz": "2024 jobs.jsonl.gz",
		"https://jobs.example.com/list?page=1":   "https://jobs.example.com/list?page=1",
		"file:///etc/passwd":                     "passwd",
		`C:\Users\anna\jobs.csv`:                 "jobs.csv",
		"":                                       "",
	} {
		if got := talent.PublicOrigin(in); got != want {
			t.Errorf("PublicOrigin(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestPublicHidesEveryPath: wherever a path stands in a text, its folders do not come out.
func TestPublicHidesEveryPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z][a-z0-9._-]{2,8}`)
		folder := "secret-folder"
		path := "/" + word.Draw(t, "first") + "/" + folder + "/" + word.Draw(t, "file")
		frame := rapid.SampledFrom([]string{"%", "open %: denied", `read "%"`, "(%)", "x=% failed", "a, %, b", "[%]", "'%'"}).Draw(t, "frame")
		for _, got := range []string{talent.Public(strings.ReplaceAll(frame, "%", path)), talent.PublicOrigin(path)} {
			if strings.Contains(got, folder) {
				t.Fatalf("%q shows %q", got, folder)
			}
		}
	})
}
