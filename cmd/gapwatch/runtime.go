package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/durable"
	"github.com/gapwatch/gapwatch/internal/embedded"
)

// runtimeInfo is the file through which tools find the broker and engine of a running process. Only the
// owner of the data directory can read it: it holds the credentials of this run.
type runtimeInfo struct {
	ClickHouse string `json:"clickhouse"`
	Kafka      string `json:"kafka"`
	User       string `json:"user"`
	Password   string `json:"password"`
}

func runtimePath(dir string) string { return filepath.Join(dir, "run.json") }

// openToTools makes the embedded servers reachable for tools of the same user: on ephemeral loopback ports, closed
// to everyone else, where the configuration names none; with credentials made for this run where it has none.
func openToTools(cfg *embedded.Config) {
	if cfg.ClickHouse.Listen == "" {
		cfg.ClickHouse.Listen, cfg.ClickHouse.OwnersOnly = "127.0.0.1:0", true
	}
	if cfg.Kafka.Listen == "" {
		cfg.Kafka.Listen, cfg.Kafka.OwnersOnly = "127.0.0.1:0", true
	}
	cfg.ClickHouse.Private = clickhouse.PrivateTables()
	if cfg.ClickHouse.User == "" {
		cfg.ClickHouse.User, cfg.ClickHouse.Password = "gapwatch", rand.Text()
	}
}

// writeRuntime says where this process's broker and engine answer.
func writeRuntime(cfg embedded.Config, e *embedded.Embedded) error {
	b, err := json.Marshal(runtimeInfo{e.ClickHouseAddr(), e.KafkaAddr(), cfg.ClickHouse.User, cfg.ClickHouse.Password})
	if err != nil {
		return fmt.Errorf("encode runtime file: %w", err)
	}
	if err := durable.WriteFile(runtimePath(cfg.Dir), b, 0o600); err != nil {
		return fmt.Errorf("say where broker and engine answer: %w", err)
	}
	return nil
}

// readRuntime returns nil when no process left its file.
func readRuntime(dir string) (*runtimeInfo, error) {
	b, err := os.ReadFile(runtimePath(dir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read runtime file: %w", err)
	}
	var info runtimeInfo
	if err := json.Unmarshal(b, &info); err != nil {
		return nil, nil // not ours, or of an older version that was killed while it wrote: as good as none
	}
	return &info, nil
}

// apply points the clients at the running process.
func (r *runtimeInfo) apply(cfg config.Config) config.Config {
	cfg.ClickHouse.Addr, cfg.ClickHouse.User, cfg.ClickHouse.Password = []string{r.ClickHouse}, r.User, r.Password
	cfg.ClickHouse.Cluster, cfg.ClickHouse.TLS, cfg.ClickHouse.Embedded = "", false, true
	cfg.Kafka.Brokers, cfg.Kafka.User, cfg.Kafka.Password = []string{r.Kafka}, r.User, r.Password
	cfg.Kafka.TLS, cfg.Kafka.Replication = false, 1
	return cfg
}

// removeRuntime takes the file away when the process ends by itself; one that was killed leaves it, and tools
// then find that nobody answers.
func removeRuntime(dir string) { _ = os.Remove(runtimePath(dir)) }
