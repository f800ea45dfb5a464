// Package config reads gapwatch.yaml and the environment into the configurations of all parts.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"

	"github.com/gapwatch/gapwatch/aggregate"
	"github.com/gapwatch/gapwatch/aggregate/normalise"
	"github.com/gapwatch/gapwatch/alerts"
	"github.com/gapwatch/gapwatch/dashboards"
	"github.com/gapwatch/gapwatch/ingest/crawl"
	"github.com/gapwatch/gapwatch/ingest/fetch"
	"github.com/gapwatch/gapwatch/ingest/programmes"
	"github.com/gapwatch/gapwatch/ingest/request"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/health"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/integrity"
	"github.com/gapwatch/gapwatch/internal/kafka"
)

// DefaultFile is read when no file is named and it exists in the working directory.
const DefaultFile = "gapwatch.yaml"

// Config is the whole configuration. Every part validates its own.
type Config struct {
	Log        Log               `yaml:"log"`
	HTTP       httpd.Config      `yaml:"http"`
	Embedded   embedded.Config   `yaml:"embedded"`
	Kafka      kafka.Config      `yaml:"kafka"`
	ClickHouse clickhouse.Config `yaml:"clickhouse"`
	Fetch      fetch.Config      `yaml:"fetch"`
	Crawl      crawl.Config      `yaml:"crawl"`
	Sources    []crawl.Source    `yaml:"sources"`
	Aggregate  aggregate.Config  `yaml:"aggregate"`
	Requests   request.Config    `yaml:"requests"`
	Supply     programmes.Config `yaml:"supply"`
	Alerts     alerts.Config     `yaml:"alerts"`
	Dashboards dashboards.Config `yaml:"dashboards"`
	Integrity  integrity.Config  `yaml:"integrity"`
	Health     health.Config     `yaml:"health"`

	// External is set when the file or the environment names Kafka or ClickHouse servers.
	External bool `yaml:"-"`
}

// Log says what is logged and how.
type Log struct {
	Level  string `yaml:"level" env:"LOG_LEVEL"` // debug, info, warn, error
	Format string `yaml:"format"`                // text, json
}

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Log:  Log{Level: "info", Format: "text"},
		HTTP: httpd.DefaultConfig(), Embedded: embedded.DefaultConfig(), Kafka: kafka.DefaultConfig(),
		ClickHouse: clickhouse.DefaultConfig(), Fetch: fetch.DefaultConfig(), Crawl: crawl.DefaultConfig(),
		Aggregate: aggregate.DefaultConfig(), Requests: request.DefaultConfig(), Supply: programmes.DefaultConfig(), Alerts: alerts.DefaultConfig(), Dashboards: dashboards.DefaultConfig(),
		Integrity: integrity.DefaultConfig(), Health: health.DefaultConfig(),
	}
}

// Load reads file (or DefaultFile when file is empty and it exists) and the environment. Unknown keys are
// refused, with their line.
func Load(file string) (Config, error) {
	cfg := Default()
	explicit := file != ""
	if !explicit {
		file = DefaultFile
	}
	text, err := os.ReadFile(file)
	switch {
	case err == nil:
		if err := cfg.parse(text); err != nil {
			return cfg, fmt.Errorf("%s: %w", file, err)
		}
	case explicit || !errors.Is(err, os.ErrNotExist):
		return cfg, fmt.Errorf("read configuration: %w; `gapwatch init` writes one", err)
	}
	if err := cfg.environment(); err != nil {
		return cfg, err
	}
	return cfg, nil
}

func (c *Config) parse(text []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return explain(err)
	}
	var named struct {
		Kafka      struct{ Brokers []string }
		ClickHouse struct{ Addr []string } `yaml:"clickhouse"`
	}
	if err := yaml.Unmarshal(text, &named); err == nil {
		c.External = len(named.Kafka.Brokers) > 0 || len(named.ClickHouse.Addr) > 0
	}
	return nil
}

// explain adds to the parser's message what to do about it.
func explain(err error) error {
	if strings.Contains(err.Error(), "not found in type") {
		return fmt.Errorf("unknown key, check its spelling and its indentation (docs/operating.md lists all): %w", err)
	}
	return fmt.Errorf("not valid YAML: %w", err)
}

// environment sets the fields that have an env tag: secrets, and what differs between the containers of one
// deployment. Each is GAPWATCH_<tag>; GAPWATCH_<tag>_FILE names a file that holds it. An empty variable is not set.
func (c *Config) environment() error {
	environ, err := ownEnvironment(os.Environ())
	if err != nil {
		return err
	}
	if err := env.ParseWithOptions(c, env.Options{Prefix: prefix, Environment: environ}); err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	c.External = c.External || environ[prefix+"KAFKA_BROKERS"] != "" || environ[prefix+"CLICKHOUSE_ADDR"] != ""
	return nil
}

// prefix begins the name of every variable.
const prefix = "GAPWATCH_"

// ownEnvironment takes the variables that begin with GAPWATCH_ and resolves GAPWATCH_X_FILE to GAPWATCH_X, so that a
// secret can be mounted as a file. A variable that nothing reads is refused: it is misspelt, and what it was meant
// to set would silently not be set.
func ownEnvironment(environ []string) (map[string]string, error) {
	known, err := EnvironmentNames()
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(k, prefix) {
			continue
		}
		if !known[k] {
			return nil, fmt.Errorf("unknown environment variable %s, check its spelling (docs/operating.md lists all)", k)
		}
		name, isFile := strings.CutSuffix(k, "_FILE")
		if !isFile {
			out[k] = v
			continue
		}
		b, err := os.ReadFile(v)
		if err != nil {
			return nil, fmt.Errorf("read the secret that %s names: %w", k, err)
		}
		if _, both := os.LookupEnv(name); both {
			return nil, fmt.Errorf("give %s or %s, not both", name, k)
		}
		out[name] = strings.TrimSpace(string(b))
	}
	return out, nil
}

// CheckContact says what is missing before the active sources may be crawled: a contact address.
func (c Config) CheckContact() error {
	for _, s := range c.Sources {
		if !s.Active() {
			continue
		}
		if err := s.CheckContact(c.Fetch); err != nil {
			return err
		}
	}
	return nil
}

// Validate names everything that cannot work.
func (c Config) Validate() error {
	var errs []error
	add := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if _, ok := levels[c.Log.Level]; !ok {
		add(fmt.Errorf("log.level: %q is not debug, info, warn or error", c.Log.Level))
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		add(fmt.Errorf("log.format: %q is not text or json", c.Log.Format))
	}
	for _, v := range []interface{ Validate() error }{c.HTTP, c.Embedded, c.Kafka, c.ClickHouse, c.Fetch, c.Crawl, c.Aggregate, c.Requests, c.Supply, c.Alerts, c.Dashboards, c.Integrity, c.Health} {
		add(v.Validate())
	}
	add(fetch.ValidateAllowPrivate(fetch.WebhookSetting, c.Alerts.Channels.Webhook.AllowPrivate))
	seen := map[string]bool{}
	for i, s := range c.Sources {
		if err := s.Validate(); err != nil {
			add(fmt.Errorf("sources[%d]: %w", i, err))
		}
		if err := CheckDefaults(s.Region, s.Industry); err != nil {
			add(fmt.Errorf("sources[%d]: %w", i, err))
		}
		if seen[s.Name] {
			add(fmt.Errorf("sources[%d]: the name %q is taken", i, s.Name))
		}
		seen[s.Name] = true
	}
	return errors.Join(errs...)
}

// CheckDefaults refuses a place or an industry for postings that state none which the aggregator could not read: every
// one of them would silently have none.
func CheckDefaults(region, industry string) error {
	if region != "" && normalise.Region(region) == "" {
		return fmt.Errorf("region: %q is not a place: want a province, a city, a country outside China, or a GB/T 2260 code of six digits", region)
	}
	if industry != "" && normalise.Industry(industry, "") == "" {
		return fmt.Errorf("industry: %q is not one: want a section or code of GB/T 4754-2017 such as I, or its name", industry)
	}
	return nil
}

var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

// Logger makes the logger that the process injects everywhere.
func (l Log) Logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: levels[l.Level]}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// EnvironmentNames are the variables that the program reads, each setting also with _FILE behind it.
func EnvironmentNames() (map[string]bool, error) {
	out := map[string]bool{"GAPWATCH_LIBCHDB": true}
	fields, err := env.GetFieldParamsWithOptions(&Config{}, env.Options{Prefix: prefix})
	if err != nil {
		return nil, fmt.Errorf("list the variables of the environment: %w", err)
	}
	for _, f := range fields {
		out[f.Key], out[f.Key+"_FILE"] = true, true
	}
	return out, nil
}
