package main

import (
	"fmt"
	"log/slog"

	"go.yaml.in/yaml/v3"

	"github.com/gapwatch/gapwatch/internal/httpd"
)

// configCmd checks or prints the configuration.
type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Say whether the configuration can work."`
	Print configPrintCmd `cmd:"" help:"Print what is in force: defaults, file and environment; secrets are left out."`
}

// configCheckCmd checks.
type configCheckCmd struct{}

// Help is shown under the flags.
func (configCheckCmd) Help() string { return "Example: gapwatch config check --config gapwatch.yaml" }

// Run names everything that cannot work, and exits with 2 then.
func (configCheckCmd) Run(env *environment) error {
	cfg, _, err := env.load()
	if err != nil {
		return err
	}
	if err := cfg.CheckContact(); err != nil {
		return usageError{err}
	}
	s := &stage{cfg: cfg, logger: slog.New(slog.DiscardHandler), backend: &backend{}, registry: newRegistry()}
	all, err := assemble(s, nil, func(*httpd.Server) error { return nil })
	if err != nil {
		return usageError{err}
	}
	if err := all.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "configuration is good: %d sources\n", len(cfg.Sources))
	return err
}

// configPrintCmd prints.
type configPrintCmd struct{}

// Help is shown under the flags.
func (configPrintCmd) Help() string { return "Example: gapwatch config print" }

// Run prints the configuration as YAML; secrets have no YAML key, so none can appear.
func (configPrintCmd) Run(env *environment) error {
	cfg, _, err := env.load()
	if err != nil {
		return err
	}
	encoder := yaml.NewEncoder(env.stdout)
	encoder.SetIndent(2)
	if err := encoder.Encode(cfg); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return encoder.Close()
}
