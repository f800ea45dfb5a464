package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"text/tabwriter"
	"time"

	"github.com/gapwatch/gapwatch/ingest/request"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// requestCmd is the operator's look at enterprises' requests.
type requestCmd struct {
	List    requestListCmd    `cmd:"" help:"List requests, the newest first."`
	Release requestReleaseCmd `cmd:"" help:"Let a held request count."`
	Refuse  requestRefuseCmd  `cmd:"" help:"Find that a request is not to count."`
}

// requestListCmd lists requests.
type requestListCmd struct {
	Held  bool `help:"Only those that wait for a decision, the oldest first."`
	Limit int  `default:"100" help:"Print at most so many."`
}

// Help is shown under the flags.
func (requestListCmd) Help() string { return "Example: gapwatch request list --held" }

// Run prints a row a request.
func (c requestListCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		var list []talent.Request
		var err error
		if c.Held {
			list, err = s.backend.store.HeldRequests(ctx)
		} else {
			list, _, err = s.backend.store.RequestsByOrg(ctx, "", "", c.Limit)
		}
		if err != nil {
			return err
		}
		orgs, err := s.backend.store.Organisations(ctx)
		if err != nil {
			return err
		}
		names := map[string]string{}
		for _, o := range orgs {
			names[o.ID] = o.Name
		}
		table := tabwriter.NewWriter(env.stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tPOSTED\tORGANISATION\tSKILL\tHEADS\tREGION\tSTATE\tWHY\tDECIDED")
		for _, r := range list[:min(len(list), c.Limit)] {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", r.ID, r.CreatedAt.Format(time.DateOnly), plain(names[r.Org]), r.Skill, r.Heads, r.Region,
				r.StateWord(), r.HoldReason, decision(r))
		}
		if err := table.Flush(); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "requests: %d\n", len(list))
		return err
	})
}

// plain keeps a name that an organisation chose from steering the terminal.
func plain(name string) string { return fmt.Sprintf("%.60q", name) }

func decision(r talent.Request) string {
	if r.DecidedBy == "" {
		return "-"
	}
	return r.DecidedAt.Format(time.DateTime) + " by " + r.DecidedBy
}

// requestDecision is what both decisions are given.
type requestDecision struct {
	ID string `arg:"" help:"Id of the request, from gapwatch request list."`
	By string `placeholder:"NAME" help:"Who decides, kept with the request. Default: the user who runs this."`
}

// requestReleaseCmd lets a request count.
type requestReleaseCmd struct{ requestDecision }

// Help is shown under the flags.
func (requestReleaseCmd) Help() string {
	return "Its heads count in the period in which it was posted. Example: gapwatch request release 3f9c2a…"
}

// Run releases it.
func (c requestReleaseCmd) Run(env *environment) error {
	return c.decide(env, talent.RequestCounted, "released")
}

// requestRefuseCmd refuses a request.
type requestRefuseCmd struct{ requestDecision }

// Help is shown under the flags.
func (requestRefuseCmd) Help() string {
	return "Also one that counts already; release takes it back. Example: gapwatch request refuse 3f9c2a…"
}

// Run refuses it.
func (c requestRefuseCmd) Run(env *environment) error {
	return c.decide(env, talent.RequestRefused, "refused")
}

func (c requestDecision) decide(env *environment, state talent.RequestState, done string) error {
	by := c.By
	if by == "" {
		u, err := user.Current()
		if err != nil {
			return usageError{errors.New("cannot tell who you are: say it with --by")}
		}
		by = u.Username
	}
	return env.runReader(func(ctx context.Context, s *stage) error {
		r, changed, err := request.Decide(ctx, s.backend.store, s.backend.kafka, c.ID, state, by, time.Now())
		switch {
		case errors.Is(err, request.ErrNoRequest), errors.Is(err, request.ErrWithdrawn), errors.Is(err, request.ErrNotHeld):
			return usageError{err}
		case err != nil:
			return err
		case !changed:
			_, err = fmt.Fprintf(env.stdout, "already %s: %s\n", done, decision(r))
		default:
			_, err = fmt.Fprintf(env.stdout, "%s %s: %d heads for %s\n", done, r.ID, r.Heads, r.Skill)
		}
		return err
	})
}
