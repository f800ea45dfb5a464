// Package config reads gapwatch.yaml and the environment into the configurations of all parts.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"

	"github.com/gapwatch/gapwatch/aggregate"
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
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // text, json
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

// settings are what may come from the environment: secrets, and what differs between the containers of one
// deployment. Each is GAPWATCH_<name>; <name>_FILE names a file that holds it.
type settings struct {
	Listen             string   `env:"LISTEN"`
	BaseURL            string   `env:"BASE_URL"`
	LogLevel           string   `env:"LOG_LEVEL"`
	Data               string   `env:"DATA"`
	Contact            string   `env:"CONTACT"`
	KafkaBrokers       []string `env:"KAFKA_BROKERS"`
	KafkaReplication   int      `env:"KAFKA_REPLICATION"`
	KafkaPartitions    int      `env:"KAFKA_PARTITIONS"`
	KafkaUser          string   `env:"KAFKA_USER"`
	KafkaPassword      string   `env:"KAFKA_PASSWORD"`
	ClickHouseAddr     []string `env:"CLICKHOUSE_ADDR"`
	ClickHouseDatabase string   `env:"CLICKHOUSE_DATABASE"`
	ClickHouseCluster  string   `env:"CLICKHOUSE_CLUSTER"`
	ClickHouseUser     string   `env:"CLICKHOUSE_USER"`
	ClickHousePassword string   `env:"CLICKHOUSE_PASSWORD"`
	EmbeddedUser       string   `env:"EMBEDDED_USER"`
	EmbeddedPassword   string   `env:"EMBEDDED_PASSWORD"`
	SMTPHost           string   `env:"SMTP_HOST"`
	SMTPUser           string   `env:"SMTP_USER"`
	SMTPPassword       string   `env:"SMTP_PASSWORD"`
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

func (c *Config) environment() error {
	var s settings
	environ, err := ownEnvironment(os.Environ())
	if err != nil {
		return err
	}
	if err := env.ParseWithOptions(&s, env.Options{Prefix: "GAPWATCH_", Environment: environ}); err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	set := func(to *string, v string) {
		if v != "" {
			*to = v
		}
	}
	set(&c.HTTP.Listen, s.Listen)
	set(&c.Alerts.BaseURL, s.BaseURL)
	set(&c.Log.Level, s.LogLevel)
	set(&c.Embedded.Dir, s.Data)
	set(&c.Fetch.Contact, s.Contact)
	set(&c.Kafka.User, s.KafkaUser)
	set(&c.Kafka.Password, s.KafkaPassword)
	set(&c.ClickHouse.Database, s.ClickHouseDatabase)
	set(&c.ClickHouse.Cluster, s.ClickHouseCluster)
	set(&c.ClickHouse.User, s.ClickHouseUser)
	set(&c.ClickHouse.Password, s.ClickHousePassword)
	set(&c.Embedded.ClickHouse.User, s.EmbeddedUser)
	set(&c.Embedded.ClickHouse.Password, s.EmbeddedPassword)
	set(&c.Alerts.Channels.Email.Host, s.SMTPHost)
	set(&c.Alerts.Channels.Email.User, s.SMTPUser)
	set(&c.Alerts.Channels.Email.Password, s.SMTPPassword)
	if len(s.KafkaBrokers) > 0 {
		c.Kafka.Brokers, c.External = s.KafkaBrokers, true
	}
	if s.KafkaReplication > 0 {
		c.Kafka.Replication = s.KafkaReplication
	}
	if s.KafkaPartitions > 0 {
		c.Kafka.Partitions = s.KafkaPartitions
	}
	if len(s.ClickHouseAddr) > 0 {
		c.ClickHouse.Addr, c.External = s.ClickHouseAddr, true
	}
	return nil
}

// ownEnvironment takes the variables that begin with GAPWATCH_ and resolves GAPWATCH_X_FILE to GAPWATCH_X, so that a
// secret can be mounted as a file. A variable that nothing reads is refused: it is misspelt, and what it was meant
// to set would silently not be set.
func ownEnvironment(environ []string) (map[string]string, error) {
	known := EnvironmentNames()
	out := map[string]string{}
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(k, "GAPWATCH_") {
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
		if seen[s.Name] {
			add(fmt.Errorf("sources[%d]: the name %q is taken", i, s.Name))
		}
		seen[s.Name] = true
	}
	return errors.Join(errs...)
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

// EnvironmentNames are the variables that Load reads, each also with _FILE behind it.
func EnvironmentNames() map[string]bool {
	out := map[string]bool{"GAPWATCH_LIBCHDB": true}
	t := reflect.TypeFor[settings]()
	for field := range t.Fields() {
		name := "GAPWATCH_" + field.Tag.Get("env")
		out[name], out[name+"_FILE"] = true, true
	}
	return out
}
