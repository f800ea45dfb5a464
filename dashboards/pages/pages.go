// Package pages shows what the system knows to people: pages in Chinese and English that work without scripts.
package pages

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Config says how the pages look.
type Config struct {
	Sample      bool         // marks every page as sample data
	MailboxPath string       // links to the page that shows the sample market's mails; empty when there is none
	Rules       talent.Rules // that warnings follow

	LeastParties int // that must stand behind a number
}

// Pages serves the pages and their assets.
type Pages struct {
	cfg       Config
	read      *read.Reader
	log       *slog.Logger
	text      map[string]words.Messages
	skills    *terms.Skills
	templates map[string]pageSet // by language
	assets    *assets
	api       huma.API
}

// New reads the embedded templates; it does not ask the store for anything yet.
func New(cfg Config, reader *read.Reader, text map[string]words.Messages, skills *terms.Skills, log *slog.Logger) (*Pages, error) {
	p := &Pages{cfg: cfg, read: reader, log: log, text: text, skills: skills, templates: map[string]pageSet{}}
	var err error
	if p.assets, err = newAssets(log); err != nil {
		return nil, err
	}
	for _, lang := range words.Languages() {
		if p.templates[lang], err = p.parse(lang); err != nil {
			return nil, fmt.Errorf("parse page templates: %w", err)
		}
	}
	return p, nil
}

// Register adds the pages to mux; api is what the API's reference describes.
func (p *Pages) Register(mux *http.ServeMux, api huma.API) {
	p.api = api
	mux.Handle("GET /assets/", p.assets)
	mux.HandleFunc("GET /{$}", p.page(p.overview))
	mux.HandleFunc("GET /skills", p.page(p.skillList))
	mux.HandleFunc("GET /skills/{id}", p.page(p.skill))
	mux.HandleFunc("GET /alerts", p.page(p.alertList))
	mux.HandleFunc("GET /alerts/{id}", p.page(p.alert))
	mux.HandleFunc("GET /sources", p.page(p.sourceList))
	mux.HandleFunc("GET /sources/{name}", p.page(p.source))
	mux.HandleFunc("GET /request", p.page(p.request))
	mux.HandleFunc("GET /programmes", p.page(p.programmes))
	mux.HandleFunc("GET /about", p.page(p.about))
	mux.HandleFunc("GET /api", p.page(p.reference))
	mux.HandleFunc("/", p.notFound)
}
