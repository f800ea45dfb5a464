package dashboards

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/alerts/judge"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// today is the tests' clock: a Tuesday.
var today = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

// hostile is what a posting could try on a page.
const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(2)>{{.}} "quoted' & ampersand`

// market fills a store with an invented labour market by the ways that the stages use: postings, requests,
// programmes, roll-up, evaluations, an alert's life, sources and their runs.
func market(t testing.TB, store *clickhouse.Store) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(store.PutSkills(ctx, marketSkills(), 1))
	must(store.PutPostings(ctx, "", marketPostings()))
	must(store.PutRequests(ctx, "", []talent.Request{
		{ID: talent.NewID("r1"), Org: "org-secret-motors", Skill: "large-language-models", Heads: 12, Region: "110000", Industry: "I", CreatedAt: today.AddDate(0, 0, -9), Version: 1},
		{ID: talent.NewID("r2"), Org: "org-secret-motors", Skill: "robotics", Heads: 5, Region: "330000", Note: "a private note", CreatedAt: today.AddDate(0, 0, -16), Version: 1},
	}))
	must(store.PutProgrammes(ctx, "", []talent.Programme{{
		ID: talent.NewID("p1"), Org: "u1", School: "青川理工大学", Region: "110000", Name: "人工智能", Degree: "bachelor", CohortSize: 240, GraduationMonth: 7, FirstYear: 2024, Version: 7,
		Courses: []talent.Course{
			{ID: "c1", Title: "机器学习导论", Hours: 64, Required: true, Skills: []string{"machine-learning", "python"}},
			{ID: "c2", Title: "大语言模型应用", Hours: 32, Seats: 60, Skills: []string{"large-language-models"}},
		},
	}}, "t1"))
	var marks []talent.PeriodMark
	for i := range 110 {
		marks = append(marks, talent.PeriodMark{Grain: talent.Week, Period: talent.Week.Add(today, -i)})
	}
	must(store.PutCrawlRuns(ctx, marketRuns()...))
	must(store.MarkPeriods(ctx, marks...))
	dirty, err := store.DirtyPeriods(ctx)
	must(err)
	must(store.RollUp(ctx, talent.Week, dirty))
	// Again for the week of the outage alone: its sources' weights come from the quarter before the first period.
	for _, d := range dirty {
		if d.Period.Equal(talent.Week.Add(today, -12)) {
			must(store.RollUp(ctx, talent.Week, []talent.DirtyPeriod{{PeriodMark: d.PeriodMark, Version: d.Version + 1}}))
		}
	}
	evaluate(t, store)
	must(store.PutSources(ctx,
		talent.SourceInfo{Name: "harbour-board", Kind: "jsonld", URL: "https://jobs.harbour.example/sitemap.xml", Schedule: "15 * * * *", Grain: talent.Week, Note: "条款允许注明来源的统计使用。"},
		talent.SourceInfo{Name: "nimbus-ats", Kind: "greenhouse", URL: "https://boards.nimbus.example/api", Schedule: "0 */6 * * *", Grain: talent.Week},
		talent.SourceInfo{Name: "northwind-feed", Kind: "feed", URL: "https://northwind.example/jobs.rss", Schedule: "30 * * * *", Grain: talent.Week},
		talent.SourceInfo{Name: "city-archive", Kind: "dump", Grain: talent.Week, Note: "imported by hand"},
		talent.SourceInfo{Name: "planned-board", Kind: "html", URL: "https://planned.example/", Schedule: "0 3 * * *", Grain: talent.Week}))
}

func marketSkills() []talent.Skill {
	return []talent.Skill{
		{ID: "large-language-models", NameEN: "Large language models", NameZH: "大语言模型", Category: "model"},
		{ID: "machine-learning", NameEN: "Machine learning", NameZH: "机器学习", Category: "field"},
		{ID: "computer-vision", NameEN: "Computer vision", NameZH: "计算机视觉", Category: "field"},
		{ID: "robotics", NameEN: "Robotics", NameZH: "机器人", Category: "field"},
		{ID: "reinforcement-learning", NameEN: "Reinforcement learning", NameZH: "强化学习", Category: "method"},
		{ID: "retrieval-augmented-generation", NameEN: "Retrieval-augmented generation", NameZH: "检索增强生成", Category: "method"},
		{ID: "pytorch", NameEN: "PyTorch", NameZH: "PyTorch", Category: "framework"},
		{ID: "tensorflow", NameEN: "TensorFlow", NameZH: "TensorFlow", Category: "framework"},
		{ID: "python", NameEN: "Python", NameZH: "Python", Category: "language"},
		{ID: "cuda", NameEN: "CUDA", NameZH: "CUDA", Category: "hardware"},
		{ID: "kubernetes", NameEN: "Kubernetes", NameZH: "Kubernetes", Category: "infrastructure"},
		{ID: "data-labelling", NameEN: "Data labelling", NameZH: "数据标注", Category: "data"},
		{ID: "mlops", NameEN: "MLOps", NameZH: "机器学习运维", Category: "practice"},
		{ID: "quantum-ml", NameEN: "Quantum machine learning", NameZH: "量子机器学习", Category: "field"},
	}
}

// marketPostings are about 55 postings a week for two years; large language models and robotics rise at the end, and
// week -30 has no posting at all.
func marketPostings() []talent.PostingFact {
	random := rand.New(rand.NewPCG(7, 11))
	share := map[string]float64{"machine-learning": .42, "python": .5, "computer-vision": .2, "pytorch": .3, "tensorflow": .14, "kubernetes": .12, "cuda": .08,
		"reinforcement-learning": .06, "large-language-models": .12, "robotics": .05, "mlops": .05, "data-labelling": .04, "retrieval-augmented-generation": .02}
	regions := []string{"110000", "310000", "440300", "330100", "510100", "US", ""}
	industries := []string{"I", "C", "M", "J", ""}
	tiers := []talent.Tier{talent.TierBackbone, talent.TierBackbone, talent.TierReserve, talent.TierLead, ""}
	sources := []string{"harbour-board", "harbour-board", "nimbus-ats", "northwind-feed", "city-archive"}
	var out []talent.PostingFact
	for week := range 110 {
		if week == 30 {
			continue
		}
		start := talent.Week.Add(today, -week)
		for i := range 50 + random.IntN(12) {
			var skills []string
			for _, s := range marketSkills() {
				p := share[s.ID]
				if week < 9 && (s.ID == "large-language-models" || s.ID == "robotics") {
					p *= 1 + float64(9-week)*.28
				}
				if random.Float64() < p {
					skills = append(skills, s.ID)
				}
			}
			id := talent.NewID("posting", fmt.Sprint(week), fmt.Sprint(i))
			f := talent.PostingFact{ID: id, Source: sources[random.IntN(len(sources))], Key: id, URL: "https://jobs.harbour.example/" + id[:8],
				Title: fmt.Sprintf("AI 算法工程师 %d-%d", week, i), Employer: fmt.Sprintf("青禾智能科技 %d", random.IntN(60)), Location: "杭州",
				EmployerKey: fmt.Sprint(random.IntN(60)), Region: regions[random.IntN(len(regions))], Industry: industries[random.IntN(len(industries))],
				Tier: tiers[random.IntN(len(tiers))], ExperienceYears: -1, Date: start.AddDate(0, 0, random.IntN(min(7, 1+week*7))), DateBasis: talent.DateStated,
				Openings: 1 + uint32(random.IntN(3))/2, OpeningsStated: random.IntN(2) == 0, Skills: skills, Language: "zh", VacancyID: id, Grain: talent.Week,
				Text: "岗位职责：负责模型训练与部署。\n任职要求：熟悉 Python。\n联系方式：[已遮蔽]", FirstSeen: start, Fetched: today.Add(-time.Duration(week) * 24 * time.Hour)}
			if week == 2 && i == 0 {
				f.Title, f.Employer, f.Text, f.URL = hostile, hostile, hostile, "javascript:alert(3)"
				f.Skills, f.Region, f.Industry = []string{"large-language-models"}, "110000", "I"
				f.Date = start.AddDate(0, 0, 6)
			}
			out = append(out, f)
		}
	}
	return out
}

// marketRuns are hourly runs; everything failed in week -12.
func marketRuns() []talent.CrawlRun {
	var out []talent.CrawlRun
	add := func(source string, at time.Time, outcome talent.RunOutcome, reason string) {
		out = append(out, talent.CrawlRun{ID: talent.NewID(source, at.String()), Source: source, Outcome: outcome, Reason: reason, Started: at, Ended: at.Add(42 * time.Second),
			Listed: 120, Fetched: 34, NotModified: 80, Failed: 6, Postings: 34, BytesReceived: 3 << 20})
	}
	for i := range 12 {
		at := today.Add(-time.Duration(i) * time.Hour)
		add("harbour-board", at, talent.RunComplete, "120 pages listed, 34 new")
		outcome, reason := talent.RunComplete, "all read"
		if i == 3 {
			outcome, reason = talent.RunPartial, "6 pages answered 503"
		}
		add("nimbus-ats", at, outcome, reason)
		outcome, reason = talent.RunFailed, "the feed answered 403 to every try: "+hostile
		if i > 4 {
			outcome, reason = talent.RunEmpty, "the feed lists nothing"
		}
		add("northwind-feed", at, outcome, reason)
	}
	for _, s := range []string{"harbour-board", "nimbus-ats", "northwind-feed", "city-archive"} {
		add(s, talent.Week.Add(today, -12).AddDate(0, 0, 2), talent.RunFailed, "connection refused")
	}
	return out
}

// evaluate stores a plain band for every series from its own past, and alerts for those above it.
func evaluate(t testing.TB, store *clickhouse.Store) {
	t.Helper()
	ctx := context.Background()
	var bands []talent.Band
	var alerts []talent.Alert
	var events []talent.AlertEvent
	first, last := talent.Week.Add(today, -109), talent.Week.LastComplete(today)
	err := store.EachSeries(ctx, talent.Week, first, last, func(s talent.Series) error {
		for i := 12; i < len(s.Points); i++ {
			evidence, state := judged(s.Points, i)
			evidence.Period = s.Points[i].Period.UTC()
			bands = append(bands, talent.Band{Key: s.Key, State: state, Evidence: evidence, Evaluated: today})
			if i == len(s.Points)-1 && state == talent.VerdictJudged && evidence.Observed > evidence.Upper {
				a, life := fired(s.Key, evidence)
				alerts, events = append(alerts, a), append(events, life...)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	old := talent.SeriesKey{Grain: talent.Week, Skill: "tensorflow"}
	resolved, life := fired(old, talent.Evidence{Period: talent.Week.Add(today, -60), Window: 4, Observed: 60, Expected: 30, Lower: 20, Upper: 44, P: .0001, History: 40, BandVersion: "test"})
	resolved.Status = talent.AlertResolved
	alerts, events = append(alerts, resolved), append(events, life...)
	for _, err := range []error{store.PutBands(ctx, bands), store.PutAlerts(ctx, alerts), store.PutAlertEvents(ctx, events)} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// judged looks at the four periods that end with i and at those before them.
func judged(points []talent.Point, i int) (talent.Evidence, talent.Verdict) {
	e := talent.Evidence{Window: 4, BandVersion: "test-1", TrendYear: .12, Dispersion: 1.4}
	heads, exposure := 0.0, 0.0
	for j := 0; j <= i-4; j++ {
		heads, exposure = heads+points[j].Demand(), exposure+float64(points[j].Exposure)
		e.History++
	}
	supply, known := 0.0, true
	for _, p := range points[i-3 : i+1] {
		e.Observed, e.Exposure, e.Requested = e.Observed+p.Demand(), e.Exposure+float64(p.Exposure), e.Requested+p.Requested
		e.Vacancies += p.Vacancies
		e.Employers = max(e.Employers, p.Employers)
		if known = known && p.Supply != nil; known {
			supply += *p.Supply
		}
	}
	if known {
		gap := e.Observed - supply
		e.Supply, e.Gap = &supply, &gap
	}
	if e.History < 26 || heads < 20 {
		return e, talent.VerdictInsufficient
	}
	if points[i].State != talent.StateOK {
		return e, talent.Verdict(points[i].State)
	}
	e.BaseRate = heads / exposure
	e.Expected = e.BaseRate * e.Exposure
	width := 2.6 * math.Sqrt(1.4*e.Expected)
	e.Lower, e.Upper, e.P = math.Max(0, e.Expected-width), e.Expected+width, .003
	return e, talent.VerdictJudged
}

func fired(key talent.SeriesKey, e talent.Evidence) (talent.Alert, []talent.AlertEvent) {
	opened := talent.Week.Add(e.Period, -2)
	severity := talent.Blue
	switch excess := (e.Observed - e.Upper) / math.Max(1, e.Upper); {
	case excess > .5:
		severity = talent.Red
	case excess > .25:
		severity = talent.Orange
	case excess > .1:
		severity = talent.Yellow
	}
	a := talent.Alert{ID: talent.NewID("alert", key.ID(), opened.String()), Key: key, Severity: severity, Status: talent.AlertFiring, Opened: opened, Updated: e.Period, Evidence: e}
	before := e
	before.Period, before.Observed = opened, e.Upper+2
	event := func(kind talent.AlertEventKind, s talent.Severity, e talent.Evidence) talent.AlertEvent {
		return talent.AlertEvent{ID: talent.NewID("event", a.ID, string(kind), e.Period.String()), AlertID: a.ID, Kind: kind, At: e.Period.AddDate(0, 0, 7), Grain: key.Grain,
			Skill: key.Skill, Region: key.Region, Industry: key.Industry, Tier: key.Tier, Severity: s, Opened: opened, Evidence: e}
	}
	return a, []talent.AlertEvent{event(talent.EventFired, talent.Blue, before), event(talent.EventEscalated, severity, e)}
}

// site is a server of the pages as the program runs them: with the real middleware and API.
func site(t testing.TB, store *clickhouse.Store, change func(*Config), more ...func(*http.ServeMux)) string {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Sample, cfg.CacheFor, cfg.Rules = true, 0, judge.DefaultConfig().Rules()
	if change != nil {
		change(&cfg)
	}
	text, known := testenv.Words(t)
	d, err := New(cfg, Deps{store, known, text, prometheus.NewRegistry(), testenv.Logger(t), func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	api := httpd.NewAPI(mux, httpd.NewAuth(store), "test", testenv.Logger(t))
	d.Register(mux, api)
	for _, m := range more {
		m(mux)
	}
	serving := httpd.DefaultConfig()
	serving.Listen = "127.0.0.1:0"
	server, err := httpd.New(serving, mux, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	if err := server.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + server.Addr()
}
