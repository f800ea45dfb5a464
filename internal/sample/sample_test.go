package sample_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/aggregate/skills"
	"github.com/gapwatch/gapwatch/alerts/judge"
	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/sample"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/words"
)

var anchor = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

func get(t *testing.T, client *http.Client, url, etag string) (int, []byte, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, body, res.Header
}

// TestBoard: the board is read by the parsers that read real boards, and each page says what its vacancy asks for.
func TestBoard(t *testing.T) {
	market := sample.New(sample.Config{Seed: 1, Anchor: anchor})
	if d := cmp.Diff(texts(market), texts(sample.New(sample.Config{Seed: 1, Anchor: anchor}))); d != "" {
		t.Fatalf("the same seed and anchor gave another market:\n%s", d)
	}
	now := anchor
	server := httptest.NewServer(sample.NewBoard(market, func() time.Time { return now }))
	defer server.Close()
	count := func() (pages []string) {
		_, body, _ := get(t, server.Client(), server.URL+"/sitemap.xml", "")
		_, maps, err := parse.Sitemap(bytes.NewReader(body), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range maps {
			_, body, _ := get(t, server.Client(), m, "")
			urls, _, err := parse.Sitemap(bytes.NewReader(body), 10000)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range urls {
				pages = append(pages, u.Loc)
			}
		}
		return pages
	}
	pages := count()
	if n := len(market.At(anchor)); len(pages) != n || n < 6000 {
		t.Fatalf("the sitemaps list %d pages of %d vacancies", len(pages), n)
	}
	extractor, err := skills.New()
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pages); i += 97 {
		v := market.At(anchor)[i]
		base, err := url.Parse(pages[i])
		if err != nil {
			t.Fatal(err)
		}
		status, body, header := get(t, server.Client(), pages[i], "")
		found, err := parse.JSONLD(body, base)
		if err != nil || len(found) != 1 || status != http.StatusOK {
			t.Fatalf("%s: %d, %d postings, %v", pages[i], status, len(found), err)
		}
		p := found[0]
		if p.PostedAt.Format(time.DateOnly) != v.Published.Format(time.DateOnly) || p.Openings != v.Openings || p.Employer == "" || p.Location == "" {
			t.Errorf("%s: read %+v of %+v", pages[i], p, v)
		}
		complete(&p)
		fact := aggregate.Enrich(p, extractor)
		for _, s := range v.SkillIDs() {
			if !slices.Contains(fact.Skills, s) {
				t.Errorf("%s asks for %s, found %v in\n%s", pages[i], s, fact.Skills, p.Text)
			}
		}
		if fact.Region == "" || fact.Industry == "" || fact.Tier == "" {
			t.Errorf("%s: region %q industry %q tier %q", pages[i], fact.Region, fact.Industry, fact.Tier)
		}
		if status, _, _ := get(t, server.Client(), pages[i], header.Get("ETag")); status != http.StatusNotModified {
			t.Errorf("%s asked conditionally: %d", pages[i], status)
		}
	}
	now = anchor.Add(10 * time.Minute)
	if more := count(); len(more) <= len(pages) {
		t.Errorf("ten minutes later the board lists %d pages, no more than %d", len(more), len(pages))
	}
}

// texts are the first advertisements of a market.
func texts(m *sample.Market) (out []string) {
	for _, v := range m.At(anchor)[:200] {
		out = append(out, v.Path()+" "+v.Published.String()+" "+v.Text)
	}
	return out
}

// complete gives a parsed posting what the crawler gives it.
func complete(p *talent.Posting) {
	p.Source, p.Grain, p.FirstSeen, p.Fetched = "sample-board", talent.Week, anchor, anchor
	p.ID = talent.PostingID(p.Source, p.Key)
}

// TestTruthIsFound: the planted shortages warn; the stable skills, the outage and the holiday do not, over the last
// year of the market.
func TestTruthIsFound(t *testing.T) {
	market := sample.New(sample.Config{Seed: 1, Anchor: anchor})
	store, bus := testenv.Store(t), testenv.Kafka(t)
	extractor, err := skills.New()
	if err != nil {
		t.Fatal(err)
	}
	agg, err := aggregate.New(aggregate.DefaultConfig(), store, bus, extractor, testenv.Logger(t), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	load(t, market, store, extractor)
	if err := agg.RollUpAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	truth := market.Truth()
	fired := map[talent.SeriesKey]time.Time{}
	from := anchor.AddDate(0, 0, -7*52)
	sum, err := judge.Backtest(t.Context(), judge.DefaultConfig(), store, judge.BacktestFilter{Grains: []talent.Grain{talent.Week}, From: from, Through: anchor.AddDate(0, 0, -7)},
		func(e talent.AlertEvent) error {
			if e.Kind == talent.EventFired {
				fired[e.SeriesKey()] = e.Evidence.Period
			}
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range truth.Shortages {
		at, ok := fired[talent.SeriesKey{Grain: talent.Week, Skill: s.Skill, Region: s.Region}]
		if !ok || at.Before(s.Since) {
			t.Errorf("planted shortage %+v: fired %v at %s", s, ok, at)
		}
	}
	stray := 0
	for key, at := range fired {
		if slices.Contains(truth.Stable, key.Skill) {
			stray++
			if key.Region == "" && key.Industry == "" && key.Tier == "" {
				t.Errorf("stable skill %s warned in the whole market at %s", key.Skill, at.Format(time.DateOnly))
			}
		}
		for name, span := range map[string][2]time.Time{"outage": truth.Outage, "holiday": truth.Holiday} {
			if !at.Before(span[0]) && at.Before(span[1].AddDate(0, 0, 28)) {
				t.Errorf("%v warned at %s, in or right after the %s", key, at.Format(time.DateOnly), name)
			}
		}
	}
	t.Logf("%d series, %d periods judged: %d fired, of them %d for stable skills in small cells", sum.Series, sum.Judged, sum.Fired, stray)
	if float64(stray) > 0.0005*float64(sum.Judged) {
		t.Errorf("%d false warnings in small cells in %d judged periods", stray, sum.Judged)
	}
}

// load writes the market's postings as facts, through the board's pages and the parser.
func load(t *testing.T, market *sample.Market, store *clickhouse.Store, extractor *skills.Extractor) {
	t.Helper()
	board := sample.NewBoard(market, func() time.Time { return anchor })
	var facts []talent.PostingFact
	marks := map[talent.PeriodMark]struct{}{}
	for _, v := range market.At(anchor) {
		u := &url.URL{Scheme: "http", Host: "board.example", Path: v.Path()}
		req := httptest.NewRequest(http.MethodGet, u.String(), nil)
		rec := httptest.NewRecorder()
		board.ServeHTTP(rec, req)
		found, err := parse.JSONLD(rec.Body.Bytes(), u)
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %d postings, %v", u, len(found), err)
		}
		complete(&found[0])
		f := aggregate.Enrich(found[0], extractor)
		facts = append(facts, f)
		marks[talent.PeriodMark{Grain: f.Grain, Period: f.Grain.Start(f.Date)}] = struct{}{}
	}
	if err := store.PutPostings(t.Context(), "", facts); err != nil {
		t.Fatal(err)
	}
	for m := range marks {
		if err := store.MarkPeriods(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMailbox: a mail that came over SMTP is shown with its text, its HTML in a frame that runs nothing, and its
// picture.
func TestMailbox(t *testing.T) {
	box, err := sample.OpenMailbox(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = box.Run(t.Context()) }()
	mail := strings.ReplaceAll(`From: a@sample.example
To: b@sample.example
Subject: =?utf-8?q?=E7=9F=AD=E7=BC=BA?= <b>x</b>
MIME-Version: 1.0
Content-Type: multipart/related; boundary=r

--r
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

plain =E7=9F=AD=E7=BC=BA
--a
Content-Type: text/html; charset=utf-8

<script>alert(1)</script><img src="cid:pic">
--a--
--r
Content-Type: image/png
Content-Transfer-Encoding: base64
Content-ID: <pic>

iVBORw0KGgo=
--r--
`, "\n", "\r\n")
	if err := smtp.SendMail(box.Addr(), nil, "a@sample.example", []string{"b@sample.example"}, []byte(mail)); err != nil {
		t.Fatal(err)
	}
	mails, err := box.Mails()
	if err != nil || len(mails) != 1 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	if m := mails[0]; m.Text != "plain 短缺" || !strings.Contains(m.HTML, "data:image/png;base64,iVBORw0KGgo=") || m.To != "b@sample.example" {
		t.Errorf("read %+v", m)
	}
	mux := http.NewServeMux()
	if err := box.Register(mux, func(*http.Request) string { return "n" }); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	if _, page, _ := get(t, server.Client(), server.URL+"/mailbox", ""); !bytes.Contains(page, []byte("短缺 &lt;b&gt;x&lt;/b&gt;")) {
		t.Errorf("the list does not escape the subject:\n%s", page)
	}
	for lang, want := range map[string]string{"zh": "纯文本", "en": "Plain text"} {
		_, page, _ := get(t, server.Client(), server.URL+"/mailbox/1?lang="+lang, "")
		if !bytes.Contains(page, []byte(want)) || bytes.Contains(page, []byte("⟦")) {
			t.Errorf("%s: the page of a mail lacks %q", lang, want)
		}
		for _, place := range words.Navigation(true) {
			if !bytes.Contains(page, []byte(`href="`+place.Path+`"`)) {
				t.Errorf("%s: the mailbox does not lead to %s", lang, place.Path)
			}
		}
	}
	_, page, header := get(t, server.Client(), server.URL+"/mailbox/1/html", "")
	if csp := header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox ") || strings.Contains(csp, "allow-scripts") || strings.Contains(csp, "allow-same-origin") || !strings.Contains(csp, "; default-src 'none'") || !bytes.Contains(page, []byte("data:image/png")) {
		t.Errorf("frame: %v\n%s", header, page)
	}
	for _, path := range []string{"/mailbox/2", "/mailbox/x", "/mailbox/2/html"} {
		if status, _, _ := get(t, server.Client(), server.URL+path, ""); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// The market's readers answer the mail that asks them, and no other: they open its link and press the button that
// confirms, once.
func TestReadersAnswer(t *testing.T) {
	box, err := sample.OpenMailbox(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = box.Run(t.Context()) }()
	pressed := make(chan string, 10)
	var agreed sync.Map
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.FormValue("t")
		if r.Method == http.MethodPost {
			pressed <- token + " " + r.PostFormValue("do")
			agreed.Store(token, true)
		}
		buttons := `<form method="post" action="/mail/leave"><input name="t" value="` + token + `"><button name="do" value="leave">No</button></form>`
		if _, ok := agreed.Load(token); !ok {
			buttons += `<form method="post" action="/mail/confirm"><input name="t" value="` + token + `"><button name="do" value="confirm">Yes</button></form>`
		}
		_, _ = io.WriteString(w, buttons)
	}))
	defer pages.Close()
	send := func(to, text string) {
		t.Helper()
		mail := "From: a@sample.example\r\nTo: " + to + "\r\nSubject: s\r\n\r\n" + text + "\r\n"
		if err := smtp.SendMail(box.Addr(), nil, "a@sample.example", []string{to}, []byte(mail)); err != nil {
			t.Fatal(err)
		}
	}
	send("stranger@sample.example", pages.URL+"/mail/confirm?t=stranger")
	send("one@sample.example", pages.URL+"/alerts")
	send("one@sample.example", "http://127.0.0.1:1/mail/confirm?t=dead")
	send("one@sample.example", pages.URL+"/mail/confirm?t=one")
	done := make(chan error, 1)
	go func() {
		done <- box.Answer(t.Context(), pages.Client(), []string{"one@sample.example", "two@sample.example"})
	}()
	if got := <-pressed; got != "one confirm" {
		t.Errorf("pressed %q", got)
	}
	send("two@sample.example", pages.URL+"/mail/confirm?t=two")
	if got := <-pressed; got != "two confirm" {
		t.Errorf("pressed %q", got)
	}
	if err := <-done; err != nil || len(pressed) != 0 {
		t.Errorf("%v, %d further buttons", err, len(pressed))
	}
	if err := box.Answer(t.Context(), pages.Client(), []string{"two@sample.example"}); err != nil || len(pressed) != 0 { // the next start
		t.Errorf("answering again: %v, %d buttons", err, len(pressed))
	}
}
