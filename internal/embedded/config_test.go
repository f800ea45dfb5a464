package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfigValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error("default:", err)
	}
	for want, change := range map[string]func(*Config){
		"dir":                            func(c *Config) { c.Dir = " " },
		"not a loopback address":         func(c *Config) { c.ClickHouse.Listen = "0.0.0.0:8123" },
		"kafka.listen":                   func(c *Config) { c.Kafka.Listen = "example.org:9092" },
		"host:port":                      func(c *Config) { c.Kafka.Listen = "localhost" },
		"not a port":                     func(c *Config) { c.Kafka.Listen = "localhost:x" },
		"together":                       func(c *Config) { c.ClickHouse.User = "u" },
		"anonymous":                      func(c *Config) { c.ClickHouse.User, c.ClickHouse.Password = "default", "x" },
		"clickhouse.max_memory":          func(c *Config) { c.ClickHouse.MaxMemory = 1 },
		"clickhouse.min_free":            func(c *Config) { c.ClickHouse.MinFree = -1 },
		"kafka.segment_bytes":            func(c *Config) { c.Kafka.SegmentBytes = 0 },
		"kafka.retention_bytes: must be": func(c *Config) { c.Kafka.RetentionBytes = c.Kafka.SegmentBytes },
	} {
		cfg := DefaultConfig()
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	for _, good := range []string{"127.0.0.1:0", "localhost:8123", "[::1]:8123", ""} {
		cfg := DefaultConfig()
		cfg.ClickHouse.Listen = good
		if err := cfg.Validate(); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

func TestMemoryBound(t *testing.T) {
	if got := (ClickHouseConfig{MaxMemory: 1 << 30}).maxMemory(); got != 1<<30 {
		t.Error("the configured bound is", got)
	}
	if got := (ClickHouseConfig{}).maxMemory(); got < minMemory || got > 4<<30 {
		t.Error("the default bound is", got)
	}
}

func TestFindLibrary(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("GAPWATCH_LIBCHDB", "")
	_, err := FindLibrary("")
	if !errors.Is(err, ErrNoLibrary) || !strings.Contains(err.Error(), "make build") {
		t.Errorf("nowhere: %v", err)
	}
	if _, err := FindLibrary(filepath.Join(dir, "no.so")); !errors.Is(err, ErrNoLibrary) {
		t.Errorf("a path that is not there: %v", err)
	}
	named := filepath.Join(dir, "named.so")
	module := filepath.Join(dir, "node_modules", "@chdb", npmPackage(), libraryName)
	if err := os.MkdirAll(filepath.Dir(module), 0o755); err != nil {
		t.Fatal(err)
	}
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	for _, path := range []string{named, module} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("GAPWATCH_LIBCHDB", named)
		if got, err := FindLibrary(""); err != nil || got != path {
			t.Errorf("found %s, %v; want %s", got, err, path)
		}
	}
}

func TestDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	d, err := openDirectory(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openDirectory(path); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "this process") {
		t.Errorf("held: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"1\n": "", "2\n": "newer gapwatch", "x": "not a number", "0": "not a number"} {
		if err := os.WriteFile(filepath.Join(path, "VERSION"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := openDirectory(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("version %q: %v", text, err)
		}
		if err == nil {
			_ = d.Close()
		}
	}
}
