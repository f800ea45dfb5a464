package main

import (
	"errors"
	"fmt"
)

// storeCmd runs only the embedded broker and engine.
type storeCmd struct{}

// Help is shown under the flags.
func (storeCmd) Help() string {
	return `Other commands with the same data directory find it; set embedded.kafka.listen and embedded.clickhouse.listen
for fixed ports. Example: gapwatch store --data /var/lib/gapwatch`
}

// Run serves until the process is told to stop.
func (storeCmd) Run(env *environment) (err error) {
	cfg, logger, err := env.load()
	if err != nil {
		return err
	}
	b, err := hostStore(env.ctx, &cfg, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	defer removeRuntime(cfg.Embedded.Dir)
	fmt.Fprintf(env.stdout, "kafka %s clickhouse http://%s user %s (password in %s)\n",
		b.embedded.KafkaAddr(), b.embedded.ClickHouseAddr(), cfg.Embedded.ClickHouse.User, runtimePath(cfg.Embedded.Dir))
	return b.embedded.Run(env.ctx)
}
