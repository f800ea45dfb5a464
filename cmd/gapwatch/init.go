package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
)

// template is the file that init writes.
//
//go:embed gapwatch.yaml.tmpl
var template string

// initCmd writes a configuration for real sources.
type initCmd struct {
	Path  string `arg:"" optional:"" help:"Where to write it (default gapwatch.yaml)."`
	Force bool   `help:"Overwrite a file that is there."`
}

// Help is shown under the flags.
func (initCmd) Help() string { return "Example: gapwatch init" }

// Run writes the file and says what to do next. It does not overwrite.
func (c initCmd) Run(env *environment) error {
	path := c.Path
	if path == "" {
		path = config.DefaultFile
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if c.Force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o644)
	if errors.Is(err, os.ErrExist) {
		return usageError{fmt.Errorf("%s is there already: choose another path, or --force to overwrite it", path)}
	}
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if _, err := f.WriteString(template); err != nil {
		return errors.Join(fmt.Errorf("write configuration: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	_, err = fmt.Fprintf(env.stdout, "wrote %s: fill in fetch.contact, look through the sources, then run `gapwatch up`\n", path)
	return err
}
