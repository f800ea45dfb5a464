package main

import (
	"cmp"
	"errors"
	"fmt"
)

// storeCmd runs only the embedded broker and engine.
type storeCmd struct{}

// Help is shown under the flags.
func (storeCmd) Help() string {
	return `Other commands of the same user find it by the data directory; set embedded.kafka.listen and
embedded.clickhouse.listen for ports beside. Example: gapwatch store --data /var/lib/gapwatch`
}

// Run serves until the process is stopped.
func (storeCmd) Run(env *environment) (err error) {
	cfg, logger, err := env.load()
	if err != nil {
		return err
	}
	b, err := hostStore(env.ctx, cfg, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeHost(cfg, b, logger)) }()
	port := func(address string) string { return cmp.Or(address, "none") }
	fmt.Fprintf(env.stdout, "kafka and clickhouse answer this user in %s; ports: kafka %s clickhouse %s\n",
		cfg.Embedded.Dir, port(b.embedded.KafkaAddr()), port(b.embedded.ClickHouseAddr()))
	return b.embedded.Run(env.ctx)
}
