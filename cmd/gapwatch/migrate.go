package main

import (
	"errors"
	"fmt"
)

// migrateCmd brings topics, tables and the table of skills up to date.
type migrateCmd struct{}

// Help is shown under the flags.
func (migrateCmd) Help() string {
	return "Doing it twice changes nothing. Example: gapwatch migrate --config gapwatch.yaml"
}

// Run migrates the backend of the configuration.
func (migrateCmd) Run(env *environment) (err error) {
	cfg, logger, err := env.load()
	if err != nil {
		return err
	}
	b, err := attach(env.ctx, cfg, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	applied, err := b.store.Migrate(env.ctx)
	if err != nil {
		return err
	}
	for _, name := range applied {
		fmt.Fprintln(env.stdout, "applied", name)
	}
	if err := migrate(env.ctx, b); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.stdout, "tables, topics and taxonomy are up to date")
	return err
}
