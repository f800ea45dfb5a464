// Package clickhouse is the only importer of clickhouse-go: it opens the store, migrates it, and holds every
// query of the system, one file a subject.
package clickhouse

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Config says where ClickHouse answers (its HTTP port) and who asks.
type Config struct {
	Addr        []string      `yaml:"addr" env:"CLICKHOUSE_ADDR"`         // host:port of the HTTP interface; several are tried in turn
	Database    string        `yaml:"database" env:"CLICKHOUSE_DATABASE"` // made by migrate
	User        string        `yaml:"user" env:"CLICKHOUSE_USER"`
	Password    string        `yaml:"-" env:"CLICKHOUSE_PASSWORD"`      // environment or file only
	Cluster     string        `yaml:"cluster" env:"CLICKHOUSE_CLUSTER"` // name of the cluster; empty: a single node
	TLS         bool          `yaml:"tls"`
	DialTimeout time.Duration `yaml:"dial_timeout"`

	// LeastParties is k of the rule that no number is public behind which fewer than k parties stand.
	LeastParties int `yaml:"-"`

	// LoseSecondsOnPowerCut leaves it to the server's own configuration whether a table syncs what it acknowledges.
	// Where that says nothing, a power cut takes the last seconds of a server that has no replica elsewhere.
	LoseSecondsOnPowerCut bool `yaml:"lose_seconds_on_power_cut"`

	// Embedded says that the server is the embedded engine, which syncs or does not for all of its tables.
	Embedded bool `yaml:"-"`
}

// DefaultConfig is ClickHouse on this machine.
func DefaultConfig() Config {
	return Config{Addr: []string{"127.0.0.1:8123"}, Database: "gapwatch", User: "default", DialTimeout: 5 * time.Second, LeastParties: talent.LeastParties}
}

// identifier is what may stand unquoted in DDL: names come from the configuration and cannot be parameters.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if len(c.Addr) == 0 {
		return errors.New("clickhouse.addr: name at least one host:port of ClickHouse's HTTP interface")
	}
	for _, a := range c.Addr {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return fmt.Errorf("clickhouse.addr: %q is not host:port: %w", a, err)
		}
	}
	if !identifier.MatchString(c.Database) {
		return fmt.Errorf("clickhouse.database: %q is not a plain name of letters, digits and _", c.Database)
	}
	if c.Cluster != "" && !identifier.MatchString(c.Cluster) {
		return fmt.Errorf("clickhouse.cluster: %q is not a plain name of letters, digits and _", c.Cluster)
	}
	return nil
}
