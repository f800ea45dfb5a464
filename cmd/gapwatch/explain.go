package main

import (
	"context"
	"errors"

	"github.com/gapwatch/gapwatch/alerts/explain"
)

// explainCmd prints what an alert rests on.
type explainCmd struct {
	Alert string `arg:"" help:"Id of the alert, or the beginning of it."`
	Lang  string `default:"zh" enum:"zh,en" help:"zh or en."`
	JSON  bool   `help:"As JSON."`
}

// Help is shown under the flags.
func (explainCmd) Help() string {
	return "Exits with 1 when a recomputed number differs from the stored one. Example: gapwatch explain 3f9c2a --lang en"
}

// Run recomputes every number of the alert from the facts.
func (c explainCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		x, err := explain.Alert(ctx, s.cfg.Alerts.Judge, s.backend.store, c.Alert)
		if errors.Is(err, explain.ErrNoAlert) || errors.Is(err, explain.ErrAmbiguous) {
			return usageError{err}
		}
		if err != nil {
			return err
		}
		if c.JSON {
			err = x.WriteJSON(env.stdout)
		} else {
			err = x.WriteText(env.stdout, c.Lang)
		}
		return errors.Join(err, x.Err())
	})
}
