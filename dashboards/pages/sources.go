package pages

import (
	"context"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// sourceListBody is the data of the list of sources.
type sourceListBody struct {
	Sources []read.SourceHealth
	Fresh   read.Freshness
}

func (p *Pages) sourceList(ctx context.Context, v *visit) (view, error) {
	sources, fresh, err := p.read.Health(ctx)
	if err != nil {
		return view{}, err
	}
	return view{name: "sources", title: v.text.Say("sources.title"), nav: "sources", body: sourceListBody{sources, fresh}}, nil
}

// sourceBody is the data of the page of one source.
type sourceBody struct {
	Source read.SourceHealth
	Runs   []talent.CrawlRun
}

func (p *Pages) source(ctx context.Context, v *visit) (view, error) {
	sources, _, err := p.read.Health(ctx)
	if err != nil {
		return view{}, err
	}
	for _, s := range sources {
		if s.Name != v.PathValue("name") {
			continue
		}
		runs, err := p.read.Runs(ctx, s.Name, 50)
		if err != nil {
			return view{}, err
		}
		return view{name: "source", title: s.Name, nav: "sources", body: sourceBody{s, runs}}, nil
	}
	return view{}, read.ErrNotFound
}
