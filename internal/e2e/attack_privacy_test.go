//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func privacyAttacks() []attack {
	return []attack{
		{"privacy: contacts of recruiters in the files of topics and tables", "the topic held every contact for as long as it kept the message", contactsOnDisk},
		{"outbox: a posting whose text is &amp; 200,000 times", "Message Size Too Large, batch not committed, the source never again", oversizedPosting},
	}
}

// contacts are in every field; canary is beside them, so that finding nothing means that nothing is there.
const (
	contacts = "投 hr.zhangwei@xinghe-secret.com 或 lisa at northwind-secret dot com 电话 13866668888 座机 021-55556666 微信：secretwx_77 QQ：876543219 联系人：欧阳秘女士"
	canary   = "canary-7f3a"
)

var secrets = []string{"hr.zhangwei", "xinghe-secret", "northwind-secret", "13866668888", "55556666", "secretwx_77", "876543219", "欧阳秘"}

// contactsOnDisk crawls a board, imports a dump and produces broken messages, all with contacts in every field, and
// reads the bytes of the data directory.
func contactsOnDisk(t *testing.T, _ *victim) string {
	p := newProgram(t)
	page := map[string]any{"@context": "https://schema.org", "@type": "JobPosting", "title": "算法工程师 " + contacts, "datePosted": "2026-04-02",
		"description": canary + " " + contacts + " 负责大模型训练与推理优化，熟悉 PyTorch", "hiringOrganization": map[string]any{"@type": "Organization", "name": "星河 " + contacts},
		"jobLocation": map[string]any{"@type": "Place", "address": "上海 " + contacts}, "industry": "软件 " + contacts, "experienceRequirements": contacts,
		"identifier": map[string]any{"@type": "PropertyValue", "value": "hr.zhangwei@xinghe-secret.com"}, "url": "mailto:hr.zhangwei@xinghe-secret.com"}
	text, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	board := boardOf(t, "/jobs/1?apply=hr.zhangwei%40xinghe-secret.com&amp;tel=13866668888", string(text))
	dir, dump := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "dump.jsonl")
	row, err := json.Marshal(map[string]any{"id": "hr.zhangwei@xinghe-secret.com", "url": "https://x.example.com/a?wechat=secretwx_77&to=hr.zhangwei%2540xinghe-secret.com", "title": "工程师 " + contacts,
		"company": "星河 " + contacts, "location": "上海 " + contacts, "industry": contacts, "education": "本科 " + contacts, "experience": "3 年 " + contacts, "salary": "20k " + contacts, "text": canary + contacts, "date": "2026-04-02"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dump, row, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := writeConfig(t, fmt.Sprintf("http: {listen: '127.0.0.1:0'}\nlog: {level: debug}\nfetch: {allow_private: [%q]}\nsources:\n  - {name: board, kind: site, url: %q, rate: 1000, schedule: '@every 24h'}\n", strings.TrimPrefix(board.URL, "http://"), board.URL+"/"))
	up := p.start(t, "up", "--config", cfg, "--data", dir)
	up.ready(t, "Gapwatch is ready: ")
	out, _, _ := p.run(t, 0, "import", "--config", cfg, "--data", dir, "--source", "dump", dump)
	if !strings.Contains(out, "1 with personal data masked") {
		t.Errorf("the import does not say that it masked: %s", out)
	}
	// Another producer, who masks nothing: broken messages become dead letters, a sound one a fact.
	info := runtimeInfo(t, dir)
	client, err := kafka.New(kafka.Config{Brokers: []string{info.Kafka}, Partitions: 1, Replication: 1, User: info.User, Password: info.Password}, testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	broken := []kafka.Message{{Key: []byte("a"), Value: []byte(`{"id":"1","text":"` + canary + contacts + `"`)}, {Key: []byte("b"), Value: append(row[:len(row)-1:len(row)-1], `,"openings":"`+canary+`"}`...)}}
	up.until(t, "both postings", func() bool { return query(t, dir, "SELECT count() FROM postings FINAL")[0][0] == "2" })
	before := written(t, dir, secrets)
	if err := client.Write(t.Context(), talent.TopicPostings, broken...); err != nil {
		t.Fatal(err)
	}
	up.until(t, "two dead letters", func() bool { return strings.Count(up.stderr.String(), "message set aside as a dead letter") >= 2 })
	up.until(t, "the end of the run", func() bool { return query(t, dir, "SELECT count() FROM crawl_runs FINAL")[0][0] == "1" })
	for _, table := range []string{"postings", "crawl_pages", "crawl_runs"} {
		for _, r := range query(t, dir, "SELECT * FROM "+table+" FORMAT JSONEachRow") {
			mustNotHold(t, table, strings.Join(r, " "))
		}
	}
	mustNotHold(t, "the log", up.stderr.String())
	up.stop(t)
	// What the foreign producer wrote is in its own topic; everywhere else there is nothing.
	found, bytesRead, canaries := 0, int64(0), 0
	for path, hits := range written(t, dir, secrets) {
		if strings.Contains(path, "postings.v1") {
			if before[path] > 0 {
				t.Errorf("%s held contacts before anyone else wrote to it", path)
			}
			continue
		}
		found += hits
		if hits > 0 {
			t.Errorf("%s holds contacts", path)
		}
	}
	for path, hits := range written(t, dir, []string{canary}) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		bytesRead, canaries = bytesRead+info.Size(), canaries+hits
	}
	if canaries < 4 {
		t.Errorf("the canary was found %d times: the search finds nothing", canaries)
	}
	return fmt.Sprintf("0 of %d contacts in %.1f MB of files, tables and log; the canary beside them %d times", len(secrets), float64(bytesRead)/1e6, canaries)
}

func mustNotHold(t *testing.T, where, s string) {
	t.Helper()
	for _, secret := range secrets {
		if i := strings.Index(s, secret); i >= 0 {
			t.Errorf("%s holds %s: …%s", where, secret, s[max(0, i-80):min(len(s), i+80)])
		}
	}
}

// written counts the words that stand in each file of a directory, raw or as base64, which dead letters are.
func written(t *testing.T, dir string, words []string) map[string]int {
	t.Helper()
	out := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil // merged away meanwhile
		}
		b = append(b, unbase64(b)...)
		out[path] = 0
		for _, w := range words {
			out[path] += bytes.Count(b, []byte(w))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unbase64 decodes every long run of base64 in b.
func unbase64(b []byte) []byte {
	var out []byte
	for _, run := range regexp.MustCompile(`[A-Za-z0-9+/]{40,}`).FindAll(b, -1) {
		text := make([]byte, base64.StdEncoding.DecodedLen(len(run)))
		if n, err := base64.StdEncoding.Decode(text, run[:len(run)/4*4]); err == nil {
			out = append(out, text[:n]...)
		}
	}
	return out
}

// boardOf serves a site with one job page.
func boardOf(t *testing.T, path, jsonld string) *httptest.Server {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			fmt.Fprintf(w, "User-agent: *\nAllow: /\nSitemap: %s/sitemap.xml\n", s.URL)
		case "/sitemap.xml":
			fmt.Fprintf(w, `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>%s%s</loc></url><url><loc>%s/jobs/2?q=lisa%%40northwind-secret.com</loc></url></urlset>`, s.URL, path, s.URL)
		case "/jobs/1":
			fmt.Fprintf(w, `<html><script type="application/ld+json">%s</script></html>`, strings.ReplaceAll(jsonld, "</", `<\/`))
		default:
			http.Error(w, "no", http.StatusForbidden)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// oversizedPosting crawls a board with a text that JSON makes six times as long, beside an ordinary posting.
func oversizedPosting(t *testing.T, _ *victim) string {
	p := newProgram(t)
	job := func(id int, text string) string {
		return fmt.Sprintf(`{"id":%d,"title":"AI engineer %d","absolute_url":"https://x.example.com/%d","content":%q,"location":{"name":"Berlin"}}`, id, id, id, text)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			return
		}
		fmt.Fprintf(w, `{"jobs":[%s,%s,%s]}`, job(1, strings.Repeat("&amp;amp;", 200_000)), job(2, "We train models."), job(3, strings.Repeat(`&lt;p&gt;&lt;/p&gt;\`, 60_000)))
	}))
	t.Cleanup(s.Close)
	dir := filepath.Join(t.TempDir(), "data")
	cfg := writeConfig(t, fmt.Sprintf("http: {listen: '127.0.0.1:0'}\nfetch: {allow_private: [%q]}\nsources:\n  - {name: board, kind: greenhouse, url: %q, rate: 1000, schedule: '@every 24h'}\n", strings.TrimPrefix(s.URL, "http://"), s.URL+"/v1/boards/x/jobs"))
	began := time.Now()
	up := p.start(t, "up", "--config", cfg, "--data", dir)
	up.ready(t, "Gapwatch is ready: ")
	up.until(t, "three postings", func() bool { return query(t, dir, "SELECT count() FROM postings FINAL")[0][0] == "3" })
	up.until(t, "the end of the run", func() bool { return query(t, dir, "SELECT count() FROM crawl_runs FINAL")[0][0] == "1" })
	reason := query(t, dir, "SELECT outcome, reason FROM crawl_runs FINAL")[0]
	if reason[0] != "complete" || !strings.Contains(reason[1], "shortened") {
		t.Errorf("the run ended as %v", reason)
	}
	took := time.Since(began)
	up.stop(t)
	return fmt.Sprintf("3 of 3 postings stored in %.0f s, run %s: %s", took.Seconds(), reason[0], reason[1])
}
