package dashboards

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Dashboards serves the pages, the reading part of the API, the exports and the metrics.
type Dashboards struct {
	cfg      Config
	store    *clickhouse.Store
	known    *terms.Skills
	gatherer prometheus.Gatherer
	log      *slog.Logger
	now      func() time.Time
	cache    *cache
	text     map[string]words.Messages
	pages    map[string]pageSet // by language
	assets   *assets
	api      huma.API
}

// New reads the embedded templates and texts; it does not ask the store for anything yet.
func New(cfg Config, store *clickhouse.Store, known *terms.Skills, gatherer prometheus.Gatherer, log *slog.Logger) (*Dashboards, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	d := &Dashboards{cfg: cfg, store: store, known: known, gatherer: gatherer, log: log, now: now, cache: newCache(now),
		text: map[string]words.Messages{}, pages: map[string]pageSet{}}
	var err error
	if d.assets, err = newAssets(log); err != nil {
		return nil, err
	}
	for _, lang := range words.Languages() {
		if d.text[lang], err = words.Load(lang); err != nil {
			return nil, err
		}
		if d.pages[lang], err = d.parsePages(lang); err != nil {
			return nil, fmt.Errorf("parse page templates: %w", err)
		}
	}
	return d, nil
}

// Register adds the pages to mux and the reading operations to api.
func (d *Dashboards) Register(mux *http.ServeMux, api huma.API) {
	d.api = api
	mux.Handle("GET /assets/", d.assets)
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.gatherer, promhttp.HandlerOpts{}))

	mux.HandleFunc("GET /{$}", d.page(d.overview))
	mux.HandleFunc("GET /skills", d.page(d.skillList))
	mux.HandleFunc("GET /skills/{id}", d.page(d.skill))
	mux.HandleFunc("GET /alerts", d.page(d.alertList))
	mux.HandleFunc("GET /alerts/{id}", d.page(d.alert))
	mux.HandleFunc("GET /sources", d.page(d.sourceList))
	mux.HandleFunc("GET /sources/{name}", d.page(d.source))
	mux.HandleFunc("GET /request", d.page(d.request))
	mux.HandleFunc("GET /programmes", d.page(d.programmes))
	mux.HandleFunc("GET /about", d.page(d.about))
	mux.HandleFunc("GET /api", d.page(d.reference))
	mux.HandleFunc("/", d.notFound)

	mux.HandleFunc("GET /export/gaps.csv", d.export("gaps", d.exportGaps))
	mux.HandleFunc("GET /export/series.csv", d.export("series", d.exportSeries))
	mux.HandleFunc("GET /export/alerts.csv", d.export("alerts", d.exportAlerts))

	d.registerSkills(api)
	d.registerSeries(api)
	d.registerAlerts(api)
	d.registerSources(api)
}
