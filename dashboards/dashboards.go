package dashboards

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gapwatch/gapwatch/dashboards/api"
	"github.com/gapwatch/gapwatch/dashboards/export"
	"github.com/gapwatch/gapwatch/dashboards/pages"
	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Deps are what the dashboards need.
type Deps struct {
	Store  read.Store
	Skills *terms.Skills
	Text   map[string]words.Messages // by language
	Gather prometheus.Gatherer
	Log    *slog.Logger
	Now    func() time.Time
}

// Dashboards serves the pages, the reading part of the API, the exports and the metrics.
type Dashboards struct {
	gatherer prometheus.Gatherer
	pages    *pages.Pages
	api      *api.API
	exports  *export.Exports
}

// New reads the embedded templates; it does not ask the store for anything yet.
func New(cfg Config, deps Deps) (*Dashboards, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	reader, err := read.New(read.Config{CacheFor: cfg.CacheFor, Rules: cfg.Rules}, deps.Store, deps.Now)
	if err != nil {
		return nil, err
	}
	p, err := pages.New(pages.Config{Sample: cfg.Sample, MailboxPath: cfg.MailboxPath, Rules: cfg.Rules, LeastParties: cfg.LeastParties}, reader, deps.Text, deps.Skills, deps.Log)
	if err != nil {
		return nil, err
	}
	return &Dashboards{
		gatherer: deps.Gather, pages: p, api: api.New(reader, deps.Text, deps.Skills, deps.Log),
		exports: export.New(export.Config{Sample: cfg.Sample}, reader, deps.Text, deps.Skills, p.Fail),
	}, nil
}

// Register adds the pages to mux and the reading operations to ops.
func (d *Dashboards) Register(mux *http.ServeMux, ops huma.API) {
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.gatherer, promhttp.HandlerOpts{}))
	d.pages.Register(mux, ops)
	d.exports.Register(mux)
	d.api.Register(ops)
}
