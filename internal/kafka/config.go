// Package kafka is the only importer of kafka-go. It writes with full acknowledgement, consumes so that a
// batch is committed only after it was flushed, and elects one process for work that must happen once.
package kafka

import (
	"errors"
	"fmt"
	"net"
	"regexp"
)

// Config says where the brokers are.
type Config struct {
	Brokers     []string `yaml:"brokers" env:"KAFKA_BROKERS"`
	TopicPrefix string   `yaml:"topic_prefix"`                        // put before every topic and group, for brokers that are shared
	Partitions  int      `yaml:"partitions" env:"KAFKA_PARTITIONS"`   // of topics that do not exist yet
	Replication int      `yaml:"replication" env:"KAFKA_REPLICATION"` // of topics that do not exist yet
	User        string   `yaml:"user" env:"KAFKA_USER"`               // SASL PLAIN; empty: none
	Password    string   `yaml:"-" env:"KAFKA_PASSWORD"`
	TLS         bool     `yaml:"tls"`
}

// DefaultConfig is a broker on this machine.
func DefaultConfig() Config {
	return Config{Brokers: []string{"127.0.0.1:9092"}, Partitions: 4, Replication: 1}
}

var prefix = regexp.MustCompile(`^[A-Za-z0-9._-]{0,100}$`)

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if len(c.Brokers) == 0 {
		return errors.New("kafka.brokers: name at least one broker as host:port")
	}
	for _, b := range c.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			return fmt.Errorf("kafka.brokers: %q is not host:port: %w", b, err)
		}
	}
	if !prefix.MatchString(c.TopicPrefix) {
		return fmt.Errorf("kafka.topic_prefix: %q may hold letters, digits, dot, _ and - only", c.TopicPrefix)
	}
	if c.Partitions < 1 || c.Replication < 1 {
		return errors.New("kafka.partitions and kafka.replication: want at least 1")
	}
	return nil
}
