package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// keyCmd makes, lists and revokes API keys.
type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make a key for an organisation; it is printed once."`
	List   keyListCmd   `cmd:"" help:"List keys, without their secrets."`
	Revoke keyRevokeCmd `cmd:"" help:"Revoke a key."`
}

// keyCreateCmd makes a key.
type keyCreateCmd struct {
	Org    string `required:"" placeholder:"NAME" help:"Name of the organisation."`
	Role   string `required:"" enum:"enterprise,university,analyst,admin" help:"enterprise, university, analyst or admin."`
	Region string `placeholder:"CODE" help:"GB/T 2260 code of the organisation's region."`
}

// Help is shown under the flags.
func (keyCreateCmd) Help() string {
	return `Example: gapwatch key create --org "Example University" --role university --region 310000`
}

// Run makes the key and prints it on a line of its own, so that scripts can take the last line.
func (c keyCreateCmd) Run(env *environment) error {
	role, _ := talent.ParseRole(c.Role) // the parser has checked it
	if c.Region != "" && !codes.ValidRegion(c.Region) {
		return usageError{fmt.Errorf("--region: %q is not a GB/T 2260 code of six digits, for example 330100, or an ISO 3166-1 country outside China", c.Region)}
	}
	return env.runReader(func(ctx context.Context, s *stage) error {
		o, key, err := org.CreateKey(ctx, s.backend.store, c.Org, role, c.Region)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "key of %s (%s), shown this once:\n%s\n", o.Name, role, key)
		return err
	})
}

// keyListCmd lists keys.
type keyListCmd struct{}

// Help is shown under the flags.
func (keyListCmd) Help() string { return "Example: gapwatch key list" }

// Run prints a row a key.
func (keyListCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		keys, err := org.ListKeys(ctx, s.backend.store)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(env.stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tORGANISATION\tROLE\tCREATED\tSTATE")
		for _, k := range keys {
			state := "active"
			if k.Revoked {
				state = "revoked"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.OrgName, k.Role, k.Created.Format(time.DateOnly), state)
		}
		return table.Flush()
	})
}

// keyRevokeCmd revokes a key.
type keyRevokeCmd struct {
	ID string `arg:"" help:"Id of the key, from gapwatch key list."`
}

// Help is shown under the flags.
func (keyRevokeCmd) Help() string { return "Example: gapwatch key revoke 3f9c2a" }

// Run revokes it; servers notice within five seconds.
func (c keyRevokeCmd) Run(env *environment) error {
	return env.runReader(func(ctx context.Context, s *stage) error {
		err := org.RevokeKey(ctx, s.backend.store, c.ID)
		if errors.Is(err, org.ErrNoKey) {
			return usageError{err}
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(env.stdout, "revoked", c.ID)
		return err
	})
}
