package alerts_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/alerts"
	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/channels"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/testenv/mailtest"
)

// world is a system with a store of two years in which the demand for one skill trebled in the last weeks.
type world struct {
	store    *clickhouse.Store
	kafka    *kafka.Client
	cfg      alerts.Config
	registry *prometheus.Registry
	asOf     time.Time
	more     notify.Channels // beside those of the program
}

// open is the way out of a system whose subscribers are trusted.
type open struct{}

func (open) Client() *http.Client                         { return http.DefaultClient }
func (open) CheckWebhook(context.Context, *url.URL) error { return nil }
func (open) Refuses(error) bool                           { return false }

const weeks = 130

// newWorld stores the facts: 60 vacancies a week, 6 of them want the stable skill and 6, later 20, the short one.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{store: testenv.Store(t), kafka: testenv.Kafka(t), cfg: alerts.DefaultConfig(), registry: prometheus.NewRegistry()}
	w.asOf = time.Now().UTC()
	last := talent.Week.LastComplete(w.asOf)
	r := rand.New(rand.NewPCG(5, 5))
	var facts []talent.PostingFact
	for i := range weeks {
		period := talent.Week.Add(last, i-weeks+1)
		short := 6 + r.IntN(3)
		if i >= weeks-4 {
			short = 20 + r.IntN(3)
		}
		for v := range 60 {
			f := talent.PostingFact{ID: fmt.Sprintf("p%d-%d", i, v), Source: "board", Key: fmt.Sprint(v), Title: "Engineer", Employer: fmt.Sprintf("Employer %d", v%17),
				EmployerKey: fmt.Sprintf("e%d", v%17), VacancyID: fmt.Sprintf("v%d-%d", i, v), Openings: 1, Grain: talent.Week, ExperienceYears: -1,
				Date: period.AddDate(0, 0, v%7), DateBasis: talent.DateStated, FirstSeen: period, Fetched: period, URL: "https://board.example/" + fmt.Sprint(i, "-", v)}
			if v%2 == 0 {
				f.Region = "440300"
			}
			if v < short {
				f.Skills = append(f.Skills, "pytorch")
			}
			if v >= 30 && v < 36+r.IntN(3) {
				f.Skills = append(f.Skills, "sql")
			}
			facts = append(facts, f)
		}
	}
	w.put(t, facts...)
	if err := w.store.PutSkills(t.Context(), []talent.Skill{{ID: "pytorch", NameEN: "PyTorch", NameZH: "PyTorch 框架"}, {ID: "sql", NameEN: "SQL"}}, 1); err != nil {
		t.Fatal(err)
	}
	return w
}

// put stores facts and rolls their periods up.
func (w *world) put(t *testing.T, facts ...talent.PostingFact) {
	t.Helper()
	ctx := t.Context()
	for rest := facts; len(rest) > 0; {
		n := min(5000, len(rest))
		if err := w.store.PutPostings(ctx, "", rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	seen := map[time.Time]bool{}
	var marks []talent.PeriodMark
	for _, f := range facts {
		if p := talent.Week.Start(f.Date); !seen[p] {
			seen[p] = true
			marks = append(marks, talent.PeriodMark{Grain: talent.Week, Period: p})
		}
	}
	if err := w.store.MarkPeriods(ctx, marks...); err != nil {
		t.Fatal(err)
	}
	dirty, err := w.store.DirtyPeriods(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.RollUp(ctx, talent.Week, dirty); err != nil {
		t.Fatal(err)
	}
}

// start makes the stage anew, as a new process would.
func (w *world) start(t *testing.T) *alerts.Alerts {
	t.Helper()
	w.registry = prometheus.NewRegistry()
	ways, err := channels.New(w.cfg.Channels, open{})
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(ways, w.more)
	a, err := alerts.New(w.cfg, alerts.Deps{Store: w.store, Kafka: w.kafka, Channels: ways, Logger: testenv.Logger(t), Registry: w.registry})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// subscribe stores subscriptions of organisations with a key, to addresses whose owners have agreed.
func (w *world) subscribe(t *testing.T, subs ...talent.Subscription) {
	t.Helper()
	w.subscribeOnly(t, subs...)
	for _, s := range subs {
		if err := w.store.PutAPIKey(t.Context(), talent.APIKey{ID: "key-" + s.Org, Org: s.Org, Role: talent.RoleUniversity, Hash: "x", Created: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if s.Channel == "email" {
			w.consent(t, talent.AddressHash(s.Address), s.Org, talent.ConsentConfirmed)
		}
	}
}

// subscribeOnly stores subscriptions and nothing beside.
func (w *world) subscribeOnly(t *testing.T, subs ...talent.Subscription) {
	t.Helper()
	for _, s := range subs {
		s.Active = true
		if err := w.store.PutSubscription(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) consent(t *testing.T, address, org string, state talent.ConsentState) {
	t.Helper()
	if err := w.store.PutConsents(t.Context(), talent.Consent{Address: address, Org: org, State: state, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// mail makes box the system's mail server.
func (w *world) mail(t *testing.T, box *mailtest.Server) {
	t.Helper()
	c := &w.cfg.Channels.Email
	c.Host, c.Port, c.TLS = "127.0.0.1", box.Start(t), "none"
}
