package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/dashboards"
	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/ingest/programmes"
	"github.com/gapwatch/gapwatch/ingest/request"
	"github.com/gapwatch/gapwatch/internal/health"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// serveCmd is the pages and the API.
type serveCmd struct {
	Listen string `placeholder:"HOST:PORT" help:"Address of the pages (http.listen)."`
	Probe  bool   `help:"Ask a running server whether it is ready, and exit with 0 or 1: for health checks."`
}

// Help is shown under the flags.
func (serveCmd) Help() string { return "Example: gapwatch serve --listen 0.0.0.0:8080" }

// Run serves until the process is stopped.
func (c serveCmd) Run(env *environment) error {
	if c.Probe {
		return c.probe(env)
	}
	return env.runStage(func(ctx context.Context, s *stage) error {
		if c.Listen != "" {
			s.cfg.HTTP.Listen = c.Listen
		}
		webhooks, err := newWebhooks(s)
		if err != nil {
			return err
		}
		defer webhooks.Close()
		server, err := newServer(s, webhooks, nil)
		if err != nil {
			return err
		}
		if err := server.Listen(ctx); err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "http://%s\n", server.Addr())
		return server.Run(ctx)
	})
}

// probe asks /readyz of the server that the configuration describes.
func (c serveCmd) probe(env *environment) error {
	cfg, _, err := env.load()
	if err != nil {
		return err
	}
	listen := cfg.HTTP.Listen
	if c.Listen != "" {
		listen = c.Listen
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return usageError{fmt.Errorf("listen address: %w", err)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(env.ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		why, _ := io.ReadAll(io.LimitReader(res.Body, 1000)) // the status says enough when the body cannot be read
		return fmt.Errorf("not ready: %s %s", res.Status, why)
	}
	return nil
}

// newServer puts pages and API on one server. webhooks tells which of them may be called; extend may add pages of
// its own.
func newServer(s *stage, webhooks *fetch.Webhooks, extend func(*http.ServeMux) error) (*httpd.Server, error) {
	mux := http.NewServeMux()
	if _, err := newAPI(mux, s, webhooks); err != nil {
		return nil, err
	}
	if extend != nil {
		if err := extend(mux); err != nil {
			return nil, err
		}
	}
	server, err := httpd.New(s.cfg.HTTP, mux, s.logger.With("part", "http"), s.registry)
	if err != nil {
		return nil, fmt.Errorf("start http server: %w", err)
	}
	return server, nil
}

// newAPI puts pages and API on mux.
func newAPI(mux *http.ServeMux, s *stage, webhooks *fetch.Webhooks) (*httpd.API, error) {
	store, bus := s.backend.store, s.backend.kafka
	api := httpd.NewAPI(mux, httpd.NewAuth(store), version, s.logger)
	text, err := words.LoadAll()
	if err != nil {
		return nil, err
	}
	skills, err := terms.NewSkills(text)
	if err != nil {
		return nil, err
	}
	requests, err := request.New(s.cfg.Requests, request.Deps{Store: store, Claims: store, Skills: skills, Text: text, Writer: bus,
		Logger: s.logger.With("part", "requests")})
	if err != nil {
		return nil, err
	}
	requests.Register(api)
	courses, err := programmes.New(s.cfg.Supply, store, text, bus, s.logger.With("part", "programmes"))
	if err != nil {
		return nil, err
	}
	courses.Register(api)
	ways, err := newChannels(s, webhooks)
	if err != nil {
		return nil, err
	}
	rules := s.cfg.Alerts.Subscribe
	rules.Sample = s.cfg.Alerts.Sample
	subscriptions, err := subscribe.New(rules, store, skills, ways.Addresses())
	if err != nil {
		return nil, err
	}
	if err := subscriptions.Register(mux, api); err != nil {
		return nil, err
	}
	health.New([]health.Check{
		health.Store(store), health.Kafka(bus), health.Disk(store), health.RollUp(store, s.cfg.Health.RollUpLate),
		health.Lag(bus, aggregate.Group, s.cfg.Health.LagStuck, talent.TopicPostings, talent.TopicRequests, talent.TopicProgrammes), health.Intact(store),
	}, s.logger.With("part", "health")).Register(mux)
	s.cfg.Dashboards.Rules = s.cfg.Alerts.Judge.Rules()
	pages, err := dashboards.New(s.cfg.Dashboards, dashboards.Deps{Store: store, Skills: skills, Text: text, Gather: s.registry,
		Log: s.logger.With("part", "dashboards"), Now: time.Now})
	if err != nil {
		return nil, err
	}
	pages.Register(mux, api)
	return api, nil
}
