package crawl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestGreenhouseBoard(t *testing.T) {
	b := newBoard(t)
	job := func(id int, title string) string {
		return fmt.Sprintf(`{"id":%d,"title":%q,"absolute_url":"https://boards.example/jobs/%d","updated_at":"2026-11-02T10:00:00Z","location":{"name":"Chengdu"},"content":"&lt;p&gt;Train models&lt;/p&gt;"}`, id, title, id)
	}
	serve := func(jobs ...string) {
		b.text("/v1/boards/acme/jobs", "application/json", `{"jobs":[`+strings.Join(jobs, ",")+`]}`)
	}
	serve(job(1, "Engineer"), job(2, "Scientist"))
	s := Source{Name: "acme", Kind: KindGreenhouse, URL: b.URL + "/v1/boards/acme/jobs?content=true", Employer: "Acme Robotics", Rate: 1e6}
	r := newRig(t, fastConfig(), b, s)
	run := r.crawl("acme")
	r.want(run, talent.RunComplete, "2 postings sent")
	if run.Listed != 2 {
		t.Errorf("listed %d, want 2", run.Listed)
	}
	for _, p := range r.postings() {
		if p.Employer != "Acme Robotics" || p.Location != "Chengdu" || !strings.Contains(p.Text, "Train models") {
			t.Errorf("posting %+v", p)
		}
	}
	r.want(r.crawl("acme"), talent.RunComplete, "1 unchanged; 0 postings sent") // 304
	serve(job(1, "Engineer"), job(2, "Senior scientist"), job(3, "Analyst"))
	r.want(r.crawl("acme"), talent.RunComplete, "2 postings sent") // the changed and the new one
	all := r.postings()
	if len(all) != 4 || distinct(all) != 3 {
		t.Errorf("%d postings, %d distinct; want 4 and 3", len(all), distinct(all))
	}
	for _, p := range all {
		if old := p.Title == "Senior scientist"; old != p.FirstSeen.Before(p.Fetched) {
			t.Errorf("%s first seen %s, fetched %s", p.Title, p.FirstSeen, p.Fetched)
		}
	}
	b.text("/v1/boards/acme/jobs", "application/json", `{"jobs":[]}`)
	r.want(r.crawl("acme"), talent.RunEmpty, "there was no posting")
	b.text("/v1/boards/acme/jobs", "application/json", `{"error":"maintenance"`)
	r.want(r.crawl("acme"), talent.RunFailed, "nothing was read")
	b.status("/v1/boards/acme/jobs", 404)
	r.want(r.crawl("acme"), talent.RunFailed, "answered 404")
}

func TestFeed(t *testing.T) {
	b := newBoard(t)
	b.text("/feed.xml", "application/rss+xml", `<?xml version="1.0"?><rss version="2.0"><channel><title>Jobs</title><link>https://jobs.example/</link>
		<item><title>算法工程师</title><link>https://jobs.example/1</link><guid>https://jobs.example/1</guid><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate><description>公司：陇原智能</description></item>
		<item><title>数据工程师</title><link>https://jobs.example/2</link><guid>https://jobs.example/2</guid><description>Spark</description></item></channel></rss>`)
	r := newRig(t, fastConfig(), b, Source{Name: "feed", Kind: KindFeed, URL: b.URL + "/feed.xml", Rate: 1e6, Region: "兰州"})
	r.want(r.crawl("feed"), talent.RunComplete, "2 postings sent")
	for _, p := range r.postings() {
		if p.Title == "" || p.Location != "兰州" {
			t.Errorf("posting %+v", p)
		}
	}
}

func TestHTMLLists(t *testing.T) {
	b := newBoard(t)
	b.status("/robots.txt", 404)
	list := func(next string, ids ...int) string {
		var s strings.Builder
		s.WriteString("<html><body><ul>")
		for _, i := range ids {
			fmt.Fprintf(&s, `<li class="job"><a href="/job/%d"><h2>职位 %d</h2></a><span class="co">西部算力</span><span class="place">兰州</span><time datetime="2026-11-0%d"></time></li>`, i, i, i)
		}
		s.WriteString("</ul>")
		if next != "" {
			fmt.Fprintf(&s, `<a class="next" href=%q>下一页</a>`, next)
		}
		return s.String() + "</body></html>"
	}
	b.handle("/list", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("page") {
		case "":
			_, _ = io.WriteString(w, list("/list?page=2", 1, 2, 3))
		case "2":
			_, _ = io.WriteString(w, list("/list?page=3", 3, 4)) // 3 moved while paging
		case "3":
			_, _ = io.WriteString(w, list("/list", 5)) // leads back to the start
		}
	})
	for i := 1; i <= 5; i++ {
		b.text(fmt.Sprintf("/job/%d", i), "text/html", fmt.Sprintf(`<h1>算法工程师 %d</h1><div class="jd"><p>熟悉 PyTorch</p></div>`, i))
	}
	selectors := parse.Selectors{Item: "li.job", Title: "h2", Employer: ".co", Location: ".place", Date: "time@datetime", Link: "a", Next: "a.next"}
	s := Source{Name: "list", Kind: KindHTML, URL: b.URL + "/list", Rate: 1e6, Selectors: selectors}
	r := newRig(t, fastConfig(), b, s)
	r.want(r.crawl("list"), talent.RunComplete, "3 pages read; 0 unchanged; 5 postings sent")
	for _, p := range r.postings() {
		if !strings.HasPrefix(p.Title, "职位") || p.Employer != "西部算力" || p.PostedAt.IsZero() || !strings.HasPrefix(p.URL, b.URL+"/job/") {
			t.Errorf("posting %+v", p)
		}
	}
	r.want(r.crawl("list"), talent.RunComplete, "3 unchanged; 0 postings sent")

	s.Name, s.Detail = "detail", &parse.Selectors{Title: "h1", Text: ".jd"}
	d := newRigOn(t, fastConfig(), b, r.store, testenv.Kafka(t), nil, s)
	run := d.crawl("detail")
	d.want(run, talent.RunComplete, "5 postings sent")
	for _, p := range d.postings() {
		if !strings.HasPrefix(p.Title, "算法工程师") || p.Text != "熟悉 PyTorch" || p.Employer != "西部算力" || p.Location != "兰州" || p.PostedAt.IsZero() {
			t.Errorf("posting %+v", p)
		}
	}
	d.want(d.crawl("detail"), talent.RunComplete, "5 unchanged; 0 postings sent")
}

// The whole way of a task: due at the start, over Kafka to a worker, and now on demand.
func TestSchedulerAndWorker(t *testing.T) {
	b := newBoard(t)
	b.jobs(5)
	s := site(b)
	off := false
	idle := Source{Name: "off", Kind: KindFeed, URL: b.URL + "/feed.xml", Enabled: &off, Rate: 1e6}
	r := newRig(t, fastConfig(), b, s, idle)
	sched, err := NewScheduler([]Source{s, idle}, r.kafka, r.store, testLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.kafka.Write(t.Context(), talent.TopicCrawl, kafka.Message{Key: []byte("x"), Value: []byte("not json")}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- sched.Run(ctx) }()
	go func() { done <- r.Run(ctx) }()
	eventually(t, func() bool {
		last, err := r.store.LastRuns(t.Context())
		return err == nil && last["board"].Outcome == talent.RunComplete
	})
	b.text("/jobs/1.html", "text/html", jobPage(1, "Staff engineer"))
	if run, err := r.Visit(t.Context(), "board", time.Now()); err != nil || run.Postings != 1 || run.Outcome != talent.RunComplete {
		t.Errorf("visit of a source: %+v, %v", run, err)
	}
	if run, err := r.Visit(t.Context(), "off", time.Now()); err != nil || run.Outcome != talent.RunFailed {
		t.Errorf("visit of a source that is not enabled: %+v, %v", run, err)
	}
	if _, err := r.Visit(t.Context(), "nobody", time.Now()); err == nil {
		t.Error("visit of an unknown source")
	}
	sources, err := r.store.Sources(t.Context())
	if err != nil || len(sources) != 2 || sources[0].Schedule != "@daily" {
		t.Errorf("sources %+v, %v", sources, err)
	}
	buried := 0
	if _, err := r.kafka.Scan(t.Context(), "", talent.TopicDeadLetter, func(rec kafka.Record) error {
		var d talent.DeadLetter
		if json.Unmarshal(rec.Value, &d) == nil && d.Topic == talent.TopicCrawl && string(d.Value) == "not json" {
			buried++
		}
		return nil
	}); err != nil || buried != 1 {
		t.Errorf("%d dead letters, %v", buried, err)
	}
	dirty, err := r.store.DirtyPeriods(t.Context())
	if err != nil || len(dirty) != 1 || !dirty[0].Period.Equal(talent.Week.Start(time.Now())) {
		t.Errorf("dirty periods %+v, %v", dirty, err)
	}
	cancel()
	for range 2 {
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("stopped with %v", err)
		}
	}
	families, err := r.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got[f.GetName()] += m.GetCounter().GetValue()
		}
	}
	if got["gapwatch_crawl_runs_total"] != 3 || got["gapwatch_crawl_postings_total"] != 6 {
		t.Errorf("metrics %v", got)
	}
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			t.Fatal("did not happen within a minute")
		}
		time.Sleep(50 * time.Millisecond)
	}
}
