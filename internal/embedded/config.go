// Package embedded runs a Kafka broker and the ClickHouse engine inside this process, so that Gapwatch
// works without servers. Both speak their real protocols: the rest of the program uses the same clients
// as against a cluster and cannot tell the difference.
package embedded

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// Config says where the embedded broker and engine keep their data and what they open to the outside.
type Config struct {
	// Dir is the data directory of both. One process at a time can use it.
	Dir string `yaml:"dir" env:"DATA"`
	// Library is the path of libchdb. Empty: looked for beside the executable, then in node_modules
	// from the working directory upward, then at the path in GAPWATCH_LIBCHDB.
	Library string `yaml:"library"`
	// LoseSecondsOnPowerCut gives up what is promised otherwise: that everything acknowledged survives a power cut.
	// Nothing is synced then. A cut takes the last seconds, and may leave a directory that has to be restored from
	// a backup; the end of the process alone loses nothing.
	LoseSecondsOnPowerCut bool `yaml:"lose_seconds_on_power_cut"`

	ClickHouse ClickHouseConfig `yaml:"clickhouse"`
	Kafka      KafkaConfig      `yaml:"kafka"`
}

// ClickHouseConfig configures the engine and who may reach it from outside the process.
type ClickHouseConfig struct {
	// Listen is a loopback host:port for ClickHouse's HTTP protocol; empty opens none. Without
	// credentials it answers from public tables only.
	Listen string `yaml:"listen"`
	// User and Password allow everything, on the ClickHouse and on the Kafka listener. They come from
	// the environment or a file, never from the configuration's text.
	User     string `yaml:"-" env:"EMBEDDED_USER"`
	Password string `yaml:"-" env:"EMBEDDED_PASSWORD"`
	// Clients without user and password may read the tables and views of Database that Public names.
	Database string   `yaml:"-"`
	Public   []string `yaml:"-"`
	// MaxMemory bounds the engine, in bytes. 0 stands for 40 % of the machine's memory, at most 4 GiB.
	MaxMemory int64 `yaml:"max_memory"`
	// MinFree is the space on the disk, in bytes, below which the engine refuses to write. The engine
	// cannot be trusted with a full disk, so it never sees one. 0 stands for 256 MiB.
	MinFree int64 `yaml:"min_free"`
}

// KafkaConfig configures the broker.
type KafkaConfig struct {
	// Listen is a loopback host:port for everyone on this machine; they read the topics in Public, or do
	// everything as the user of ClickHouseConfig with SASL PLAIN. Empty opens none.
	Listen string   `yaml:"listen"`
	Public []string `yaml:"-"`
	// RetentionBytes is what a partition keeps, in bytes. Messages that a consumer group has not
	// committed yet are kept beyond it.
	RetentionBytes int64 `yaml:"retention_bytes"`
	// SegmentBytes is the size of a log file, in bytes.
	SegmentBytes int64 `yaml:"segment_bytes"`
}

const (
	minMemory    = 512 << 20
	minSegment   = 1 << 20
	minRetention = 4 * minSegment
)

// DefaultConfig is what `gapwatch up` starts with: everything in ./data, nothing opened.
func DefaultConfig() Config {
	return Config{
		Dir:   "data",
		Kafka: KafkaConfig{RetentionBytes: 32 << 20, SegmentBytes: 8 << 20},
	}
}

// Validate reports everything that is wrong with c.
func (c Config) Validate() error {
	var errs []error
	if strings.TrimSpace(c.Dir) == "" {
		errs = append(errs, errors.New("embedded.dir: must name the data directory"))
	}
	for _, listen := range []struct{ name, address string }{{"embedded.clickhouse.listen", c.ClickHouse.Listen}, {"embedded.kafka.listen", c.Kafka.Listen}} {
		if err := checkLoopback(listen.address); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", listen.name, err))
		}
	}
	if (c.ClickHouse.User == "") != (c.ClickHouse.Password == "") {
		errs = append(errs, errors.New("embedded.clickhouse: user and password must be given together"))
	}
	if c.ClickHouse.User == "default" {
		errs = append(errs, errors.New(`embedded.clickhouse: the user "default" is the anonymous one, choose another`))
	}
	if m := c.ClickHouse.MaxMemory; m != 0 && m < minMemory {
		errs = append(errs, fmt.Errorf("embedded.clickhouse.max_memory: %d is less than %d bytes, which the engine needs", m, minMemory))
	}
	if c.ClickHouse.MinFree < 0 {
		errs = append(errs, errors.New("embedded.clickhouse.min_free: must not be negative"))
	}
	if c.Kafka.SegmentBytes < minSegment {
		errs = append(errs, fmt.Errorf("embedded.kafka.segment_bytes: must be at least %d", minSegment))
	}
	if c.Kafka.RetentionBytes < minRetention || c.Kafka.RetentionBytes < 2*c.Kafka.SegmentBytes {
		errs = append(errs, fmt.Errorf("embedded.kafka.retention_bytes: must be at least %d and two segments", minRetention))
	}
	return errors.Join(errs...)
}

func checkLoopback(address string) error {
	if address == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("must be host:port: %w", err)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q is not a port", port)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%q is not a loopback address; the embedded servers have no encryption and do not leave this machine", host)
	}
	return nil
}

// maxMemory is the bound in force.
func (c ClickHouseConfig) maxMemory() int64 {
	if c.MaxMemory != 0 {
		return c.MaxMemory
	}
	const most = 4 << 30
	total := machineMemory()
	if total == 0 {
		return most / 2
	}
	return max(min(total*2/5, most), minMemory)
}

// minFree is the floor in force.
func (c ClickHouseConfig) minFree() int64 {
	if c.MinFree != 0 {
		return c.MinFree
	}
	return 256 << 20
}

// machineMemory is the memory of the machine, or of the control group when that is less, in bytes; 0
// when the system does not tell.
func machineMemory() int64 {
	var total int64
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "MemTotal:" {
				kib, _ := strconv.ParseInt(fields[1], 10, 64)
				total = kib << 10
			}
		}
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && (total == 0 || limit < total) {
			total = limit
		}
	}
	return total
}
